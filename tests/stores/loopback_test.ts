import { assert, assertEquals } from "@std/assert";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { forwardFromIpv6, startProxy } from "./forwarder.ts";
import { makeBytes, openStore, PART_SIZE, STORES } from "./open_store.ts";

const CHILD = new URL("round_trip_main.ts", import.meta.url);
const VARIABLES =
  "HTTP_PROXY,HTTPS_PROXY,NO_PROXY,http_proxy,https_proxy,no_proxy";

for (const server of await findServers()) {
  for (const name of STORES) {
    Deno.test(`${name} reaches ${server} through [::1]`, async () => {
      await using directory = await makeTemporaryDirectory();
      await using address = await startServer(server);
      await using forwarder = forwardFromIpv6(address.url);
      const endpoint = new URL(address.url);
      endpoint.hostname = "[::1]";
      endpoint.port = String(forwarder.port);
      await using store = openStore(name, address, { endpoint });
      const bytes = makeBytes(PART_SIZE + 4321);
      const source = await directory.write("source", bytes);
      await store.uploadObject("a", source);
      assertEquals(await store.getObjectSize("a"), bytes.length);
      await store.downloadObject("a", directory.join("copy"));
      assertEquals(await Deno.readFile(directory.join("copy")), bytes);
      assertEquals(await Array.fromAsync(store.listObjects()), ["a"]);
    });

    Deno.test(`${name} reaches ${server} through the proxy that the environment names`, async () => {
      await using directory = await makeTemporaryDirectory();
      await using address = await startServer(server);
      await using proxy = startProxy();
      const source = await directory.write(
        "source",
        makeBytes(PART_SIZE + 4321),
      );
      const copy = directory.join("copy");
      const url = `http://127.0.0.1:${proxy.port}`;
      const { success } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--no-check", "--quiet"],
          `--allow-net=${new URL(address.url).host},127.0.0.1:${proxy.port}`,
          `--allow-env=${VARIABLES}`,
          `--allow-read=${directory.path}`,
          `--allow-write=${directory.path}`,
          ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
          ...[CHILD.href, JSON.stringify({ name, address, source, copy })],
        ],
        env: {
          HTTP_PROXY: url,
          HTTPS_PROXY: url,
          NO_PROXY: "",
          DENO_NO_UPDATE_CHECK: "1",
        },
        stdin: "null",
        stdout: "inherit",
        stderr: "inherit",
      }).output();
      assert(success);
      assertEquals(await Deno.readFile(copy), await Deno.readFile(source));
      if (address.url.startsWith("https:")) {
        const { host } = new URL(address.url);
        assert(proxy.lines.length >= 2);
        assertEquals([...new Set(proxy.lines)], [
          `CONNECT ${host} HTTP/1.1`,
        ]);
      } else {
        // A connection each at least, for what goes up and for what comes down.
        const first = proxy.lines.map((line) => line.split(" ")[0]);
        assert(first.some((method) => method === "POST" || method === "PUT"));
        assert(first.some((method) => method === "GET" || method === "HEAD"));
      }
    });
  }
}
