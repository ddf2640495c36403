import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findPackage } from "../../tools/servers/npm_packages.ts";

const MAIN = fromFileUrl(new URL("memory_main.ts", import.meta.url));
const MIB = 2 ** 20;
const SMALL = 16;
const LARGE = 112;

const opendal = await findPackage("opendal");

Deno.test({
  name: "an object that goes out by one request is in memory once",
  // `deno task servers --services` installs it, and only Linux tells the peak.
  ignore: opendal === undefined || Deno.build.os !== "linux",
  async fn() {
    await using directory = await makeTemporaryDirectory();
    const service = startBucket();
    try {
      const peaks: number[] = [];
      for (const size of [SMALL, LARGE]) {
        const path = join(directory.path, `${size}`);
        await Deno.writeFile(path, new Uint8Array(size * MIB));
        peaks.push(await measure(opendal!, service.url, path));
        assertEquals(service.stored.get("/b/a"), size * MIB);
      }
      const [small = 0, large = 0] = peaks;
      const copies = (large - small) / (LARGE - SMALL);
      assert(copies < 1.5, `each byte is in memory ${copies} times`);
    } finally {
      await service.stop();
    }
  },
});

/** Runs `memory_main.ts`. */
async function measure(
  opendal: string,
  url: string,
  path: string,
): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...[MAIN, opendal, url, path],
    ],
    stdin: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** As much of S3 as an upload needs; of an object it keeps the size. */
function startBucket(): {
  readonly url: string;
  readonly stored: Map<string, number>;
  stop(): Promise<void>;
} {
  const stored = new Map<string, number>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ method, url, body }) => {
      const { pathname } = new URL(url);
      if (method === "PUT") {
        let size = 0;
        for await (const chunk of body ?? []) size += chunk.length;
        stored.set(pathname, size);
        return new Response(null, { headers: { etag: `"${size}"` } });
      }
      const size = stored.get(pathname);
      if (size === undefined) return new Response(null, { status: 404 });
      return new Response(null, {
        headers: { "content-length": `${size}`, etag: `"${size}"` },
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    stored,
    stop: () => server.shutdown(),
  };
}
