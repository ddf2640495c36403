import type { StoreDriver } from "../driver.ts";
import { toPath } from "../local/filename.ts";
import type {
  DeletableObjectStore,
  DownloadOptions,
  ListableObjectStore,
  ObjectContent,
  ObjectData,
  OperationOptions,
  ReadableObjectStore,
  ReadObjectOptions,
  UploadOptions,
  WritableObjectStore,
  WriteObjectOptions,
} from "../object_store.ts";
import { DriverCalls } from "./calls.ts";
import { cancelData, checkData } from "./check_data.ts";
import { checkSize } from "./check_size.ts";
import { download } from "./download.ts";
import { list } from "./list.ts";
import { read } from "./read.ts";
import { remove } from "./remove.ts";
import { upload } from "./upload.ts";
import { write } from "./write.ts";

/** Options of every store on a driver. */
export interface DriverObjectStoreOptions {
  /**
   * The beginning of this store's keys: whole segments (clause 4).
   *
   * @default {""}
   */
  prefix?: string | undefined;
}

/** Gives what a class that extends the store needs of it, without showing it to users. */
let callsOf: (store: DriverObjectStore) => DriverCalls;
export { callsOf };

/**
 * An `ObjectStore` over a {@linkcode StoreDriver}: it does, once, what all
 * stores have in common. A store's class extends it and gives it a driver.
 *
 * @example A store that keeps objects in memory
 * ```ts
 * import { DriverObjectStore, StoreFailure } from "@storekit/object-store/driver";
 *
 * const objects = new Map<string, Uint8Array>();
 * function find(key: string): Uint8Array {
 *   const bytes = objects.get(key);
 *   if (!bytes) throw new StoreFailure("OBJECT_NOT_FOUND", "object not found");
 *   return bytes;
 * }
 * await using store = new DriverObjectStore({
 *   getUri: (key) => `memory:///${encodeURIComponent(key)}`,
 *   getSize: async (key) => (await find(key)).length,
 *   async open(key) {
 *     const bytes = await find(key);
 *     const size = bytes.length;
 *     return { size, bodySize: size, body: ReadableStream.from([bytes]) };
 *   },
 *   async put(key, body, { signal }) {
 *     const bytes = new Uint8Array(body.size);
 *     await body.read(bytes, 0);
 *     signal.throwIfAborted();
 *     objects.set(key, bytes);
 *   },
 *   close: () => Promise.resolve(),
 * });
 * console.log(store.getUri("a/b")); // memory:///a%2Fb
 * ```
 */
export class DriverObjectStore
  implements ReadableObjectStore, WritableObjectStore {
  readonly #calls: DriverCalls;
  /**
   * Removes an object; only there if the driver has `delete` (clause 34).
   *
   * @param objectName The object's name.
   * @param options A signal.
   */
  declare readonly deleteObject?: DeletableObjectStore["deleteObject"];

  static {
    callsOf = (store) => store.#calls;
  }

  /**
   * Makes a store of a driver.
   *
   * @param driver How the service is spoken to. The store closes it.
   * @param options The prefix.
   * @throws {TypeError} If the prefix is not a sequence of whole segments.
   */
  constructor(driver: StoreDriver, options: DriverObjectStoreOptions = {}) {
    const calls = new DriverCalls(driver, options.prefix);
    this.#calls = calls;
    if (!driver.delete) return;
    this.deleteObject = async (objectName, options) => {
      await remove(
        calls,
        calls.check("delete", objectName, options, ["signal"]),
      );
    };
  }

  getUri(objectName: string): string {
    return this.#calls.getUri(objectName);
  }

  async getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    const calls = this.#calls;
    const call = calls.check("get the size of", objectName, options, [
      "signal",
    ]);
    return await calls.run(call, async (operation) => {
      const { signal } = operation;
      const size = await operation.race(
        calls.background(calls.driver.getSize(call.key, { signal })),
      );
      return checkSize(size, "the object's size");
    });
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    const call = this.#calls.check("upload", objectName, options, [
      "signal",
      "callback",
    ]);
    await upload(this.#calls, call, toPath(filename));
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    const call = this.#calls.check("download", objectName, options, [
      "signal",
      "callback",
      "overwrite",
    ]);
    await download(this.#calls, call, toPath(filename));
  }

  async readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent> {
    const call = this.#calls.check("read", objectName, options, [
      "signal",
      "offset",
      "length",
    ]);
    return await read(this.#calls, call);
  }

  async writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    try {
      const call = this.#calls.check("write", objectName, options, [
        "signal",
        "callback",
        "size",
        "contentType",
      ]);
      checkData(data, call.options.size);
      await write(this.#calls, call, data);
    } catch (error) {
      cancelData(data, error);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  /** Closes the store, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * A {@linkcode DriverObjectStore} whose driver has `list`.
 *
 * @example
 * ```ts
 * import { ListableDriverObjectStore, type StoreDriver } from "@storekit/object-store/driver";
 *
 * type ListingDriver = StoreDriver & Required<Pick<StoreDriver, "list">>;
 *
 * class MyObjectStore extends ListableDriverObjectStore {
 *   constructor(driver: ListingDriver, prefix?: string) {
 *     super(driver, { prefix });
 *   }
 * }
 * console.log(typeof MyObjectStore.prototype.listObjects); // function
 * ```
 */
export class ListableDriverObjectStore extends DriverObjectStore
  implements ListableObjectStore {
  /**
   * Makes a store of a driver that lists.
   *
   * @param driver How the service is spoken to; it has `list`.
   * @param options The prefix.
   * @throws {TypeError} If the prefix is not a sequence of whole segments.
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
    return list(callsOf(this), prefix, options);
  }
}
