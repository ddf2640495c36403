import { S3ObjectStore, type S3ObjectStoreOptions } from "../../src/s3/mod.ts";
import { bytesOf, KEYS } from "./store_on_server.ts";

/** What is looked at of an error. */
export interface Failed {
  readonly code?: unknown;
  readonly message: string;
}

/** What every operation of a store rejects with: two that read, a small and a large upload, a listing. */
export async function failuresOf(
  options: Partial<S3ObjectStoreOptions>,
): Promise<Failed[]> {
  const directory = await Deno.makeTempDir();
  const store = new S3ObjectStore({
    bucket: "bucket",
    credentials: KEYS,
    attempts: 1,
    ...options,
  });
  await Deno.writeFile(`${directory}/small`, bytesOf(9));
  await Deno.writeFile(`${directory}/large`, bytesOf(2 ** 21));
  const calls = [
    () => store.getObjectSize("a"),
    () => store.downloadObject("a", `${directory}/copy`),
    () => store.uploadObject("a", `${directory}/small`),
    () => store.uploadObject("a", `${directory}/large`),
    () => Array.fromAsync(store.listObjects()),
  ];
  try {
    const failures: Failed[] = [];
    for (const call of calls) {
      failures.push(
        await call().then(() => ({ message: "" }), (error) => error),
      );
    }
    return failures;
  } finally {
    await store.close();
    await Deno.remove(directory, { recursive: true });
  }
}
