import {
  InvalidObjectNameError,
  isObjectStoreError,
} from "../../../src/errors.ts";
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
} from "../../../src/object_store.ts";

/** A store with every optional power. */
export type PoweredStore =
  & ListableObjectStore
  & ReadableObjectStore
  & WritableObjectStore
  & DeletableObjectStore;

/** A store whose names stand below a prefix in another store. Its errors name the objects as its caller does. */
export class PrefixedStore implements PoweredStore {
  readonly #inner: PoweredStore;
  readonly #prefix: string;

  /** @param inner The other store. @param prefix Whole segments. */
  constructor(inner: PoweredStore, prefix: string) {
    this.#inner = inner;
    this.#prefix = `${prefix}/`;
  }

  getUri(objectName: string): string {
    const name = this.#add(objectName);
    try {
      return this.#inner.getUri(name);
    } catch (error) {
      throw this.#retell(error, objectName);
    }
  }

  async getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number> {
    const name = this.#add(objectName);
    return await this.#call(
      objectName,
      this.#inner.getObjectSize(name, options),
    );
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void> {
    const name = this.#add(objectName);
    const upload = this.#inner.uploadObject(name, filename, options);
    await this.#call(objectName, upload);
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    const name = this.#add(objectName);
    const download = this.#inner.downloadObject(name, filename, options);
    await this.#call(objectName, download);
  }

  async *listObjects(
    prefix = "",
    options?: OperationOptions,
  ): AsyncGenerator<string, void> {
    if (typeof prefix !== "string") {
      throw new TypeError("Cannot list objects as 'prefix' must be a string");
    }
    const names = this.#inner.listObjects(this.#prefix + prefix, options);
    for await (const name of names) yield name.slice(this.#prefix.length);
  }

  async readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent> {
    const name = this.#add(objectName);
    return await this.#call(objectName, this.#inner.readObject(name, options));
  }

  async writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    let name: string;
    try {
      name = this.#add(objectName);
    } catch (error) {
      // Whoever feeds the stream has to learn that nobody wants it.
      const isOurs = data instanceof ReadableStream && !data.locked;
      if (isOurs) data.cancel(error).catch(() => {});
      throw error;
    }
    const writing = this.#inner.writeObject(name, data, options);
    await this.#call(objectName, writing);
  }

  async deleteObject(
    objectName: string,
    options?: OperationOptions,
  ): Promise<void> {
    const name = this.#add(objectName);
    await this.#call(
      objectName,
      this.#inner.deleteObject(name, options),
    );
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** An empty name would become the prefix, and what is no string one. */
  #add(objectName: unknown): string {
    if (typeof objectName !== "string") {
      throw new TypeError("Cannot use 'objectName' as it must be a string");
    }
    if (objectName !== "") return this.#prefix + objectName;
    throw new InvalidObjectNameError("Cannot use an empty object name", {
      objectName,
    });
  }

  async #call<T>(objectName: string, promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      throw this.#retell(error, objectName);
    }
  }

  /** Only an error about this very object is retold: a callback may throw any. */
  #retell(error: unknown, objectName: string): unknown {
    const isOwn = isObjectStoreError(error) &&
      error.objectName === this.#prefix + objectName;
    if (isOwn) {
      Object.defineProperty(error, "objectName", { value: objectName });
    }
    return error;
  }
}
