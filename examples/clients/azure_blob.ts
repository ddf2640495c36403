/**
 * Judges `@azure/storage-blob` with `uploadFile()` and `downloadToFile()`, as they are commonly used, on
 * a container of your own, or one of the emulator Azurite:
 *
 * ```sh
 * export AZURE_BLOB_ENDPOINT=http://127.0.0.1:10000/devstoreaccount1
 * export AZURE_STORAGE_ACCOUNT=devstoreaccount1 AZURE_STORAGE_KEY=…
 * export AZURE_STORAGE_CONTAINER=my-test-container
 * deno task conformance ./examples/clients/azure_blob.ts
 * ```
 *
 * @module
 */
import {
  BlobServiceClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from "npm:@azure/storage-blob@^12.29.1";
import { stat } from "node:fs/promises";
import {
  defineHarness,
  type Harness,
  type HarnessContext,
} from "@storekit/object-store/conformance";
import { readVariable } from "../read_bucket.ts";
import { PlainStore, type Transfer } from "./plain_store.ts";

const endpoint = readVariable("AZURE_BLOB_ENDPOINT");
const container = readVariable("AZURE_STORAGE_CONTAINER");
const key = readVariable("AZURE_STORAGE_KEY");
const credential = new StorageSharedKeyCredential(
  readVariable("AZURE_STORAGE_ACCOUNT"),
  key,
);

/** Moves files by the client's own functions for them. */
class AzureBlobObjectStore extends PlainStore {
  readonly #container: ContainerClient;

  constructor(container: ContainerClient, prefix: string) {
    super(prefix);
    this.#container = container;
  }

  protected uriOf(key: string): string {
    return `azblob://${container}/${key}`;
  }

  protected async size(key: string, abortSignal?: AbortSignal) {
    const { contentLength = 0 } = await this.#container.getBlobClient(key)
      .getProperties(abortSignal ? { abortSignal } : {});
    return contentLength;
  }

  protected async upload({ key, path, signal, progress }: Transfer) {
    const { size } = await stat(path);
    await this.#container.getBlockBlobClient(key).uploadFile(path, {
      ...signal ? { abortSignal: signal } : {},
      onProgress: ({ loadedBytes }) => progress(loadedBytes, size),
    });
  }

  protected async download({ key, path, signal, progress }: Transfer) {
    const blob = this.#container.getBlobClient(key);
    const { contentLength = 0 } = await blob.getProperties();
    await blob.downloadToFile(path, 0, undefined, {
      ...signal ? { abortSignal: signal } : {},
      onProgress: ({ loadedBytes }) => progress(loadedBytes, contentLength),
    });
  }

  protected statusOf(error: unknown): number | undefined {
    return (error as { statusCode?: number }).statusCode;
  }
}

function open(url: string | undefined, { prefix }: HarnessContext) {
  // The kit's proxy has a host of its own, and the account may be a part of the path.
  const { pathname } = new URL(endpoint);
  const at = url === undefined ? endpoint : `${new URL(url).origin}${pathname}`;
  const service = new BlobServiceClient(at, credential, {
    retryOptions: { maxTries: 3, retryDelayInMs: 100, tryTimeoutInMs: 10_000 },
  });
  return new AzureBlobObjectStore(
    service.getContainerClient(container),
    prefix,
  );
}

const harness: Harness = defineHarness({
  name: "@azure/storage-blob",
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "streaming"],
  upstream: new URL(endpoint).origin,
  secrets: [key],
  limits: { stallTimeoutMs: 10_000 },
  open: (ctx) => open(ctx.endpoint, ctx),
});

export default harness;
