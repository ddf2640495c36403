/**
 * The half that every store in this folder has in common: names, the order of checks, the
 * destination, and the class of an error. The bytes are the client's: it reads and writes the file
 * itself, as in its documentation's examples, so what the suite says of a store is what its client
 * keeps.
 *
 * @module
 */
import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as api from "@storekit/object-store";
import { resolveDestination, toPath } from "@storekit/object-store/local";

/** A transfer, as a client is asked for it. */
export interface Transfer {
  /** The object's key: prefix and name. */
  readonly key: string;
  /** The local file. */
  readonly path: string;
  /** Ends the transfer. */
  readonly signal: AbortSignal;
  /** Tells the caller's callback how many bytes have moved, of how many. */
  progress(bytes: number, total: number): void;
}

/** A store's error, as far as a client's error tells; `undefined` for what is none of the service's. */
export type Meaning = Exclude<api.ObjectStoreErrorCode, "CLOSED"> | undefined;

const CLASSES = {
  OBJECT_NOT_FOUND: api.ObjectNotFoundError,
  BUCKET_NOT_FOUND: api.BucketNotFoundError,
  PERMISSION_DENIED: api.ObjectStorePermissionError,
  TRANSIENT: api.ObjectStoreTransientError,
  OTHER: api.ObjectStoreError,
  FILE_EXISTS: api.FileExistsError,
  INVALID_OBJECT_NAME: api.InvalidObjectNameError,
  OBJECT_NAME_CONFLICT: api.ObjectNameConflictError,
} as const;

/** An operation, as the client does it. */
interface Task {
  readonly options: api.UploadOptions;
  /** Does it, and resolves with the object's size. */
  work(transfer: Omit<Transfer, "path">): Promise<number>;
}

/** A store whose requests a client makes. */
export abstract class PlainStore implements api.ObjectStore {
  readonly #prefix: string;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @param prefix Stands before each name; whole segments, or empty. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The URI of a key. */
  protected abstract uriOf(key: string): string;
  /** Asks for the size of an object. */
  protected abstract size(key: string, signal: AbortSignal): Promise<number>;
  /** Stores a file. */
  protected abstract upload(transfer: Transfer): Promise<void>;
  /** Writes an object to a file. */
  protected abstract download(transfer: Transfer): Promise<void>;
  /** Tells the meaning of an error of the client. */
  protected abstract meaningOf(error: object, isUpload: boolean): Meaning;

  getUri(objectName: string): string {
    return this.uriOf(this.#keyOf(objectName));
  }

  async getObjectSize(
    objectName: string,
    options: api.OperationOptions = {},
  ): Promise<number> {
    return await this.#run("get the size of", objectName, {
      options,
      work: ({ key, signal }) => this.size(key, signal),
    });
  }

  async uploadObject(
    objectName: string,
    filename: string | URL,
    options: api.UploadOptions = {},
  ): Promise<void> {
    const path = toPath(filename);
    await this.#run("upload", objectName, {
      options,
      work: async (transfer) => {
        const source = await stat(path);
        if (!source.isFile()) throw notFile(path);
        await this.upload({ ...transfer, path });
        return source.size;
      },
    });
  }

  async downloadObject(
    objectName: string,
    filename: string | URL,
    options: api.DownloadOptions = {},
  ): Promise<void> {
    const given = toPath(filename);
    const { overwrite = false } = options;
    await this.#run("download", objectName, {
      options,
      work: async (transfer) => {
        const uri = this.getUri(objectName);
        const about = { objectName, uri, overwrite };
        const { path } = await resolveDestination(given, about);
        const made = await mkdir(dirname(path), { recursive: true });
        try {
          await this.download({ ...transfer, path });
        } catch (error) {
          if (made !== undefined) await removeEmpty(dirname(path), made);
          throw error;
        }
        return (await stat(path)).size;
      },
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    this.closeClient();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Releases the client's connections, where it can. */
  protected closeClient(): void {}

  #keyOf(objectName: string): string {
    if (typeof objectName !== "string") {
      throw new TypeError("The object name is not a string");
    }
    const key = this.#prefix === ""
      ? objectName
      : `${this.#prefix}/${objectName}`;
    const isValid = objectName !== "" && key.isWellFormed() &&
      !key.includes("\0") && new TextEncoder().encode(key).length <= 1024;
    if (isValid) return key;
    const message = `Cannot use the object name ${JSON.stringify(objectName)}`;
    throw new api.InvalidObjectNameError(message, { objectName });
  }

  async #run(
    action: string,
    objectName: string,
    task: Task,
  ): Promise<number> {
    // close() waits for the callback's last call, too.
    const running = this.#perform(action, objectName, task);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #perform(
    action: string,
    objectName: string,
    { options: { signal: given, callback }, work }: Task,
  ): Promise<number> {
    const key = this.#keyOf(objectName);
    const about = { objectName, uri: this.uriOf(key) };
    const cannot = `Cannot ${action} "${about.uri}"`;
    if (this.#isClosed) {
      throw new api.ObjectStoreClosedError(`${cannot}: closed`, about);
    }
    given?.throwIfAborted();
    // A callback that throws ends the transfer, where the client can be ended.
    const ended = new AbortController();
    const signal = given
      ? AbortSignal.any([given, ended.signal])
      : ended.signal;
    async function progress(bytes: number, total: number): Promise<void> {
      // The last call is made when the client has ended.
      if (bytes >= total || signal.aborted) return;
      try {
        await callback?.(bytes, total);
      } catch (error) {
        ended.abort(error);
      }
    }
    let size: number;
    try {
      size = await work({ key, signal, progress });
    } catch (cause) {
      signal.throwIfAborted();
      const isUpload = action === "upload";
      // What is no object is no error of a client.
      const told = cause instanceof api.ObjectStoreError
        ? undefined
        : this.meaningOf(Object(cause), isUpload);
      if (told === undefined) throw cause;
      // An upload makes its object, so something else is missing, such as the upload in parts.
      const meaning = isUpload && told === "OBJECT_NOT_FOUND" ? "OTHER" : told;
      const message = `${cannot}: ${
        meaning.toLowerCase().replaceAll("_", " ")
      }`;
      throw new CLASSES[meaning](message, { ...about, cause });
    }
    ended.signal.throwIfAborted();
    await unlessAborted(Promise.resolve(callback?.(size, size)), given);
    return size;
  }
}

/** Waits for a promise until a signal fires. */
async function unlessAborted(
  promise: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Makes an error of a file, with a code, as those of clients often have none. */
function notFile(path: string): TypeError {
  const error = new TypeError(`'${path}' is no file`);
  return Object.assign(error, { code: "ERR_FS_EISDIR" });
}

/** Removes directories that were made for a file, up to the first of them, unless the client has left something there. */
async function removeEmpty(path: string, first: string): Promise<void> {
  try {
    await rmdir(path);
  } catch {
    return;
  }
  if (path !== first) await removeEmpty(dirname(path), first);
}

/** Codes that Node gives to errors of connections. */
const LOST = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT"],
  ...["ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"],
  ...["UND_ERR_SOCKET", "ERR_STREAM_PREMATURE_CLOSE"],
]);

/** Tells whether an error, or what caused it, is that of a lost connection, by its code. */
export function isLostConnection(error: unknown): boolean {
  const { code, cause } = Object(error);
  return LOST.has(code) || (cause !== undefined && isLostConnection(cause));
}

/** The meaning of a status, where the service's own code says no more (clause 25). */
export function meaningOfStatus(status: number): Meaning {
  if (status === 401 || status === 403) return "PERMISSION_DENIED";
  if (status === 404) return "OBJECT_NOT_FOUND";
  const isTransient = [408, 425, 429].includes(status) ||
    (status >= 500 && status !== 501 && status !== 505);
  return isTransient ? "TRANSIENT" : "OTHER";
}
