import { fromFileUrl } from "@std/path";
import { findFreePort } from "../../tools/servers/process.ts";
import { getDenoArgs } from "../clients/write_lock.ts";
import { median } from "../report/statistics.ts";
import { FORMATS, type Row, type Table } from "../report/table.ts";
import { formatSize } from "../size.ts";
import { type Part, type PartContext, takeServer } from "./part.ts";

const SIZE = 50 * 2 ** 20;
const AT_ONCE = 6;
const EXAMPLE = fromFileUrl(
  new URL("../../examples/deploy.ts", import.meta.url),
);

/** What a client of the example saw, in milliseconds since it asked. */
interface Seen {
  readonly firstByte: number;
  readonly lastByte: number;
}

/** The example as a service: when the first byte goes out, and what it holds in memory. */
export const deploy: Part = {
  name: "deploy",
  summary:
    "examples/deploy.ts gives out an object of 50 MiB, one request at a time and six at once",
  servers: "each",
  run: async (context) => [await measureExample(context)],
};

async function measureExample(context: PartContext): Promise<Table> {
  const server = takeServer(context);
  const size = Math.min(SIZE, context.size);
  const port = findFreePort();
  const { accessKeyId, secretAccessKey } = server.credentials;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...await getDenoArgs(), EXAMPLE],
    env: {
      PORT: `${port}`,
      STORE: `s3://${server.bucket}/deploy`,
      S3_ENDPOINT: server.url,
      AWS_REGION: server.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said = child.stdout.getReader();
  // It says that it listens.
  await said.read();
  const url = `http://127.0.0.1:${port}/objects/object`;
  const put = await fetch(url, { method: "PUT", body: new Uint8Array(size) });
  if (put.status !== 204) throw new Error(`PUT was answered ${put.status}`);

  const rows: Row[] = [];
  for (const count of [1, AT_ONCE]) {
    context.progress.show(`${server.name} deploy: ${count} at once`);
    const seen: Seen[] = [];
    for (let round = 0; round <= context.rounds; round++) {
      const found = await Promise.all(
        Array.from({ length: count }, () => get(url, size)),
      );
      if (round > 0) seen.push(...found);
    }
    rows.push({
      requests: `${count} at once`,
      firstByte: median(seen.map(({ firstByte }) => firstByte)),
      lastByte: median(seen.map(({ lastByte }) => lastByte)),
      peakRss: await readPeak(child.pid),
    });
  }
  child.kill("SIGINT");
  await said.cancel();
  return {
    part: "deploy",
    server: server.name,
    title: `examples/deploy.ts, GET of ${formatSize(size)}, ${server.name}`,
    columns: [
      { key: "requests", title: "requests" },
      { key: "firstByte", title: "first byte", format: FORMATS.milliseconds },
      { key: "lastByte", title: "last byte", format: FORMATS.milliseconds },
      { key: "peakRss", title: "peak RSS so far", format: FORMATS.memory },
    ],
    rows,
  };
}

async function get(url: string, size: number): Promise<Seen> {
  const began = performance.now();
  const { body } = await fetch(url);
  let firstByte: number | undefined;
  let count = 0;
  for await (const chunk of body!) {
    firstByte ??= performance.now() - began;
    count += chunk.length;
  }
  if (count !== size) throw new Error(`${count} bytes came`);
  return { firstByte: firstByte ?? NaN, lastByte: performance.now() - began };
}

/** The most memory that a process has held so far, in bytes; nothing where the system is not Linux. */
async function readPeak(pid: number): Promise<number | undefined> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(text) ?? [];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
