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
  isLostConnection,
  type Meaning,
  PlainStore,
  type Transfer,
} from "./plain_store.ts";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "@storekit/object-store/conformance";
import { readBucket } from "../read_bucket.ts";

/** The service's codes that say more than "other"; the client's errors have no status. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDenied: "PERMISSION_DENIED",
  InvalidAccessKeyId: "PERMISSION_DENIED",
  SignatureDoesNotMatch: "PERMISSION_DENIED",
  NoSuchBucket: "BUCKET_NOT_FOUND",
  NoSuchKey: "OBJECT_NOT_FOUND",
  NotFound: "OBJECT_NOT_FOUND",
  InternalError: "TRANSIENT",
  RequestTimeout: "TRANSIENT",
  ServiceUnavailable: "TRANSIENT",
  SlowDown: "TRANSIENT",
};

/** Keeps objects in a bucket. */
class MinioJsObjectStore extends PlainStore {
  readonly #client: Client;
  readonly #bucket: string;

  /** @param client The client. @param bucket The bucket's name. @param prefix Stands before each name. */
  constructor(client: Client, bucket: string, prefix: string) {
    super(prefix);
    this.#client = client;
    this.#bucket = bucket;
  }

  protected uriOf(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }

  protected async size(key: string): Promise<number> {
    return (await this.#client.statObject(this.#bucket, key)).size;
  }

  protected async upload({ key, path }: Transfer): Promise<void> {
    await this.#client.fPutObject(this.#bucket, key, path);
  }

  protected async download({ key, path }: Transfer): Promise<void> {
    await this.#client.fGetObject(this.#bucket, key, path);
  }

  protected meaningOf(error: object): Meaning {
    if (isLostConnection(error)) return "TRANSIENT";
    const { name, code } = error as {
      readonly name?: string;
      readonly code?: string;
    };
    if (name === "S3Error") return MEANINGS[`${code}`] ?? "OTHER";
    // The client's own errors have neither code nor status; those of files have a code.
    return code === undefined ? "OTHER" : undefined;
  }
}

const { bucket, region, endpoint, credentials } = readBucket();

function connect(
  url = endpoint,
  secretKey = credentials.secretAccessKey,
): Client {
  const { hostname, port, protocol } = new URL(url);
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ""),
    ...port ? { port: Number(port) } : {},
    useSSL: protocol === "https:",
    region,
    accessKey: credentials.accessKeyId,
    secretKey,
  });
}

function open(
  client: Client,
  { prefix }: HarnessContext,
  name = bucket,
): MinioJsObjectStore {
  return new MinioJsObjectStore(client, name, prefix);
}

const harness: Harness = defineHarness({
  name: `minio's fPutObject and fGetObject on ${bucket}`,
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "authz", "bucket"],
  upstream: endpoint,
  dialect: s3Dialect,
  secrets: [credentials.secretAccessKey],
  limits: { partSize: 64 * 2 ** 20, maxOperationMs: 30_000 },
  open: (ctx) => open(connect(ctx.endpoint), ctx),
  openAt: (url, ctx) => open(connect(url), ctx),
  openMissingBucket: (ctx) =>
    open(connect(ctx.endpoint), ctx, "missing-bucket"),
  openForbidden: (ctx) => open(connect(ctx.endpoint, "another-secret"), ctx),
  async cleanup(prefix) {
    const client = connect();
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
