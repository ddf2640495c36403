/**
 * Judges `@google-cloud/storage` with `upload()` and `download()`, as they are commonly used, on a bucket
 * of the emulator fake-gcs-server:
 *
 * ```sh
 * export GCS_ENDPOINT=http://127.0.0.1:4443 GCS_BUCKET=my-test-bucket
 * deno task conformance ./examples/clients/google_storage.ts
 * ```
 *
 * An upload that loses its connection hangs on Deno 2.9, whose `pipeline()` throws that
 * "k is not a constructor": on Node it rejects. A download that is cut hangs on both.
 *
 * @module
 */
import { type Bucket, Storage } from "npm:@google-cloud/storage@^7.17.0";
import { stat } from "node:fs/promises";
import {
  isLostConnection,
  type Meaning,
  meaningOfStatus,
  PlainStore,
  type Transfer,
} from "./plain_store.ts";
import {
  defineHarness,
  gcsDialect,
  type Harness,
  type HarnessContext,
} from "@storekit/object-store/conformance";
import { readVariable } from "../read_bucket.ts";

/** Keeps objects in a bucket of Google Cloud Storage. */
class GoogleStorageObjectStore extends PlainStore {
  readonly #bucket: Bucket;

  /** @param bucket The client's bucket. @param prefix Stands before each name. */
  constructor(bucket: Bucket, prefix: string) {
    super(prefix);
    this.#bucket = bucket;
  }

  protected uriOf(key: string): string {
    return `gs://${this.#bucket.name}/${key}`;
  }

  protected async size(key: string): Promise<number> {
    const [{ size }] = await this.#bucket.file(key).getMetadata();
    return Number(size);
  }

  protected async upload({ key, path, progress }: Transfer): Promise<void> {
    const { size } = await stat(path);
    await this.#bucket.upload(path, {
      destination: key,
      onUploadProgress: ({ bytesWritten = 0 }: { bytesWritten?: number }) =>
        progress(bytesWritten, size),
    });
  }

  protected async download({ key, path }: Transfer): Promise<void> {
    await this.#bucket.file(key).download({ destination: path });
  }

  protected meaningOf(error: object, isUpload: boolean): Meaning {
    const { code, response } = error as {
      readonly code?: unknown;
      readonly response?: { readonly status?: number };
    };
    // Of an answer the code is the status, but not where an upload is refused.
    const status = Number(code ?? response?.status);
    if (Number.isInteger(status) && status >= 300) {
      // An upload makes its object, so what is missing is the bucket.
      const isBucket = isUpload && status === 404;
      return isBucket ? "BUCKET_NOT_FOUND" : meaningOfStatus(status);
    }
    // The client's own check of what has come.
    const isDamaged = code === "CONTENT_DOWNLOAD_MISMATCH" ||
      code === "FILE_NO_UPLOAD";
    if (isDamaged || isLostConnection(error)) return "TRANSIENT";
    // The client's own errors, such as after its last attempt, have nothing but a text.
    const isOwn = code === undefined && !(error instanceof TypeError);
    return isOwn ? "OTHER" : undefined;
  }
}

const endpoint = readVariable("GCS_ENDPOINT");
const bucket = readVariable("GCS_BUCKET");

function connect(apiEndpoint = endpoint): Storage {
  return new Storage({
    apiEndpoint,
    projectId: "tests",
    // The emulator asks for no token.
    useAuthWithCustomEndpoint: false,
    // As many attempts as by default, with shorter pauses, as cases wait for them.
    retryOptions: { retryDelayMultiplier: 1, maxRetryDelay: 1 },
    timeout: 5_000,
  });
}

function open(
  url: string | undefined,
  { prefix }: HarnessContext,
  name = bucket,
): GoogleStorageObjectStore {
  return new GoogleStorageObjectStore(connect(url).bucket(name), prefix);
}

const harness: Harness = defineHarness({
  name: `@google-cloud/storage on ${bucket}`,
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "bucket"],
  upstream: endpoint,
  dialect: gcsDialect,
  limits: { stallTimeoutMs: 5_000, maxOperationMs: 30_000 },
  open: (ctx) => open(ctx.endpoint, ctx),
  openAt: (url, ctx) => open(url, ctx),
  openMissingBucket: (ctx) => open(ctx.endpoint, ctx, "missing-bucket"),
  async cleanup(prefix) {
    await connect().bucket(bucket).deleteFiles({ prefix: `${prefix}/` });
  },
});

export default harness;
