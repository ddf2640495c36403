/**
 * Judges `@aws-sdk/lib-storage` beside `@aws-sdk/client-s3`, as they are commonly used, on a bucket of
 * your own:
 *
 * ```sh
 * export S3_ENDPOINT=http://127.0.0.1:9000 S3_BUCKET=my-test-bucket
 * export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…
 * deno task conformance ./examples/clients/lib_storage.ts
 * ```
 *
 * @module
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "npm:@aws-sdk/lib-storage@^3.1000.0";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  isLostConnection,
  type Meaning,
  meaningOfStatus,
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

/** Keeps objects in a bucket. */
class LibStorageObjectStore extends PlainStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  /** @param client The client, which is destroyed with the store. @param bucket The bucket's name. @param prefix Stands before each name. */
  constructor(client: S3Client, bucket: string, prefix: string) {
    super(prefix);
    this.#client = client;
    this.#bucket = bucket;
  }

  protected uriOf(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }

  protected async size(key: string, abortSignal: AbortSignal): Promise<number> {
    const { ContentLength } = await this.#client.send(
      new HeadObjectCommand({ Bucket: this.#bucket, Key: key }),
      { abortSignal },
    );
    return ContentLength ?? 0;
  }

  protected async upload(
    { key, path, signal, progress }: Transfer,
  ): Promise<void> {
    const { size } = await stat(path);
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: key, Body: createReadStream(path) },
    });
    upload.on("httpUploadProgress", ({ loaded = 0 }) => progress(loaded, size));
    const abort = () => void upload.abort();
    signal.addEventListener("abort", abort);
    try {
      await upload.done();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  protected async download(
    { key, path, signal, progress }: Transfer,
  ): Promise<void> {
    const { Body, ContentLength = 0 } = await this.#client.send(
      new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      { abortSignal: signal },
    );
    async function* count(chunks: AsyncIterable<Uint8Array>) {
      let bytes = 0;
      for await (const chunk of chunks) {
        yield chunk;
        progress(bytes += chunk.length, ContentLength);
      }
    }
    await pipeline(Body as Readable, count, createWriteStream(path), {
      signal,
    });
  }

  protected meaningOf(error: object): Meaning {
    if (isLostConnection(error)) return "TRANSIENT";
    const { name, $metadata, $retryable } = error as {
      readonly name?: string;
      readonly $metadata?: { readonly httpStatusCode?: number };
      readonly $retryable?: object;
    };
    if (name === "NoSuchBucket") return "BUCKET_NOT_FOUND";
    if (name === "TimeoutError" || $retryable) return "TRANSIENT";
    const status = $metadata?.httpStatusCode;
    return status === undefined ? undefined : meaningOfStatus(status);
  }

  protected override closeClient(): void {
    this.#client.destroy();
  }
}

const { bucket, region, endpoint, credentials } = readBucket();

function connect(
  url = endpoint,
  secretAccessKey = credentials.secretAccessKey,
): S3Client {
  return new S3Client({
    region,
    endpoint: url,
    credentials: { ...credentials, secretAccessKey },
    forcePathStyle: true,
    // By default the client waits for ever.
    requestHandler: { requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

function open(
  client: S3Client,
  { prefix }: HarnessContext,
  name = bucket,
): LibStorageObjectStore {
  return new LibStorageObjectStore(client, name, prefix);
}

const harness: Harness = defineHarness({
  name: `@aws-sdk/lib-storage on ${bucket}`,
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "authz", "bucket"],
  upstream: endpoint,
  dialect: s3Dialect,
  secrets: [credentials.secretAccessKey],
  limits: {
    partSize: 5 * 2 ** 20,
    stallTimeoutMs: 5_000,
    maxOperationMs: 30_000,
  },
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
      const pages = paginateListObjectsV2({ client }, {
        Bucket: bucket,
        Prefix: `${prefix}/`,
      });
      for await (const { Contents = [] } of pages) {
        for (const { Key } of Contents) {
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
          left = true;
        }
      }
    }
    client.destroy();
  },
});

export default harness;
