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
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "npm:@aws-sdk/lib-storage@^3.1000.0";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
  s3Dialect,
} from "@storekit/object-store/conformance";
import { readBucket } from "../read_bucket.ts";
import { PlainStore, type Transfer } from "./plain_store.ts";

const { bucket, region, endpoint, credentials } = readBucket();

/** Uploads by `Upload`, in parts where the file is large, and downloads by one GET. */
class LibStorageObjectStore extends PlainStore {
  readonly #client: S3Client;

  constructor(client: S3Client, prefix: string) {
    super(prefix);
    this.#client = client;
  }

  protected uriOf(key: string): string {
    return `s3://${bucket}/${key}`;
  }

  protected async size(key: string, abortSignal?: AbortSignal) {
    const { ContentLength = 0 } = await this.#client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key }),
      abortSignal ? { abortSignal } : {},
    );
    return ContentLength;
  }

  protected async upload({ key, path, signal, progress }: Transfer) {
    const { size } = await stat(path);
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: bucket, Key: key, Body: createReadStream(path) },
    });
    upload.on("httpUploadProgress", ({ loaded = 0 }) => progress(loaded, size));
    signal?.addEventListener("abort", () => upload.abort());
    await upload.done();
  }

  protected async download({ key, path, signal, progress }: Transfer) {
    const { Body, ContentLength = 0 } = await this.#client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
      signal ? { abortSignal: signal } : {},
    );
    let done = 0;
    async function* counted(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        yield chunk;
        progress(done += chunk.length, ContentLength);
      }
    }
    const file = createWriteStream(path);
    await pipeline(Body as Readable, counted, file, signal ? { signal } : {});
  }

  protected statusOf(error: unknown): number | undefined {
    const { $metadata } = error as {
      $metadata?: { httpStatusCode?: number };
    };
    return $metadata?.httpStatusCode;
  }

  override close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }
}

function open(url = endpoint, { prefix }: HarnessContext) {
  const client = new S3Client({
    region,
    credentials,
    endpoint: url,
    forcePathStyle: true,
  });
  return new LibStorageObjectStore(client, prefix);
}

const harness: Harness = defineHarness({
  name: "lib-storage",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "streaming"],
  upstream: endpoint,
  dialect: s3Dialect,
  secrets: [credentials.secretAccessKey],
  limits: { partSize: 5 * 2 ** 20 },
  open: (ctx) => open(ctx.endpoint, ctx),
  openAt: open,
});

export default harness;
