/**
 * Runs the conformance suite on a bucket of your own in MinIO, by a
 * `MinioObjectStore`:
 *
 * ```sh
 * export S3_ENDPOINT=http://127.0.0.1:9000 S3_BUCKET=my-test-bucket
 * export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…
 * deno task conformance ./examples/minio_harness.ts
 * ```
 *
 * Everything is below a prefix of the run's own, and removed at the end.
 *
 * @module
 */

import { Client } from "minio";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "@storekit/object-store/conformance";
import { MinioObjectStore } from "@storekit/object-store/minio";
import { readBucket } from "./read_bucket.ts";

const { bucket, region, endpoint, credentials } = readBucket();

function open(
  url = endpoint,
  { prefix }: HarnessContext,
  caCerts: readonly string[] = [],
): MinioObjectStore {
  return new MinioObjectStore({
    bucket,
    prefix,
    region,
    endpoint: url,
    credentials,
    partSize: 5 * 2 ** 20,
    timeout: 10_000,
    caCerts,
  });
}

const harness: Harness = defineHarness({
  name: `MinioObjectStore on ${bucket}`,
  module: import.meta.url,
  capabilities: [
    "flat",
    "reopen",
    "list",
    "read",
    "write",
    "delete",
    "process",
    "streaming",
    "checksum",
  ],
  upstream: endpoint,
  dialect: s3Dialect,
  secrets: [credentials.secretAccessKey],
  limits: { partSize: 5 * 2 ** 20, stallTimeoutMs: 10_000 },
  open: (ctx) => open(ctx.endpoint, ctx),
  openAt: open,
  openTrusting: open,
  async cleanup(prefix) {
    const { hostname, port, protocol } = new URL(endpoint);
    const client = new Client({
      endPoint: hostname.replace(/^\[|\]$/g, ""),
      ...port ? { port: Number(port) } : {},
      useSSL: protocol === "https:",
      region,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
    });
    // While `a` is there, MinIO does not list `a/b`.
    for (let left = true; left;) {
      left = false;
      const listed = client.listObjectsV2(bucket, `${prefix}/`, true);
      for await (const { name } of listed) {
        await client.removeObject(bucket, name);
        left = true;
      }
    }
  },
});

export default harness;
