/**
 * Runs the conformance suite on a bucket of your own, by an `S3ObjectStore`:
 *
 * ```sh
 * export S3_BUCKET=my-test-bucket AWS_REGION=eu-central-1
 * export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…
 * deno task conformance ./examples/s3_harness.ts
 * ```
 *
 * `S3_ENDPOINT` names a service other than AWS. Everything is below a prefix
 * of the run's own, and removed at the end.
 *
 * @module
 */

import {
  DeleteObjectsCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "@storekit/object-store/conformance";
import { S3ObjectStore } from "@storekit/object-store/s3";
import { readBucket } from "./read_bucket.ts";

const { bucket, region, endpoint, credentials, isAws } = readBucket();

function open(
  url = endpoint,
  { prefix }: HarnessContext,
  caCerts: readonly string[] = [],
): S3ObjectStore {
  return new S3ObjectStore({
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
  name: `S3ObjectStore on ${bucket}`,
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
  // AWS takes no signature that was made for the kit's proxy.
  ...isAws ? { resign: { ...credentials, region } } : {},
  secrets: [credentials.secretAccessKey],
  limits: { partSize: 5 * 2 ** 20, stallTimeoutMs: 10_000 },
  open: (ctx) => open(ctx.endpoint, ctx),
  openAt: open,
  openTrusting: open,
  async cleanup(prefix) {
    const client = new S3Client({
      region,
      endpoint,
      credentials,
      forcePathStyle: true,
    });
    // While `a` is there, MinIO does not list `a/b`.
    for (let left = true; left;) {
      left = false;
      const pages = paginateListObjectsV2({ client }, {
        Bucket: bucket,
        Prefix: `${prefix}/`,
      });
      for await (const { Contents = [] } of pages) {
        if (Contents.length === 0) continue;
        const Objects = Contents.map(({ Key }) => ({ Key }));
        await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }),
        );
        left = true;
      }
    }
    client.destroy();
  },
});

export default harness;
