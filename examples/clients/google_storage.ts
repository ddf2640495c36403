/**
 * Judges `@google-cloud/storage` with `upload()` and `download()`, as they are commonly used, on a bucket
 * of the emulator fake-gcs-server:
 *
 * ```sh
 * export GCS_ENDPOINT=http://127.0.0.1:4443 GCS_BUCKET=my-test-bucket
 * deno task conformance ./examples/clients/google_storage.ts
 * ```
 *
 * @module
 */
import { type Bucket, Storage } from "npm:@google-cloud/storage@^7.17.0";
import { stat } from "node:fs/promises";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
} from "@storekit/object-store/conformance";
import { readVariable } from "../read_bucket.ts";
import { PlainStore, type Transfer } from "./plain_store.ts";

const endpoint = readVariable("GCS_ENDPOINT");
const bucket = readVariable("GCS_BUCKET");

/** Moves files by the client's own functions for them, which cannot be aborted. */
class GoogleStorageObjectStore extends PlainStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket, prefix: string) {
    super(prefix);
    this.#bucket = bucket;
  }

  protected uriOf(key: string): string {
    return `gs://${bucket}/${key}`;
  }

  protected async size(key: string) {
    const [{ size = 0 }] = await this.#bucket.file(key).getMetadata();
    return Number(size);
  }

  protected async upload({ key, path, progress }: Transfer) {
    const { size } = await stat(path);
    await this.#bucket.upload(path, {
      destination: key,
      onUploadProgress: ({ bytesWritten }: { bytesWritten: number }) =>
        progress(bytesWritten, size),
    });
  }

  protected async download({ key, path }: Transfer) {
    await this.#bucket.file(key).download({ destination: path });
  }

  protected statusOf(error: unknown): number | undefined {
    const { code } = error as { code?: unknown };
    return typeof code === "number" ? code : undefined;
  }
}

function open(url = endpoint, { prefix }: HarnessContext) {
  const storage = new Storage({
    apiEndpoint: url,
    projectId: "test",
    useAuthWithCustomEndpoint: false,
    retryOptions: { maxRetries: 3, totalTimeout: 30 },
  });
  return new GoogleStorageObjectStore(storage.bucket(bucket), prefix);
}

const harness: Harness = defineHarness({
  name: "@google-cloud/storage",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "streaming"],
  upstream: endpoint,
  secrets: [],
  limits: { stallTimeoutMs: 30_000 },
  open: (ctx) => open(ctx.endpoint, ctx),
});

export default harness;
