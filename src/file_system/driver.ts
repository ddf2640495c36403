import { abortable } from "@std/async/abortable";
import { nodeFs, nodePromises } from "../platform/builtins.ts";
import type { FileHandle } from "node:fs/promises";
import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  type PartUpload,
  type StoreDriver,
  StoreFailure,
  type TransferSettings,
  type UploadBody,
} from "../driver.ts";
import { codeOf } from "../local/local_error.ts";
import { joinPath } from "../local/path.ts";
import { BufferPool } from "./buffer_pool.ts";
import { encodeKey } from "./key_path.ts";
import { encodeRoot, encodeUri } from "./key_uri.ts";
import { listKeys } from "./list_keys.ts";
import { removeObject } from "./remove_object.ts";
import { StagedFile } from "./staged_file.ts";

/** Options of a {@linkcode FileSystemDriver}. */
export interface FileSystemDriverOptions {
  /** The directory of all objects, an absolute path. */
  readonly root: string;
  /** True if an object that is stored has to survive power loss. */
  readonly isSynced: boolean;
}

/** Four buffers of 1 MiB at once are as fast as `cp` (`bench --only=files`); larger ones only cost memory. */
const BUFFER_SIZE = 2 ** 20;
const PARALLEL = 4;

/** Flags for opening an object: a symlink, which is none, is not followed, and the writer of a FIFO not waited for. */
function openFlags(): number {
  const { constants } = nodeFs;
  return constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) |
    (constants.O_NONBLOCK ?? 0);
}

/** Codes of the system where there is something else than a file, or nothing. */
const NOT_FOUND_CODES = new Set<unknown>([
  ...["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENXIO"],
]);

/** Keeps each object in one file below a root, which holds exactly its bytes. */
export class FileSystemDriver implements StoreDriver {
  readonly settings: TransferSettings = {
    partSize: BUFFER_SIZE,
    maxParts: Number.MAX_SAFE_INTEGER,
    firstBytes: BUFFER_SIZE,
    rangeSize: 4 * BUFFER_SIZE,
    parallel: PARALLEL,
  };
  readonly #root: string;
  readonly #rootUrl: string;
  readonly #isSynced: boolean;
  readonly #buffers = new BufferPool(BUFFER_SIZE, 2 * PARALLEL);

  /** @param options The root, and whether to sync. */
  constructor({ root, isSynced }: FileSystemDriverOptions) {
    this.#root = root;
    this.#rootUrl = encodeRoot(root);
    this.#isSynced = isSynced;
  }

  getUri(key: string): string {
    return encodeUri(this.#rootUrl, key);
  }

  async getSize(key: string): Promise<number> {
    const stats = await nodePromises.lstat(this.#locate(key)).catch(rejectRead);
    if (!stats.isFile()) throw notFound();
    return stats.size;
  }

  async open(
    key: string,
    { firstBytes, range }: OpenOptions,
  ): Promise<OpenObject> {
    const file = await nodePromises.open(this.#locate(key), openFlags()).catch(
      rejectRead,
    );
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw notFound();
      const { offset, length = Infinity } = range ??
        { offset: 0, length: firstBytes };
      const bodySize = Math.max(0, Math.min(stats.size - offset, length));
      return {
        size: stats.size,
        bodySize,
        bodyOffset: offset,
        body: this.#read(file, offset, bodySize),
        readRange: (offset, length) => this.#read(file, offset, length),
        close: () => file.close(),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async put(
    key: string,
    body: UploadBody,
    options: DriverOptions,
  ): Promise<void> {
    const path = this.#locate(key);
    const staged = await this.#stage();
    try {
      await this.#write(staged, body, 0, options);
      await staged.publish(path, options.signal).catch(rejectName);
    } catch (error) {
      await staged.discard();
      throw error;
    }
  }

  async startUpload(key: string): Promise<PartUpload> {
    const path = this.#locate(key);
    const staged = await this.#stage();
    return {
      writePart: (part, options) =>
        this.#write(staged, part, part.offset, options),
      commit: ({ signal }) => staged.publish(path, signal).catch(rejectName),
      discard: () => staged.discard(),
    };
  }

  async delete(key: string, { signal }: DriverOptions): Promise<void> {
    const path = this.#locate(key);
    const stats = await nodePromises.lstat(path).catch(ignoreMissing);
    // What is no regular file is no object.
    if (!stats?.isFile()) return;
    signal.throwIfAborted();
    await removeObject(path, { root: this.#root, isSynced: this.#isSynced });
  }

  list(keyPrefix: string, { signal }: DriverOptions): AsyncIterable<string> {
    return listKeys(this.#root, { keyPrefix, signal });
  }

  close(): Promise<void> {
    this.#buffers.clear();
    return Promise.resolve();
  }

  #locate(key: string): string {
    return joinPath(this.#root, encodeKey(key));
  }

  #stage(): Promise<StagedFile> {
    return StagedFile.create(this.#root, { isSynced: this.#isSynced });
  }

  async *#read(
    file: FileHandle,
    offset: number,
    length: number,
  ): AsyncGenerator<Uint8Array> {
    const buffer = this.#buffers.take(length);
    for (let done = 0; done < length;) {
      const size = Math.min(buffer.length, length - done);
      const { bytesRead } = await file.read(buffer, 0, size, offset + done);
      if (bytesRead === 0) throw new StoreFailure("TRANSIENT", SHORTENED);
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
    this.#buffers.give(buffer);
  }

  async #write(
    staged: StagedFile,
    body: UploadBody,
    offset: number,
    { signal }: DriverOptions,
  ): Promise<void> {
    const buffer = this.#buffers.take(body.size);
    for (let done = 0; done < body.size;) {
      signal.throwIfAborted();
      const chunk = buffer.subarray(0, body.size - done);
      // An abort does not wait for a slow disk; what goes on there only reaches the temporary file.
      await abortable(body.read(chunk, done), signal);
      await abortable(staged.write(chunk, offset + done), signal);
      done += chunk.length;
    }
    this.#buffers.give(buffer);
  }
}

const SHORTENED = "the file of the object became shorter while it was read";

function notFound(options?: ErrorOptions): StoreFailure {
  return new StoreFailure("OBJECT_NOT_FOUND", "object not found", options);
}

/** Says what a path that cannot be opened means where an object was asked for. */
function rejectRead(error: unknown): never {
  const { code } = error as { code?: unknown };
  if (NOT_FOUND_CODES.has(code)) throw notFound({ cause: error });
  rejectName(error);
}

function ignoreMissing(error: unknown): undefined {
  if (NOT_FOUND_CODES.has(codeOf(error))) return undefined;
  rejectName(error);
}

function rejectName(error: unknown): never {
  if (codeOf(error) !== "ENAMETOOLONG") throw error;
  throw new StoreFailure(
    "INVALID_OBJECT_NAME",
    "its path below the root is too long for this system",
    { cause: error },
  );
}
