/**
 * A job by `MinioObjectStore`: `deno run -A minio_store.ts <task>`.
 *
 * @module
 */

import { MinioObjectStore } from "../../src/minio/mod.ts";
import { runStore } from "./run_store.ts";

await runStore(({ accessKeyId, secretAccessKey, bucket, endpoint, region }) =>
  new MinioObjectStore({
    bucket,
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  })
);
