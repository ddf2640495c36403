/**
 * A job by `S3ObjectStore`: `deno run -A s3_store.ts <task>`.
 *
 * @module
 */

import { S3ObjectStore } from "../../src/s3/mod.ts";
import { runStore } from "./run_store.ts";

await runStore(({ accessKeyId, secretAccessKey, bucket, endpoint, region }) =>
  new S3ObjectStore({
    bucket,
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  })
);
