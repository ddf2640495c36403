import { assert, assertEquals, assertRejects } from "@std/assert";
import { ObjectNotFoundError } from "../../mod.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";
import { makeBytes, openStore, STORES } from "./open_store.ts";

const CHILD = new URL("transfer_main.ts", import.meta.url);

for (const server of await findServers()) {
  for (const name of STORES) {
    Deno.test(`${name} on ${server} shows nothing of a transfer whose process was killed`, async () => {
      await using directory = await makeTemporaryDirectory();
      await using address = await startServer(server);
      await using store = openStore(name, address);
      const bytes = makeBytes();
      const source = await directory.write("source", bytes);
      const task = { name, address, source, copy: directory.join("in/copy") };

      await killInTheMiddle({ ...task, upload: "killed" });
      await assertRejects(
        () => store.getObjectSize("killed"),
        ObjectNotFoundError,
      );
      assertEquals(await Array.fromAsync(store.listObjects()), []);
      const left = await listUnfinishedUploads(address);
      assert(left.length <= 1, `${left.length} unfinished uploads`);
      // It stands in nobody's way.
      await store.uploadObject("killed", source);
      assertEquals(await store.getObjectSize("killed"), bytes.length);

      await killInTheMiddle({ ...task, download: "killed" });
      const files = await directory.list();
      assert(
        files.every((path) =>
          path === "source" || /^\.object-store-[0-9a-f]{32}\.tmp$/.test(path)
        ),
        files.join(),
      );
      await store.downloadObject("killed", task.copy);
      assertEquals(await Deno.readFile(task.copy), bytes);
    });
  }
}

/** Starts a transfer in another process, which holds it in the middle, and kills that. */
async function killInTheMiddle(task: Record<string, unknown>): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...[CHILD.href, JSON.stringify(task)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assertEquals(new TextDecoder().decode(value), "in the middle\n");
}
