// The AWS SDK as its documentation uses it: lib-storage for a file, one command for a small object.

import { createReadStream, createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { forEachObject, job, loadPackage, place, runJob } from "./task.mjs";

const {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
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

/** Opens the object's body. */
async function open() {
  const command = new GetObjectCommand({ Bucket, Key: job.key });
  return (await client.send(command)).Body;
}

async function upload() {
  const { Upload } = loadPackage("@aws-sdk/lib-storage");
  const Body = createReadStream(job.path);
  await new Upload({ client, params: { Bucket, Key: job.key, Body } }).done();
}

const actions = {
  upload,
  // A file's stream has no size for it either.
  writeStream: upload,
  async download() {
    await pipeline(await open(), createWriteStream(job.path));
  },
  async readStream() {
    let count = 0;
    for await (const chunk of await open()) count += chunk.length;
    await writeFile(job.path, `${count}`);
  },
  async firstByte() {
    for await (const { length } of await open()) {
      return await writeFile(job.path, `${length}`);
    }
  },
  async list() {
    let count = 0;
    const pages = paginateListObjectsV2({ client }, {
      Bucket,
      Prefix: job.key,
    });
    for await (const { Contents } of pages) count += Contents?.length ?? 0;
    await writeFile(job.path, `${count}`);
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

await runJob(actions);
client.destroy();
