/**
 * Uploads, downloads and asks a size by a MinIO store, through a client if
 * asked: `deno run … store_main.ts <options as JSON> <source> <copy> [client]`.
 *
 * @module
 */

import { MinioObjectStore } from "../../src/minio/mod.ts";

const [text = "", source = "", copy = "", way] = Deno.args;
const { endpoint, bucket, credentials } = JSON.parse(text);
const store = way === "client"
  ? new MinioObjectStore({ bucket, client: await makeClient() })
  : new MinioObjectStore(JSON.parse(text));
try {
  await store.uploadObject("a", source);
  await store.downloadObject("a", copy, { overwrite: true });
  console.log(await store.getObjectSize("a"));
} catch (error) {
  console.log((error as { code?: unknown }).code, `${error}`);
} finally {
  await store.close();
}

async function makeClient() {
  const { Client } = await import("minio");
  const { hostname, port } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region: "us-east-1",
  });
}
