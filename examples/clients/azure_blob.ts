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
import { globalAgent } from "node:http";
import {
  isLostConnection,
  type Meaning,
  meaningOfStatus,
  PlainStore,
  type Transfer,
} from "./plain_store.ts";
import {
  azureBlobDialect,
  defineHarness,
  type Harness,
  type HarnessContext,
} from "@storekit/object-store/conformance";
import { readVariable } from "../read_bucket.ts";

/** Codes of the service that are worth trying again, also with a status 4xx. */
const TRANSIENT = ["OperationTimedOut", "ServerBusy", "InternalError"];

/** Keeps objects in a container of Azure Blob Storage. */
class AzureBlobObjectStore extends PlainStore {
  readonly #container: ContainerClient;

  /** @param container The client of the container. @param prefix Stands before each name. */
  constructor(container: ContainerClient, prefix: string) {
    super(prefix);
    this.#container = container;
  }

  protected uriOf(key: string): string {
    return `azblob://${this.#container.containerName}/${key}`;
  }

  protected async size(key: string, abortSignal: AbortSignal): Promise<number> {
    const blob = this.#container.getBlobClient(key);
    const { contentLength } = await blob.getProperties({ abortSignal });
    return contentLength ?? 0;
  }

  protected async upload(
    { key, path, signal, progress }: Transfer,
  ): Promise<void> {
    const { size } = await stat(path);
    await this.#container.getBlockBlobClient(key).uploadFile(path, {
      abortSignal: signal,
      onProgress: ({ loadedBytes }) => progress(loadedBytes, size),
    });
  }

  protected async download(
    { key, path, signal, progress }: Transfer,
  ): Promise<void> {
    const blob = this.#container.getBlobClient(key);
    const { contentLength = 0 } = await blob.getProperties({
      abortSignal: signal,
    });
    await blob.downloadToFile(path, 0, undefined, {
      abortSignal: signal,
      onProgress: ({ loadedBytes }) => progress(loadedBytes, contentLength),
    });
  }

  protected meaningOf(error: object): Meaning {
    const { name, code: own, statusCode, details } = error as {
      readonly name?: string;
      readonly code?: string;
      readonly statusCode?: number;
      readonly details?: { readonly errorCode?: string };
    };
    // An answer to HEAD has no body, only the header.
    const code = own ?? details?.errorCode;
    if (name !== "RestError") {
      // A body that is cut is an AbortError of the client.
      const isCut = name === "AbortError" || isLostConnection(error);
      return isCut ? "TRANSIENT" : undefined;
    }
    if (statusCode === undefined) return "TRANSIENT";
    if (code === "ContainerNotFound") return "BUCKET_NOT_FOUND";
    if (TRANSIENT.includes(`${code}`)) return "TRANSIENT";
    return meaningOfStatus(statusCode);
  }
}

// Deno 2.9 never ends a request whose kept connection is lost while its body is streamed, which is no
// fault of the client: in Node it goes on. So no connection is kept here.
Object.assign(globalAgent, { keepAlive: false });

const endpoint = new URL(readVariable("AZURE_BLOB_ENDPOINT"));
const account = readVariable("AZURE_STORAGE_ACCOUNT");
const key = readVariable("AZURE_STORAGE_KEY");
const container = readVariable("AZURE_STORAGE_CONTAINER");
/** As many attempts as by default, with shorter pauses, as cases wait for them. */
const retryOptions = {
  maxTries: 4,
  retryDelayInMs: 100,
  maxRetryDelayInMs: 1_000,
  tryTimeoutInMs: 5_000,
};

function connect(
  origin = endpoint.origin,
  accountKey = key,
): BlobServiceClient {
  // An emulator has the account in the path.
  return new BlobServiceClient(
    `${origin}${endpoint.pathname.replace(/\/$/, "")}`,
    new StorageSharedKeyCredential(account, accountKey),
    { retryOptions, keepAliveOptions: { enable: false } },
  );
}

function open(
  client: BlobServiceClient,
  { prefix }: HarnessContext,
  name = container,
): AzureBlobObjectStore {
  return new AzureBlobObjectStore(client.getContainerClient(name), prefix);
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin;
}

const harness: Harness = defineHarness({
  name: `@azure/storage-blob on ${container}`,
  module: import.meta.url,
  capabilities: ["flat", "reopen", "process", "authz", "bucket"],
  upstream: endpoint.origin,
  dialect: azureBlobDialect,
  secrets: [key],
  limits: { stallTimeoutMs: 5_000, maxOperationMs: 30_000 },
  open: (ctx) => open(connect(originOf(ctx.endpoint)), ctx),
  openAt: (url, ctx) => open(connect(originOf(url)), ctx),
  openMissingBucket: (ctx) =>
    open(connect(originOf(ctx.endpoint)), ctx, "missing-container"),
  // A key of the right form that is not the account's.
  openForbidden: (ctx) =>
    open(connect(originOf(ctx.endpoint), btoa("another key")), ctx),
  async cleanup(prefix) {
    const client = connect().getContainerClient(container);
    for await (
      const { name } of client.listBlobsFlat({ prefix: `${prefix}/` })
    ) await client.deleteBlob(name);
  },
});

export default harness;
