/**
 * The half that is the same for every client: names, URIs, the destination, and which class of error
 * an answer is. It does what a page of code does that is written in an afternoon, and no more: what the
 * suite says of the stores beside it is what their clients keep.
 *
 * @module
 */
import * as api from "@storekit/object-store";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "@std/path";
import { fileURLToPath } from "node:url";

/** One transfer, as a client sees it. */
export interface Transfer {
  /** The object's key: the prefix and the name. */
  readonly key: string;
  /** The local file. */
  readonly path: string;
  /** Ends it. */
  readonly signal: AbortSignal | undefined;
  /** Tells the caller how many bytes have moved. */
  progress(bytes: number, total: number): void;
}

/** Errors of connections that are worth another attempt, by the code that Node gives them. */
const TRANSIENT_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"],
  ...["ENOTFOUND", "UND_ERR_SOCKET"],
]);

/** A store whose requests are a client's. */
export abstract class PlainStore implements api.ObjectStore {
  readonly #prefix: string;

  /** @param prefix Stands before each name. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The URI of a key. */
  protected abstract uriOf(key: string): string;
  /** Asks for a size in bytes. */
  protected abstract size(key: string, signal?: AbortSignal): Promise<number>;
  /** Stores a file. */
  protected abstract upload(transfer: Transfer): Promise<void>;
  /** Writes an object to a file that is not there yet, or may be replaced. */
  protected abstract download(transfer: Transfer): Promise<void>;
  /** The status of the answer that an error of the client is about, if any. */
  protected abstract statusOf(error: unknown): number | undefined;

  getUri(objectName: string): string {
    return this.uriOf(this.#keyOf(objectName));
  }

  async getObjectSize(
    objectName: string,
    { signal }: api.OperationOptions = {},
  ): Promise<number> {
    return await this.#run(
      "get the size of",
      objectName,
      (key) => this.size(key, signal),
    );
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options: api.UploadOptions = {},
  ): Promise<void> {
    const path = toPath(filename);
    const source = await stat(path);
    if (!source.isFile()) throw new Error(`Cannot upload ${path}: not a file`);
    const { size } = source;
    await this.#run(
      "upload",
      objectName,
      (key) => this.upload({ key, path, ...follow(options) }),
    );
    await options.callback?.(size, size);
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options: api.DownloadOptions = {},
  ): Promise<void> {
    let path = toPath(filename);
    let there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) {
      path = join(path, basename(objectName));
      there = await stat(path).catch(() => undefined);
    }
    if (there && !options.overwrite) {
      throw new api.FileExistsError(`Cannot download to ${path}: it exists`);
    }
    await this.#run(
      "download",
      objectName,
      (key) => this.download({ key, path, ...follow(options) }),
    );
    const { size } = await stat(path);
    await options.callback?.(size, size);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keyOf(objectName: string): string {
    if (objectName === "") {
      throw new api.InvalidObjectNameError("The object name is empty");
    }
    return this.#prefix === "" ? objectName : `${this.#prefix}/${objectName}`;
  }

  async #run<T>(
    action: string,
    objectName: string,
    request: (key: string) => Promise<T>,
  ): Promise<T> {
    const key = this.#keyOf(objectName);
    try {
      return await request(key);
    } catch (cause) {
      const uri = this.uriOf(key);
      const options = { objectName, uri, cause };
      const message = `Cannot ${action} ${uri}`;
      const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
      if (TRANSIENT_CODES.has(`${code}`)) {
        throw new api.ObjectStoreTransientError(message, options);
      }
      // An error of a local file, or an abort.
      if (syscall !== undefined) throw cause;
      const status = this.statusOf(cause);
      if (status === undefined) throw cause;
      if (status === 404) throw new api.ObjectNotFoundError(message, options);
      if (status === 401 || status === 403) {
        throw new api.ObjectStorePermissionError(message, options);
      }
      if ([408, 425, 429].includes(status) || status >= 500) {
        throw new api.ObjectStoreTransientError(message, options);
      }
      throw new api.ObjectStoreError(message, options);
    }
  }
}

function toPath(filename: string | URL): string {
  // At once, as the working directory may be another one later.
  return filename instanceof URL ? fileURLToPath(filename) : resolve(filename);
}

function follow({ signal, callback }: api.UploadOptions) {
  return {
    signal,
    // The last call is made when the client has ended.
    progress(bytes: number, total: number) {
      if (bytes < total) callback?.(bytes, total);
    },
  };
}
