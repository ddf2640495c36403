import { type Destination, fileExists } from "./destination.ts";
import { files } from "../platform/files.ts";
import type { NewFile } from "../platform/file_access.ts";
import { codeOf, localError } from "./local_error.ts";
import { childPath, parentPath } from "./path.ts";
import { publish, removeFile } from "./publish.ts";
import { untilAborted } from "../operation/until_aborted.ts";
import { temporaryName } from "./temporary_name.ts";

/** A temporary file that becomes the destination of a download when it is complete. */
export interface SavedFile {
  /**
   * Writes bytes, whole; may be called side by side.
   *
   * @param bytes What to write; free for use again when the promise settles.
   * @param position Where, in bytes from the start.
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Makes missing parents and gives the file its name in one step.
   *
   * @param options What can still stop it: once aborted, the file does not get its name, however slow
   * the system is to close it.
   * @throws {FileExistsError} If a file has appeared there and is not to be replaced.
   * @throws `signal.reason` If the signal is aborted first; `discard()` is due then as after any failure.
   */
  publish(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Removes the file, and the directories made for it that are empty. Does nothing after `publish`. Never rejects. */
  discard(): Promise<void>;
}

/**
 * Makes a temporary file beside a destination, or in its nearest existing
 * ancestor, on the same device (clause 13).
 *
 * @param destination As from `resolveDestination()`.
 * @throws The local error.
 *
 * @example Writing a download, which appears whole or not at all
 * ```ts
 * import { resolveDestination, saveDestination } from "@storekit/object-store/local";
 *
 * const directory = await Deno.makeTempDir();
 * const destination = await resolveDestination(`${directory}/new/hello.txt`, {
 *   objectName: "hello.txt",
 *   uri: "s3://bucket/hello.txt",
 *   overwrite: false,
 * });
 * const file = await saveDestination(destination);
 * try {
 *   await file.write(new TextEncoder().encode("hello"), 0);
 *   await file.publish();
 * } finally {
 *   await file.discard();
 * }
 * console.log(await Deno.readTextFile(`${directory}/new/hello.txt`)); // hello
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function saveDestination(
  destination: Destination,
): Promise<SavedFile> {
  let directory = parentPath(destination.path);
  for (;;) {
    const path = childPath(directory, temporaryName());
    try {
      // The system takes the umask off; `wx` follows no symlink.
      const file = await files.create(path);
      return new TemporaryFile(file, path, destination);
    } catch (error) {
      const parent = parentPath(directory);
      if (codeOf(error) !== "ENOENT" || parent === directory) throw error;
      directory = parent;
    }
  }
}

class TemporaryFile implements SavedFile {
  readonly #file: NewFile;
  readonly #path: string;
  readonly #destination: Destination;
  readonly #writing = new Set<Promise<void>>();
  readonly #made: string[] = [];
  #isClosed = false;
  #isPublished = false;

  constructor(file: NewFile, path: string, destination: Destination) {
    this.#file = file;
    this.#path = path;
    this.#destination = destination;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(
        localError("EBADF", "the file is closed", this.#path),
      );
    }
    const writing = this.#file.write(bytes, position);
    this.#writing.add(writing);
    return writing.finally(() => this.#writing.delete(writing));
  }

  async publish({ signal }: { readonly signal?: AbortSignal } = {}): Promise<
    void
  > {
    // Some file systems tell only on closing that a write has failed, and some take long for it.
    await untilAborted(this.#close(), signal);
    await publish(this.#path, this.#destination.path, {
      replace: this.#destination.overwrite,
      exists: () => fileExists(this.#destination.path, this.#destination),
      made: this.#made,
      signal,
    });
    this.#isPublished = true;
  }

  async discard(): Promise<void> {
    if (this.#isPublished) return;
    // What made the transfer fail is what the caller has to see, so what fails here is not told.
    // The name goes first where the system allows it: closing may take long.
    await removeFile(this.#path).catch(() => {});
    await this.#close().catch(() => {});
    await removeFile(this.#path).catch(() => {});
    for (const directory of this.#made.toReversed()) {
      await files.removeDirectory(directory).catch(() => {});
    }
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#writing);
    await this.#file.close();
  }
}
