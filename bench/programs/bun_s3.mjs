// Bun's own S3 client.

import { forEachObject, job, place, runJob } from "./task.mjs";

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
  async readStream() {
    let count = 0;
    for await (const chunk of client.file(job.key).stream()) {
      count += chunk.length;
    }
    await Bun.write(job.path, `${count}`);
  },
  async firstByte() {
    for await (const { length } of client.file(job.key).stream()) {
      return await Bun.write(job.path, `${length}`);
    }
  },
  async writeStream() {
    const writer = client.file(job.key).writer();
    for await (const chunk of Bun.file(job.path).stream()) {
      await writer.write(chunk);
    }
    await writer.end();
  },
  async list() {
    let count = 0;
    for (let continuationToken, isMore = true; isMore;) {
      const page = await client.list({ prefix: job.key, continuationToken });
      count += page.contents?.length ?? 0;
      continuationToken = page.nextContinuationToken;
      isMore = page.isTruncated;
    }
    await Bun.write(job.path, `${count}`);
  },
  uploadMany: () =>
    forEachObject((name, path) => client.write(name, Bun.file(path))),
  downloadMany: () =>
    forEachObject((name, path) => Bun.write(path, client.file(name))),
  sizeMany: () => forEachObject((name) => client.size(name)),
};

await runJob(actions);
