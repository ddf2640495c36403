import { join } from "@std/path";
import type { TestServer } from "../tests/servers/server.ts";
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

/** Waits until the disk has what was written: it would be written during the next job. */
export async function synchronizeDisk(): Promise<void> {
  await new Deno.Command("sync", { stdin: "null" }).output();
}

/** Removes a file or a directory; one that is gone is fine. */
export async function removeAny(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
