import { isAbsolute, resolve, sep } from "node:path";
import { cwd } from "node:process";
import { ObjectStoreClosedError } from "./errors.ts";
import type {
  DownloadOptions,
  ListableObjectStore,
  ObjectStore,
  OperationOptions,
  UploadOptions,
} from "./object_store.ts";
import { listWithRetry } from "./retry_listing.ts";
import { checkRetryOptions, type RetryOptions } from "./retry_options.ts";
import { prepareRun } from "./retry_run.ts";

/**
 * Wraps a store so that each operation is tried again after a transient
 * failure, as {@linkcode retryTransient} does it (clause 30). What the
 * contract says of one call holds for all attempts together:
 *
 * - a relative path is made absolute before the first attempt (clause 16);
 * - the inner store checks the arguments, in its order (clause 17);
 * - the callback's count never goes back, is silent while a new attempt
 *   catches up, and reports `(total, total)` once (clauses 18 and 19);
 * - what the callback throws, and the caller's abort, ends the operation,
 *   whatever its class; an abort during a wait does so at once.
 *
 * The store's own internal retries come on top: three of its attempts in each
 * of five are fifteen requests.
 *
 * A listing that fails begins again and leaves out the names it has given,
 * which it remembers until it ends; its attempts count anew after each name.
 *
 * `close()` waits for the operations of this wrapper, waits between attempts
 * included, and then closes the inner store. An iteration of `listObjects`
 * that nobody is waiting for does not hold it up.
 *
 * @param store The store to wrap. It belongs to the wrapper from then on.
 * @param options Attempts, waits, a hook, and a signal for all operations.
 * @returns A store that can list if `store` can.
 * @throws {TypeError} If `store` is not a store, or an option is unknown or of
 * the wrong type.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, withRetry } from "@storekit/object-store";
 *
 * const root = await Deno.makeTempDir();
 * try {
 *   await using store = withRetry(new FileSystemObjectStore({ root }), { maxAttempts: 3 });
 *   await Deno.writeTextFile(`${root}/note.txt`, "hello");
 *   await store.uploadObject("notes/first", `${root}/note.txt`);
 *   if (await store.getObjectSize("notes/first") !== 5) throw new Error("Not as documented");
 * } finally {
 *   await Deno.remove(root, { recursive: true });
 * }
 * ```
 */
export function withRetry(
  store: ListableObjectStore,
  options?: RetryOptions,
): ListableObjectStore;
/**
 * Wraps a store that cannot list: see the other overload.
 *
 * @param store The store to wrap. It belongs to the wrapper from then on.
 * @param options Attempts, waits, a hook, and a signal for all operations.
 * @returns A store that does not list either.
 */
export function withRetry(
  store: ObjectStore,
  options?: RetryOptions,
): ObjectStore;
export function withRetry(
  store: ObjectStore | ListableObjectStore,
  options: RetryOptions = {},
): ObjectStore {
  checkStore(store);
  const checked = checkRetryOptions(options);
  return isListable(store)
    ? new ListableRetryObjectStore(store, checked)
    : new RetryObjectStore(store, checked);
}

class RetryObjectStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #retryOptions: RetryOptions;
  readonly #inProgress = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(store: ObjectStore, retryOptions: RetryOptions) {
    this.#store = store;
    this.#retryOptions = retryOptions;
  }

  getUri(objectName: string): string {
    return this.#store.getUri(objectName);
  }

  getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    return this.#operate(
      "ask the size of",
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

  /** Whether `close()` was called. */
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
  ): Promise<T> {
    return this.isClosed
      ? this.#refuse(action, objectName, () => operation(aborted(options)))
      : this.track(this.#retry(options, operation));
  }

  async #retry<T, O extends OperationOptions>(
    options: O | undefined,
    operation: (options: O | undefined) => Promise<T>,
  ): Promise<T> {
    const run = prepareRun(options, this.#retryOptions);
    try {
      return await run.attempt(() => operation(run.options));
    } finally {
      run.release();
    }
  }

  async #refuse(
    action: string,
    objectName: string,
    probe: () => Promise<unknown>,
  ): Promise<never> {
    await checkArguments(probe);
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

class ListableRetryObjectStore extends RetryObjectStore
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
      const names = this.#store.listObjects(prefix, aborted(options));
      await checkArguments(() => names[Symbol.asyncIterator]().next());
      throw new ObjectStoreClosedError(
        "Cannot list objects: the store is closed",
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

function checkStore(store: unknown): void {
  const methods = [
    "getUri",
    "getObjectSize",
    "uploadObject",
    "downloadObject",
    "close",
  ];
  const members = Object(store);
  const missing = methods.find((name) => typeof members[name] !== "function");
  if (missing === undefined) return;
  throw new TypeError(
    `Cannot wrap a store as 'store' must be an ObjectStore: '${missing}' is ${
      members[missing]
    }`,
  );
}

function isListable(store: ObjectStore): store is ListableObjectStore {
  return "listObjects" in store && typeof store.listObjects === "function";
}

/** A path that later attempts understand as the first one does; what is no path is left for the inner store to refuse. */
function fixFilename(filename: string | URL): string | URL {
  if (filename instanceof URL) return new URL(filename);
  if (typeof filename !== "string" || filename === "") return filename;
  if (isAbsolute(filename) && sep === "/") return filename;
  try {
    // Only put together where that suffices: a separator at the end means a
    // directory, and `link/..` is not what it looks like.
    if (sep === "/") return `${cwd()}/${filename}`;
    return resolve(filename) + (/[\\/]$/.test(filename) ? sep : "");
  } catch {
    // There is no working directory, or no permission to ask: as for the inner store.
    return filename;
  }
}

/** What a probe of a closed store is aborted with. */
const CLOSED = new Error("The store is closed");

/** Options with which a store looks at its arguments and does nothing. */
function aborted<O extends OperationOptions>(options: O | undefined): O {
  const signal = options?.signal;
  const isOurs = typeof (options ?? {}) === "object" &&
    (signal === undefined || signal instanceof AbortSignal);
  return isOurs
    ? { ...options, signal: AbortSignal.abort(CLOSED) } as O
    : options as O;
}

/** Arguments are looked at before the closed store is, and only the inner store knows how (clause 17). */
async function checkArguments(probe: () => Promise<unknown>): Promise<void> {
  try {
    await probe();
  } catch (error) {
    if (error !== CLOSED) throw error;
  }
}
