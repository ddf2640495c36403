import { ObjectStoreClosedError } from "../errors.ts";
import { toAbsolute } from "../local/path.ts";
import { listingUri } from "../object_name.ts";
import type {
  DownloadOptions,
  ListableObjectStore,
  ObjectStore,
  OperationOptions,
  UploadOptions,
} from "../object_store.ts";
import { probeArguments } from "./closed.ts";
import { listWithRetry } from "./listing.ts";
import type { RetryOptions } from "./options.ts";
import { type Powers, retryPowers } from "./powers.ts";
import { prepareRun, type RetryRun } from "./run.ts";

/** The wrapper that `withRetry()` makes of a store that does not list. It has the other optional powers that the store has. */
export class RetryObjectStore implements ObjectStore, Partial<Powers> {
  declare readonly readObject?: Powers["readObject"];
  declare readonly writeObject?: Powers["writeObject"];
  declare readonly deleteObject?: Powers["deleteObject"];
  readonly #store: ObjectStore;
  readonly #retryOptions: RetryOptions;
  readonly #inProgress = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(store: ObjectStore, retryOptions: RetryOptions) {
    this.#store = store;
    this.#retryOptions = retryOptions;
    const powers = retryPowers(
      store,
      (call, operation) =>
        this.#operate(
          call.action,
          call.objectName,
          call.options,
          operation,
          call.keepRun,
        ),
    );
    Object.assign(this, powers);
  }

  getUri(objectName: string): string {
    return this.#store.getUri(objectName);
  }

  getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    return this.#operate(
      "get the size of",
      objectName,
      options,
      (attempt) => this.#store.getObjectSize(objectName, attempt),
    );
  }

  uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    const fixed = fixFilename(filename);
    return this.#operate(
      "upload",
      objectName,
      options,
      (attempt) => this.#store.uploadObject(objectName, fixed, attempt),
    );
  }

  downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    const fixed = fixFilename(filename);
    return this.#operate(
      "download",
      objectName,
      options,
      (attempt) => this.#store.downloadObject(objectName, fixed, attempt),
    );
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** True once `close()` was called. */
  protected get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Makes `close()` wait for a promise. */
  protected track<T>(promise: Promise<T>): Promise<T> {
    const forget = () => this.#inProgress.delete(promise);
    this.#inProgress.add(promise);
    promise.then(forget, forget);
    return promise;
  }

  #operate<T, O extends OperationOptions>(
    action: string,
    objectName: string,
    options: O | undefined,
    operation: (options: O | undefined) => Promise<T>,
    keepRun?: (result: T, run: RetryRun<unknown>) => T,
  ): Promise<T> {
    return this.isClosed
      ? this.#refuse(action, objectName, probeArguments(options, operation))
      : this.track(this.#retry(options, operation, keepRun));
  }

  async #retry<T, O extends OperationOptions>(
    options: O | undefined,
    operation: (options: O | undefined) => Promise<T>,
    keepRun?: (result: T, run: RetryRun<unknown>) => T,
  ): Promise<T> {
    const run = prepareRun(options, this.#retryOptions);
    let isKept = false;
    try {
      const result = await run.attempt(() => operation(run.options));
      if (!keepRun) return result;
      isKept = true;
      return keepRun(result, run);
    } finally {
      if (!isKept) run.release();
    }
  }

  async #refuse(
    action: string,
    objectName: string,
    probe: Promise<void>,
  ): Promise<never> {
    await probe;
    const uri = this.#store.getUri(objectName);
    throw new ObjectStoreClosedError(
      `Cannot ${action} "${uri}": the store is closed`,
      { objectName, uri },
    );
  }

  async #close(): Promise<void> {
    while (this.#inProgress.size > 0) {
      await Promise.allSettled(this.#inProgress);
    }
    await this.#store.close();
  }
}

/** The wrapper that `withRetry()` makes of a store that lists. */
export class ListableRetryObjectStore extends RetryObjectStore
  implements ListableObjectStore {
  readonly #store: ListableObjectStore;
  readonly #retryOptions: RetryOptions;

  constructor(store: ListableObjectStore, retryOptions: RetryOptions) {
    super(store, retryOptions);
    this.#store = store;
    this.#retryOptions = retryOptions;
  }

  async *listObjects(
    prefix?: string,
    options?: OperationOptions,
  ): AsyncGenerator<string, void> {
    if (this.isClosed) {
      await probeArguments(options, (probe) => {
        const names = this.#store.listObjects(prefix, probe);
        return names[Symbol.asyncIterator]().next();
      });
      const uri = listingUri((name) => this.#store.getUri(name));
      throw new ObjectStoreClosedError(
        `Cannot list "${uri}": the store is closed`,
        { uri },
      );
    }
    yield* listWithRetry(this.#store, {
      prefix,
      options,
      retryOptions: this.#retryOptions,
      track: (step) => this.track(step),
    });
  }
}

/** A path that later attempts understand as the first one does; what is no path is left for the inner store to refuse. */
function fixFilename(filename: string | URL): string | URL {
  if (filename instanceof URL) return new URL(filename);
  if (typeof filename !== "string" || filename === "") return filename;
  try {
    return toAbsolute(filename);
  } catch {
    // There is no working directory, or no permission to ask: as for the inner store.
    return filename;
  }
}
