// minio-js as its documentation uses it: fPutObject and fGetObject for a file, putObject and
// getObject for a small object.

import { readFile, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { forEachObject, job, loadPackage, place, runJob } from "./task.mjs";

const { Client } = loadPackage("minio");
const { hostname, port, protocol } = new URL(place.endpoint);
const { bucket } = place;
const client = new Client({
  endPoint: hostname,
  port: Number(port),
  useSSL: protocol === "https:",
  region: place.region,
  accessKey: place.accessKeyId,
  secretKey: place.secretAccessKey,
});

const actions = {
  upload: () => client.fPutObject(bucket, job.key, job.path),
  download: () => client.fGetObject(bucket, job.key, job.path),
  async list() {
    let count = 0;
    for await (const _ of client.listObjectsV2(bucket, job.key, true)) count++;
    await writeFile(job.path, `${count}`);
  },
  uploadMany: () =>
    forEachObject(async (name, path) => {
      await client.putObject(bucket, name, await readFile(path));
    }),
  downloadMany: () =>
    forEachObject(async (name, path) => {
      await writeFile(path, await buffer(await client.getObject(bucket, name)));
    }),
  sizeMany: () => forEachObject((name) => client.statObject(bucket, name)),
};

await runJob(actions);
