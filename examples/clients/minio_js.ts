/**
 * Judges `npm:minio` with `fPutObject()` and `fGetObject()`, as they are commonly used, on a bucket of
 * your own:
 *
 * ```sh
 * export S3_ENDPOINT=http://127.0.0.1:9000 S3_BUCKET=my-test-bucket
 * export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…
 * deno task conformance ./examples/clients/minio_js.ts
 * ```
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
import { readBucket } from "../read_bucket.ts";
import { PlainStore, type Transfer } from "./plain_store.ts";

const { bucket, region, endpoint, credentials } = readBucket();

/** The statuses of the codes that the client's errors have, as they do not tell theirs. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NotFound: 404,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
};

/** Moves files by the client's own functions for them, which have neither progress nor abort. */
class MinioJsObjectStore extends PlainStore {
  readonly #client: Client;

  constructor(client: Client, prefix: string) {
    super(prefix);
    this.#client = client;
  }

  protected uriOf(key: string): string {
    return `s3://${bucket}/${key}`;
  }

  protected async size(key: string) {
    return (await this.#client.statObject(bucket, key)).size;
  }

  protected async upload({ key, path }: Transfer) {
    await this.#client.fPutObject(bucket, key, path);
  }

  protected async download({ key, path }: Transfer) {
    await this.#client.fGetObject(bucket, key, path);
  }

  protected statusOf(error: unknown): number | undefined {
    return STATUS_OF_CODE[`${(error as { code?: unknown }).code}`];
  }
}

function open(url = endpoint, { prefix }: HarnessContext) {
  const { hostname, port, protocol } = new URL(url);
  const client = new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ""),
    ...port ? { port: Number(port) } : {},
    useSSL: protocol === "https:",
    region,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
  });
  return new MinioJsObjectStore(client, prefix);
}

const harness: Harness = defineHarness({
  name: "minio-js",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "streaming"],
  upstream: endpoint,
  dialect: s3Dialect,
  secrets: [credentials.secretAccessKey],
  limits: { partSize: 64 * 2 ** 20 },
  open: (ctx) => open(ctx.endpoint, ctx),
  openAt: open,
});

export default harness;
