import { abortable } from "@std/async/abortable";
import type { Files, NewFile } from "../platform/file_access.ts";
import { localError } from "./local_error.ts";
import { childPath } from "./path.ts";
import { removeFile } from "./publish.ts";
import { temporaryName } from "./temporary_name.ts";

/** Options of {@linkcode TemporaryFile.close}. */
export interface CloseOptions {
  /** True if what was written has to survive power loss. @default {false} */
  readonly isSynced?: boolean;
  /** Ends the wait for a slow system. @default {None.} */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A file that is being written under a name which no call trusts, until it is
 * complete and given its place, or removed.
 */
export class TemporaryFile {
  /** Its path. */
  readonly path: string;
  readonly #file: NewFile;
  readonly #writing = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(file: NewFile, path: string) {
    this.#file = file;
    this.path = path;
  }

  /**
   * Makes the file in a directory that exists, with mode 0666 less the umask.
   *
   * @param directory An absolute path.
   * @param files How the disk is spoken to.
   * @throws The local error.
   */
  static async create(
    directory: string,
    files: Files,
  ): Promise<TemporaryFile> {
    const path = childPath(directory, temporaryName());
    return new TemporaryFile(await files.create(path), path);
  }

  /**
   * Writes bytes, whole; may be called side by side.
   *
   * @param bytes What to write; free for use again when the promise settles.
   * @param position Where, in bytes from the start.
   */
  write(bytes: Uint8Array, position: number): Promise<void> {
    if (this.#closing) {
      return Promise.reject(
        localError("EBADF", "the file is closed", this.path),
      );
    }
    const writing = this.#file.write(bytes, position);
    this.#writing.add(writing);
    return writing.finally(() => this.#writing.delete(writing));
  }

  /**
   * Closes the file when the writes in flight have ended. Some file systems
   * tell only now that a write has failed, and some take long for it.
   *
   * @param options Whether to sync, and what ends the wait.
   * @throws The local error, or the signal's reason.
   */
  async close({ isSynced = false, signal }: CloseOptions = {}): Promise<void> {
    if (isSynced) await within(this.#file.sync(), signal);
    this.#closing ??= this.#close();
    await within(this.#closing, signal);
  }

  /**
   * Removes the file, closed or not. Never rejects: what made the transfer
   * fail is what the caller has to see, so what fails here is not told.
   */
  async discard(): Promise<void> {
    // The name goes first where the system allows it: closing may take long.
    await removeFile(this.path).catch(() => {});
    await this.close().catch(() => {});
    await removeFile(this.path).catch(() => {});
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#writing);
    await this.#file.close();
  }
}

async function within(
  promise: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await (signal ? abortable(promise, signal) : promise);
}
