// Bun's own S3 client.

import { forEachObject, job, place } from "./task.mjs";

const { Bun } = globalThis;
const client = new Bun.S3Client({
  endpoint: place.endpoint,
  region: place.region,
  bucket: place.bucket,
  accessKeyId: place.accessKeyId,
  secretAccessKey: place.secretAccessKey,
});

const actions = {
  upload: () => client.write(job.key, Bun.file(job.path)),
  download: () => Bun.write(job.path, client.file(job.key)),
  uploadMany: () =>
    forEachObject((name, path) => client.write(name, Bun.file(path))),
  downloadMany: () =>
    forEachObject((name, path) => Bun.write(path, client.file(name))),
  sizeMany: () => forEachObject((name) => client.size(name)),
};

await actions[job.action]();
