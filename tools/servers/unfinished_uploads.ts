import { join } from "@std/path";
import type { ServerAddress } from "./server.ts";
import { sendSigned } from "./signed_request.ts";

/**
 * Lists the uploads in parts that a server holds and that are neither complete
 * nor discarded, each as its id, with its key where that can be told.
 */
export async function listUnfinishedUploads(
  address: ServerAddress,
): Promise<string[]> {
  // MinIO answers for one key, or from memory; its disk tells all.
  if (address.name.startsWith("minio")) {
    const root = join(address.dataDirectory, ".minio.sys", "multipart");
    const uploads: string[] = [];
    for (const object of await readNames(root)) {
      uploads.push(...await readNames(join(root, object)));
    }
    return uploads;
  }
  const path = `/${address.bucket}`;
  const { status, text } = await sendSigned(address, {
    path,
    query: { uploads: "" },
  });
  if (status !== 200) throw new Error(`Cannot list uploads: ${status} ${text}`);
  return [...text.matchAll(
    /<Upload>.*?<Key>(.*?)<\/Key>.*?<UploadId>(.*?)<\/UploadId>/gs,
  )].map(([, key, id]) => `${id} ${key}`);
}

async function readNames(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
