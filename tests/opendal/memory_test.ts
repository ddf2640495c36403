import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findPackage } from "../../tools/servers/npm_packages.ts";

const MAIN = fromFileUrl(new URL("memory_main.ts", import.meta.url));
const MIB = 2 ** 20;
/** The process, OpenDAL and what it takes to send anything have about 80 MiB. */
const ALL_ELSE = 160;

const opendal = await findPackage("opendal");

/** Registers a test that measures uploads of files without content. */
function test(
  name: string,
  fn: (upload: (options: UploadOptions) => Promise<number>) => Promise<void>,
): void {
  Deno.test({
    name,
    // `deno task servers --services` installs it, and only Linux tells the peak.
    ignore: opendal === undefined || Deno.build.os !== "linux",
    async fn() {
      await using directory = await makeTemporaryDirectory();
      const service = startBucket();
      try {
        await fn(async ({ scheme, size, aborts = 0 }) => {
          const path = join(directory.path, `${size}`);
          await Deno.writeFile(path, new Uint8Array(0));
          await Deno.truncate(path, size * MIB);
          service.stored.length = 0;
          const peak = await measure(
            ...[opendal!, scheme, service.url, path, `${aborts}`],
          );
          assertEquals(service.stored, aborts > 0 ? [] : [size * MIB]);
          return peak;
        });
      } finally {
        await service.stop();
      }
    },
  });
}

interface UploadOptions {
  /** The service's name in OpenDAL. */
  readonly scheme: "s3" | "gcs";
  /** The file's size in MiB. */
  readonly size: number;
  /** How often the upload is aborted; it is not made whole then. @default {0} */
  readonly aborts?: number;
}

test("an object of 256 MiB goes out to S3 as it is read", async (upload) => {
  const peak = await upload({ scheme: "s3", size: 256 });
  assert(peak < ALL_ELSE, `the process has held ${peak} MiB`);
});

test("nothing is held of uploads to S3 that were aborted", async (upload) => {
  const peak = await upload({ scheme: "s3", size: 256, aborts: 10 });
  assert(peak < ALL_ELSE, `the process has held ${peak} MiB`);
});

test("an object that OpenDAL gathers is in memory once", async (upload) => {
  const small = await upload({ scheme: "gcs", size: 16 });
  const large = await upload({ scheme: "gcs", size: 112 });
  const copies = (large - small) / (112 - 16);
  assert(copies < 1.5, `each byte is in memory ${copies} times`);
});

test("objects that OpenDAL gathered and that were aborted do not pile up", async (upload) => {
  const size = 192;
  const peak = await upload({ scheme: "gcs", size, aborts: 10 });
  // The collector lets one go when it sees how large the next one is.
  assert(peak < ALL_ELSE + 2 * size, `the process has held ${peak} MiB`);
});

/** Runs `memory_main.ts`. */
async function measure(...args: string[]): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...[MAIN, ...args],
    ],
    stdin: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** As much of S3 and GCS as an upload needs; of objects that came whole it keeps the sizes. */
function startBucket(): {
  readonly url: string;
  readonly stored: number[];
  stop(): Promise<void>;
} {
  const stored: number[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ method, body }) => {
      if (method !== "PUT" && method !== "POST") {
        return new Response(null, { status: 404 });
      }
      let size = 0;
      try {
        for await (const chunk of body ?? []) size += chunk.length;
        stored.push(size);
      } catch {
        // It was aborted.
      }
      return new Response("{}", { headers: { etag: `"${size}"` } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    stored,
    stop: () => server.shutdown(),
  };
}
