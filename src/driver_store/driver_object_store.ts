import { checkOptions, type OptionNames } from "./check_arguments.ts";
import { rememberCallerError } from "../operation/caller_error.ts";
import { type OpenObject, type StoreDriver, StoreFailure } from "../driver.ts";
import { resolveDestination } from "../local/destination.ts";
import { toPath } from "../local/filename.ts";
import { Progress } from "../local/progress.ts";
import { saveDestination } from "../local/saved_file.ts";
import { openSource } from "../local/source.ts";
import { checkPrefix, invalidName, toKey } from "../object_name.ts";
import type {
  DownloadOptions,
  ListableObjectStore,
  ObjectStore,
  OperationOptions,
  UploadOptions,
} from "../object_store.ts";
import { Operation } from "../operation/operation.ts";
import { type Call, makeError, translateError } from "./store_errors.ts";
import { receive } from "../transfer/receive.ts";
import { send } from "../transfer/send.ts";
import type { Transfer } from "../transfer/transfer.ts";

/** A NUL or a lone surrogate. */
const NO_NAME_HAS = /\0|\p{Surrogate}/u;

/** Milliseconds for which a failed transfer waits for the service to discard an upload, or for the disk to let go of a file; then that goes on in the background (clause 21). */
const CLEANUP_GRACE = 300;

/** Options of every store on a driver. */
export interface DriverObjectStoreOptions {
  /**
   * What the keys of this store begin with: whole segments (clause 4).
   *
   * @default {""}
   */
  prefix?: string | undefined;
}

/** A checked call. */
interface CheckedCall extends Call {
  readonly objectName: string;
  readonly uri: string;
  readonly key: string;
  readonly options: DownloadOptions;
}

/**
 * An `ObjectStore` over a {@linkcode StoreDriver}: it does, once, what all
 * stores have in common. A store's class extends it and gives it a driver.
 */
export class DriverObjectStore implements ObjectStore {
  readonly #driver: StoreDriver;
  readonly #prefix: string;
  readonly #busy = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /**
   * Makes a store of a driver.
   *
   * @param driver How the service is spoken to. The store closes it.
   * @param options The prefix.
   * @throws {TypeError} If the prefix is not a sequence of whole segments.
   */
  constructor(driver: StoreDriver, options: DriverObjectStoreOptions = {}) {
    this.#driver = driver;
    this.#prefix = checkPrefix(options.prefix);
  }

  getUri(objectName: string): string {
    return this.#driver.getUri(this.#checkName(objectName));
  }

  async getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    const call = this.#check("get the size of", objectName, options, [
      "signal",
    ]);
    return await this.#run(call, call.options.signal, async (operation) => {
      const { signal } = operation;
      const size = await operation.race(
        this.#background(this.#driver.getSize(call.key, { signal })),
      );
      return checkSize(size, "the object's size");
    });
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    const call = this.#check("upload", objectName, options, [
      "signal",
      "callback",
    ]);
    const path = toPath(filename);
    const { signal, callback } = call.options;
    await this.#run(call, signal, async (operation) => {
      const transfer = this.#transfer(operation, callback, call);
      const source = await operation.local(openSource(path));
      try {
        operation.check();
        const sending = this.#background(send(transfer, call.key, source));
        await operation.race(sending).catch(async (error) => {
          transfer.progress.stop();
          await settle(sending, CLEANUP_GRACE);
          throw error;
        });
        await operation.race(transfer.progress.finish());
        operation.check();
      } finally {
        transfer.progress.stop();
        await settle(this.#background(source.close()), CLEANUP_GRACE);
      }
    });
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    const call = this.#check("download", objectName, options, [
      "signal",
      "callback",
      "overwrite",
    ]);
    const path = toPath(filename);
    const { signal, callback, overwrite = false } = call.options;
    await this.#run(call, signal, async (operation) => {
      const transfer = this.#transfer(operation, callback, call);
      const destination = await operation.local(
        resolveDestination(path, { ...call, overwrite }),
      );
      const began = performance.now();
      const object = await this.#open(operation, call.key);
      const latency = performance.now() - began;
      const file = await this.#closeAfter(
        object,
        () => operation.local(saveDestination(destination)),
      );
      try {
        transfer.progress.begin(object.size);
        const receiving = this.#background(
          this.#closeAfter(
            object,
            () => receive(transfer, object, { file, latency }),
            true,
          ),
        );
        await operation.race(receiving);
        await operation.race(transfer.progress.finish());
        operation.check();
        await operation.local(file.publish({ signal: operation.signal }));
      } finally {
        transfer.progress.stop();
        await settle(this.#background(file.discard()), CLEANUP_GRACE);
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Lists the names below the store's prefix; for `ListableDriverObjectStore`. */
  protected async *list(
    prefix: unknown = "",
    options?: OperationOptions,
  ): AsyncGenerator<string, void> {
    const { signal } = checkOptions(options, ["signal"]);
    if (typeof prefix !== "string") {
      throw new TypeError(
        `Cannot use 'prefix' as it must be a string: current value is ${
          String(prefix)
        }`,
      );
    }
    const call: Call = { action: "list objects" };
    const base = this.#prefix === "" ? "" : `${this.#prefix}/`;
    this.#checkOpen(call);
    checkSignal(signal);
    const operation = new Operation(signal);
    let iterator: AsyncIterator<string> | undefined;
    try {
      // A prefix may end inside a character, or hold what no name has.
      const asked = prefix.split(NO_NAME_HAS, 1)[0] ?? "";
      const keys = this.#driver.list!(base + asked, {
        signal: operation.signal,
      });
      iterator = keys[Symbol.asyncIterator]();
      for (;;) {
        this.#checkOpen(call);
        operation.check();
        const step = this.#background(iterator.next());
        const { done, value } = await operation.race(step);
        if (done) return;
        checkListed(value, base);
        const name = value.slice(base.length);
        if (name.startsWith(prefix)) yield name;
      }
    } catch (error) {
      if (operation.failure) throw operation.failure.error;
      throw translateError(error, this.#driver, call);
    } finally {
      operation.end();
      const returned = iterator?.return?.();
      if (returned) this.#background(returned);
    }
  }

  #check(
    action: string,
    objectName: string,
    options: unknown,
    names: OptionNames,
  ): CheckedCall {
    const checked = checkOptions(options, names);
    const key = this.#checkName(objectName);
    const uri = this.#driver.getUri(key);
    return { action, objectName, uri, key, options: checked };
  }

  #checkName(objectName: string): string {
    const key = toKey(objectName, this.#prefix);
    const reason = this.#driver.checkKey?.(key);
    if (reason !== undefined) throw invalidName(objectName, reason);
    return key;
  }

  #checkOpen(call: Call): void {
    if (!this.#closing) return;
    throw makeError({ code: "CLOSED", reason: "the store is closed" }, call);
  }

  async #run<T>(
    call: CheckedCall,
    signal: AbortSignal | undefined,
    action: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    this.#checkOpen(call);
    checkSignal(signal);
    const operation = new Operation(signal);
    try {
      return await this.#background(action(operation));
    } catch (error) {
      if (operation.failure) throw operation.failure.error;
      throw translateError(error, this.#driver, call);
    } finally {
      operation.end();
    }
  }

  #transfer(
    operation: Operation,
    callback: UploadOptions["callback"],
    call: Call,
  ): Transfer {
    const progress = new Progress(callback, {
      onError: (error) => operation.failByCaller(error),
    });
    const driver = this.#driver;
    return {
      operation,
      progress,
      driver,
      fail: (error) => operation.fail(translateError(error, driver, call)),
    };
  }

  async #open(operation: Operation, key: string): Promise<OpenObject> {
    const { settings } = this.#driver;
    const opening = this.#driver.open(key, {
      signal: operation.signal,
      firstBytes: settings?.firstBytes ?? settings?.rangeSize ?? 2 ** 24,
    });
    this.#background(opening);
    try {
      const object = await operation.race(opening);
      checkSize(object.size, "the object's size");
      checkSize(object.bodySize, "the body's size");
      return object;
    } catch (error) {
      // Opened too late: nobody else will close it.
      this.#background(opening.then((object) => object.close?.()));
      throw error;
    }
  }

  /** Closes an object when `action` has failed, or, with `verify`, in any case after it. */
  async #closeAfter<T>(
    object: OpenObject,
    action: () => Promise<T>,
    verify = false,
  ): Promise<T> {
    let isDone = false;
    try {
      const result = await action();
      if (verify) await object.verify?.();
      isDone = !verify;
      return result;
    } finally {
      if (!isDone) await object.close?.();
    }
  }

  /** Remembers what `close()` has to wait for. */
  #background<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.then(() => {}, () => {});
    this.#busy.add(settled);
    settled.then(() => this.#busy.delete(settled));
    return promise;
  }

  async #close(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    await this.#driver.close();
  }
}

/** A {@linkcode DriverObjectStore} whose driver has `list`. */
export class ListableDriverObjectStore extends DriverObjectStore
  implements ListableObjectStore {
  /**
   * Makes a store of a driver that lists.
   *
   * @param driver How the service is spoken to; it has `list`.
   * @param options The prefix.
   */
  constructor(
    driver: StoreDriver & Required<Pick<StoreDriver, "list">>,
    options: DriverObjectStoreOptions = {},
  ) {
    super(driver, options);
  }

  listObjects(
    prefix?: string,
    options?: OperationOptions,
  ): AsyncIterable<string> {
    return this.list(prefix, options);
  }
}

/** Refuses a size that is no number of bytes: the driver, or its service, gave nonsense (clause 6). */
function checkSize(size: unknown, what: string): number {
  if (Number.isSafeInteger(size) && (size as number) >= 0) {
    return size as number;
  }
  throw new StoreFailure(
    "OTHER",
    `${what} was given as ${
      typeof size === "string"
        ? JSON.stringify(size.slice(0, 32))
        : String(size)
    }, which is no number of bytes`,
  );
}

/** Refuses a listed key that no name can have, or that is not below the store's prefix. */
function checkListed(key: unknown, base: string): void {
  if (typeof key !== "string" || !key.isWellFormed()) {
    throw new StoreFailure(
      "OTHER",
      "a listed name is no well-formed string",
    );
  }
  if (key.startsWith(base)) return;
  throw new StoreFailure("OTHER", "a listed name is outside the prefix");
}

/** Waits until a promise has settled, but no longer than this. */
async function settle(
  promise: Promise<unknown>,
  milliseconds: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([late, promise.then(() => {}, () => {})]);
  clearTimeout(timer);
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  rememberCallerError(signal.reason);
  throw signal.reason;
}
