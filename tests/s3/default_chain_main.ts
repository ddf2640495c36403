import { S3ObjectStore } from "../../src/s3/mod.ts";

const [source, copy, endpoint] = Deno.args;
const store = new S3ObjectStore({
  bucket: "bucket",
  ...endpoint === undefined ? { pathStyle: true } : { endpoint },
});
try {
  await store.uploadObject("a", source!);
  await store.downloadObject("a", copy!);
  console.log(await store.getObjectSize("a"));
} catch (error) {
  console.log((error as { code?: unknown }).code, `${error}`);
} finally {
  await store.close();
}
