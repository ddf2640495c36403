import { join } from "@std/path";
import type { TestServer } from "../tools/servers/server.ts";
import type { Place } from "./clients/client.ts";

/**
 * What a client needs to know of a server.
 *
 * @param server The server.
 * @param endpoint Another address for it: a proxy's.
 */
export function getPlace(server: TestServer, endpoint = server.url): Place {
  const { bucket, caFile, credentials, region } = server;
  return { endpoint, region, bucket, ...credentials, ...caFile && { caFile } };
}

/**
 * Removes the replaced objects that MinIO keeps and cleans away rarely:
 * gigabytes of them would make every figure noise.
 *
 * @param server The server; nothing is done for one that keeps none.
 */
export async function emptyTrash({ dataDirectory }: TestServer): Promise<void> {
  const trash = join(dataDirectory, ".minio.sys/tmp/.trash");
  try {
    for await (const { name } of Deno.readDir(trash)) {
      await removeAny(join(trash, name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Waits until the disk has what was written, and the server has ended what it
 * still does for the last job: it would be part of the next.
 */
export async function comeToRest(): Promise<void> {
  if (!isRestWanted) return;
  await new Deno.Command("sync", { stdin: "null" }).output();
  for (let left = LONGEST_REST; left > 0; left -= LOOK) {
    const before = await readTimes();
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    const after = await readTimes();
    if (!before || !after) return;
    const idle = after.idle - before.idle;
    if (idle >= RESTING * (after.all - before.all)) return;
  }
}

/** Makes {@linkcode comeToRest} return at once: nobody reads the figures of a smoke run, and on a busy machine it would wait each time. */
export function skipRests(): void {
  isRestWanted = false;
}

let isRestWanted = true;
/** Milliseconds between two looks at the processors, and how long it may take. */
const LOOK = 100;
const LONGEST_REST = 5_000;
/** The share of their time that they are idle. */
const RESTING = 0.95;

/** The processors' time so far, in ticks; nothing where the system is not Linux. */
async function readTimes(): Promise<{ idle: number; all: number } | undefined> {
  const text = await Deno.readTextFile("/proc/stat").catch(() => "");
  const [name, ...ticks] = text.split("\n", 1)[0]!.split(/ +/);
  if (name !== "cpu") return undefined;
  const times = ticks.map(Number);
  const all = times.reduce((sum, time) => sum + time, 0);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), all };
}

/** Removes a file or a directory; one that is gone is fine. */
export async function removeAny(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
