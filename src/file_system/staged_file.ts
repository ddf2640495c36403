import { nodePath, nodePromises } from "../platform/builtins.ts";
import type { FileHandle } from "node:fs/promises";
import { codeOf } from "../local/local_error.ts";
import { rename } from "../local/publish.ts";
import { untilAborted } from "../operation/until_aborted.ts";
import { temporaryName } from "../local/temporary_name.ts";
import { writeAll } from "../platform/write_all.ts";
import { syncDirectories } from "./sync_directories.ts";

/** What {@linkcode StagedFile.create} is given besides the root. */
export interface StagedFileOptions {
  /** Whether an object that is published has to survive power loss. */
  readonly isSynced: boolean;
}

/**
 * A temporary file in the root, named `.object-store-<32 hex digits>.tmp`,
 * that becomes an object in one step when it is complete.
 */
export class StagedFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #root: string;
  readonly #isSynced: boolean;

  private constructor(
    file: FileHandle,
    path: string,
    root: string,
    isSynced: boolean,
  ) {
    this.#file = file;
    this.#path = path;
    this.#root = root;
    this.#isSynced = isSynced;
  }

  /**
   * Makes the file, and the root if that is missing.
   *
   * @param root An absolute path.
   * @param options Whether to sync.
   */
  static async create(
    root: string,
    { isSynced }: StagedFileOptions,
  ): Promise<StagedFile> {
    const path = nodePath.join(root, temporaryName());
    // `wx` never follows a symlink that lies in wait.
    const create = () => nodePromises.open(path, "wx", 0o666);
    const file = await create().catch(async (error) => {
      if (codeOf(error) !== "ENOENT") throw error;
      const first = await nodePromises.mkdir(root, { recursive: true });
      if (first && isSynced) {
        await syncDirectories(root, nodePath.dirname(first));
      }
      return await create();
    });
    return new StagedFile(file, path, root, isSynced);
  }

  /**
   * Writes bytes side by side with other calls.
   *
   * @param bytes What to write, whole.
   * @param position Where, in bytes from the start.
   */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#file, bytes, position);
  }

  /**
   * Closes the file and gives it its place, which replaces what is there.
   *
   * @param target The object's path, below the root.
   * @param signal Once aborted, the file does not get its place (clause 8).
   * @throws The local error, or the signal's reason.
   */
  async publish(target: string, signal: AbortSignal): Promise<void> {
    if (this.#isSynced) await untilAborted(this.#file.sync(), signal);
    // Some file systems tell only now that a write has failed.
    await untilAborted(this.#file.close(), signal);

    // Directories stay: other objects may be on their way into them.
    await rename(this.#path, target, { made: [], signal });
    // Another process may have made one of them and not yet synced it.
    if (this.#isSynced) {
      await syncDirectories(nodePath.dirname(target), this.#root);
    }
  }

  /** Removes the file. It may be closed already. */
  async discard(): Promise<void> {
    // The name goes first where the system allows it: syncing and closing may take long.
    await nodePromises.rm(this.#path, { force: true }).catch(() => {});
    await this.#file.close();
    await nodePromises.rm(this.#path, { force: true });
  }
}
