import { codeOf } from "../local/local_error.ts";
import { parentPath } from "../local/path.ts";
import { rename } from "../local/publish.ts";
import { TemporaryFile } from "../local/temporary_file.ts";
import { nodePromises } from "../platform/builtins.ts";
import { nodeFiles } from "../platform/node_files.ts";
import { syncDirectories } from "./sync_directories.ts";

/** Options of {@linkcode StagedFile.create}. */
export interface StagedFileOptions {
  /** True if an object that is published has to survive power loss. */
  readonly isSynced: boolean;
}

/**
 * A temporary file in the root, named `.object-store-<32 hex digits>.tmp`,
 * that becomes an object in one step when it is complete.
 */
export class StagedFile {
  readonly #file: TemporaryFile;
  readonly #root: string;
  readonly #isSynced: boolean;

  private constructor(file: TemporaryFile, root: string, isSynced: boolean) {
    this.#file = file;
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
    // Node's file, as several parts are written to it at once.
    const create = () => TemporaryFile.create(root, nodeFiles);
    const file = await create().catch(async (error) => {
      if (codeOf(error) !== "ENOENT") throw error;
      const first = await nodePromises.mkdir(root, { recursive: true });
      if (first && isSynced) await syncDirectories(root, parentPath(first));
      return await create();
    });
    return new StagedFile(file, root, isSynced);
  }

  /**
   * Writes bytes side by side with other calls.
   *
   * @param bytes What to write, whole.
   * @param position Where, in bytes from the start.
   */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#file.write(bytes, position);
  }

  /**
   * Closes the file and gives it its place, which replaces what is there.
   *
   * @param target The object's path, below the root.
   * @param signal Once aborted, the file does not get its place (clause 8).
   * @throws The local error, or the signal's reason.
   */
  async publish(target: string, signal: AbortSignal): Promise<void> {
    await this.#file.close({ isSynced: this.#isSynced, signal });
    // Directories stay: other objects may be on their way into them.
    await rename(this.#file.path, target, { made: [], signal });
    // Another process may have made one of them and not yet synced it.
    if (this.#isSynced) await syncDirectories(parentPath(target), this.#root);
  }

  /** Removes the file. Never rejects. */
  discard(): Promise<void> {
    return this.#file.discard();
  }
}
