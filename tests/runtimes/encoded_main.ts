import { readFile } from "node:fs/promises";
import process from "node:process";
import { S3Client } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { S3ObjectStore } from "../../src/s3/mod.ts";

// Reads an object in each way that a runtime other than Deno has; prints its bytes in base64, or the
// code and the message of what that rejects with. Run by a test as a process of its own.

const [endpoint = "", directory = ""] = process.argv.slice(2);
const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
const settings = {
  endpoint,
  region: "us-east-1",
  forcePathStyle: true,
  credentials,
};
const stores = {
  direct: new S3ObjectStore({ bucket: "bucket", endpoint, credentials }),
  client: new S3ObjectStore({
    bucket: "bucket",
    client: new S3Client(settings),
  }),
  fetch: new S3ObjectStore({
    bucket: "bucket",
    client: new S3Client({
      ...settings,
      requestHandler: new FetchHttpHandler(),
    }),
  }),
};
const found: Record<string, unknown> = {};
for (const [way, store] of Object.entries(stores)) {
  const path = `${directory}/${way}`;
  found[`download, ${way}`] = await store.downloadObject("a", path)
    .then(async () => (await readFile(path)).toString("base64"))
    .catch(({ code, message }) => ({ code, message }));
  found[`read, ${way}`] = await store.readObject("a")
    .then(({ bytes }) => bytes())
    .then((bytes) => btoa(String.fromCharCode(...bytes)))
    .catch(({ code, message }) => ({ code, message }));
  await store.close();
}
console.log(JSON.stringify(found));
