// The AWS SDK as its documentation uses it: lib-storage for a file, one command for a small object.

import { createReadStream, createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { forEachObject, job, loadPackage, place } from "./task.mjs";

const {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} = loadPackage("@aws-sdk/client-s3");

const Bucket = place.bucket;
const client = new S3Client({
  endpoint: place.endpoint,
  region: place.region,
  forcePathStyle: true,
  credentials: {
    accessKeyId: place.accessKeyId,
    secretAccessKey: place.secretAccessKey,
  },
});

const actions = {
  async upload() {
    const { Upload } = loadPackage("@aws-sdk/lib-storage");
    const Body = createReadStream(job.path);
    await new Upload({ client, params: { Bucket, Key: job.key, Body } }).done();
  },
  async download() {
    const command = new GetObjectCommand({ Bucket, Key: job.key });
    const { Body } = await client.send(command);
    await pipeline(Body, createWriteStream(job.path));
  },
  uploadMany: () =>
    forEachObject(async (Key, path) => {
      const Body = await readFile(path);
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    }),
  downloadMany: () =>
    forEachObject(async (Key, path) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      await writeFile(path, await Body.transformToByteArray());
    }),
  sizeMany: () =>
    forEachObject((Key) => client.send(new HeadObjectCommand({ Bucket, Key }))),
};

await actions[job.action]();
client.destroy();
