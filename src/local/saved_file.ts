import { type Destination, fileExists } from "./destination.ts";
import { files } from "../platform/files.ts";
import { codeOf } from "./local_error.ts";
import { parentPath } from "./path.ts";
import { publish } from "./publish.ts";
import { TemporaryFile } from "./temporary_file.ts";

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
    try {
      const file = await TemporaryFile.create(directory, files);
      return new Download(file, destination);
    } catch (error) {
      const parent = parentPath(directory);
      if (codeOf(error) !== "ENOENT" || parent === directory) throw error;
      directory = parent;
    }
  }
}

class Download implements SavedFile {
  readonly #file: TemporaryFile;
  readonly #destination: Destination;
  readonly #made: string[] = [];
  #isPublished = false;

  constructor(file: TemporaryFile, destination: Destination) {
    this.#file = file;
    this.#destination = destination;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#file.write(bytes, position);
  }

  async publish({ signal }: { readonly signal?: AbortSignal } = {}): Promise<
    void
  > {
    await this.#file.close({ signal });
    const { path, overwrite } = this.#destination;
    await publish(this.#file.path, path, {
      replace: overwrite,
      exists: () => fileExists(path, this.#destination),
      made: this.#made,
      signal,
    });
    this.#isPublished = true;
  }

  async discard(): Promise<void> {
    if (this.#isPublished) return;
    await this.#file.discard();
    for (const directory of this.#made.toReversed()) {
      await files.removeDirectory(directory).catch(() => {});
    }
  }
}
