import { S3ObjectStore } from "../../src/s3/mod.ts";

/** Uploads, downloads and asks a size with the options of the first argument; run by tests as a process of its own. */
const [options, source, copy] = Deno.args;
const store = new S3ObjectStore(JSON.parse(options!));
try {
  await store.uploadObject("a", source!);
  await store.downloadObject("a", copy!, { overwrite: true });
  console.log(await store.getObjectSize("a"));
} catch (error) {
  console.log((error as { code?: unknown }).code, `${error}`);
} finally {
  await store.close();
}
