import type {
  DownloadOptions,
  ObjectContent,
  ObjectData,
  ObjectStore,
  OperationOptions,
  ReadObjectOptions,
  UploadOptions,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import { withRetry } from "../../../src/retry/with_retry.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { type PoweredStore, PrefixedStore } from "./prefixed_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

/** A store as an object literal, without `this`. */
function literalOf(store: PoweredStore): PoweredStore {
  return {
    getUri: (name) => store.getUri(name),
    getObjectSize: (name, options) => store.getObjectSize(name, options),
    uploadObject: (name, file, options) =>
      store.uploadObject(name, file, options),
    downloadObject: (name, file, options) =>
      store.downloadObject(name, file, options),
    listObjects: (prefix, options) => store.listObjects(prefix, options),
    readObject: (name, options) => store.readObject(name, options),
    writeObject: (name, data, options) =>
      store.writeObject(name, data, options),
    deleteObject: (name, options) => store.deleteObject(name, options),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Its listing gives `next()` and nothing else, and its promises are of a class of their own. */
class OwnPromises extends MemoryObjectStore {
  override getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    return Request.from(super.getObjectSize(objectName, options));
  }

  override uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    return Request.from(super.uploadObject(objectName, filename, options));
  }

  override downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    return Request.from(super.downloadObject(objectName, filename, options));
  }

  override listObjects(
    prefix?: string,
    options?: OperationOptions,
  ): AsyncGenerator<string, void> {
    const names = super.listObjects(prefix, options);
    const bare: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => names.next() }),
    };
    return bare as AsyncGenerator<string, void>;
  }
}

class Request<T> extends Promise<T> {
  readonly id: string = crypto.randomUUID();

  static from<T>(promise: Promise<T>): Request<T> {
    return new Request((resolve, reject) => promise.then(resolve, reject));
  }
}

/** Writes down every call; its options have a name of their own, too. */
class Logging implements PoweredStore {
  readonly lines: string[] = [];
  readonly #inner: PoweredStore;

  constructor(inner: PoweredStore) {
    this.#inner = inner;
  }

  getUri(objectName: string): string {
    this.#log("getUri", objectName);
    return this.#inner.getUri(objectName);
  }

  async getObjectSize(
    objectName: string,
    options?: OperationOptions & { label?: string },
  ): Promise<number> {
    return await this.#logged(
      "getObjectSize",
      this.#inner.getObjectSize(objectName, options),
    );
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions & { label?: string },
  ): Promise<void> {
    await this.#logged(
      "uploadObject",
      this.#inner.uploadObject(objectName, filename, options),
    );
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions & { label?: string },
  ): Promise<void> {
    await this.#logged(
      "downloadObject",
      this.#inner.downloadObject(objectName, filename, options),
    );
  }

  listObjects(
    prefix?: string,
    options?: OperationOptions,
  ): AsyncIterable<string> {
    this.#log("listObjects", prefix);
    return this.#inner.listObjects(prefix, options);
  }

  async readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent> {
    return await this.#logged(
      "readObject",
      this.#inner.readObject(objectName, options),
    );
  }

  async writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    await this.#logged(
      "writeObject",
      this.#inner.writeObject(objectName, data, options),
    );
  }

  async deleteObject(
    objectName: string,
    options?: OperationOptions,
  ): Promise<void> {
    await this.#logged(
      "deleteObject",
      this.#inner.deleteObject(objectName, options),
    );
  }

  async close(): Promise<void> {
    await this.#logged("close", this.#inner.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #logged<T>(method: string, promise: Promise<T>): Promise<T> {
    this.#log(method, "begins");
    try {
      return await promise;
    } catch (error) {
      this.#log(method, error);
      throw error;
    } finally {
      this.#log(method, "ends");
    }
  }

  #log(method: string, what: unknown): void {
    this.lines.push(`${method}: ${typeof what}`);
    if (this.lines.length > 100) this.lines.shift();
  }
}

/** Passes over options that are no object: no clause says what they mean. */
class LooseOptions extends MemoryObjectStore {
  override readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent> {
    return super.readObject(objectName, objectOnly(options));
  }

  override writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    return super.writeObject(objectName, data, objectOnly(options));
  }

  override deleteObject(
    objectName: string,
    options?: OperationOptions,
  ): Promise<void> {
    return super.deleteObject(objectName, objectOnly(options));
  }
}

function objectOnly<T>(options: T | undefined): T | undefined {
  return typeof options === "object" ? options : undefined;
}

/** A store that can do what every store can, and nothing else. */
function withoutPowers(store: MemoryObjectStore): ObjectStore {
  const {
    listObjects: _list,
    readObject: _read,
    writeObject: _write,
    deleteObject: _delete,
    ...rest
  } = literalOf(store);
  return rest;
}

/** Correct stores that are not a class of this package, or are around another store. */
export const shapeVariants: readonly Variant[] = [
  makeVariant({
    name: "object-literal",
    description: "an object literal, frozen, without a prototype",
    open: (ctx) =>
      Object.freeze(
        Object.assign(
          Object.create(null),
          literalOf(new MemoryObjectStore(ctx)),
        ),
      ),
  }),
  makeVariant({
    name: "frozen",
    description: "a frozen object around a store",
    open: (ctx) => Object.freeze(new Logging(new MemoryObjectStore(ctx))),
  }),
  makeVariant({
    name: "proxy",
    description: "a store behind a Proxy",
    open: (ctx) => {
      const store = new MemoryObjectStore(ctx);
      return new Proxy(store, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  }),
  makeVariant({
    name: "own-promises",
    description: "promises of a subclass, listings with next() alone",
    open: (ctx) => new OwnPromises(ctx),
  }),
  makeVariant({
    name: "loose-options",
    description: "options that are no object are passed over",
    open: (ctx) => new LooseOptions(ctx),
  }),
  makeVariant({
    name: "logging",
    description: "a wrapper that writes down every call",
    open: (ctx) => new Logging(new MemoryObjectStore(ctx)),
  }),
  makeVariant({
    name: "prefixed",
    description: "a wrapper that adds a prefix to names",
    open: (ctx) =>
      new PrefixedStore(
        new MemoryObjectStore({ ...ctx, prefix: "" }),
        ctx.prefix,
      ),
  }),
  makeVariant({
    name: "with-retry",
    description: "withRetry() around a store",
    open: (ctx) => withRetry(new MemoryObjectStore(ctx), { minTimeout: 1 }),
  }),
  makeVariant({
    name: "wrapped-thrice",
    description: "a prefix around retries around a log",
    open: (ctx) =>
      new PrefixedStore(
        withRetry(
          new Logging(new MemoryObjectStore({ ...ctx, prefix: "" })),
          { minTimeout: 1 },
        ) as PoweredStore,
        ctx.prefix,
      ),
  }),
  makeVariant({
    name: "no-listing",
    description: "cannot list, nor read, write or delete without files",
    open: (ctx) => withoutPowers(new MemoryObjectStore(ctx)),
    members: { capabilities: ["flat", "reopen"] },
  }),
];
