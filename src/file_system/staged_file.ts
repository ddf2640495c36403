import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { platform } from "node:process";

/** What {@linkcode StagedFile.create} is given besides the root. */
export interface StagedFileOptions {
  /** Whether an object that is published has to survive power loss. */
  readonly isSynced: boolean;
}

/** How often a directory that others remove is made again. */
const MAX_ATTEMPTS = 5;

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
    const name = `.object-store-${randomBytes(16).toString("hex")}.tmp`;
    const path = join(root, name);
    // `wx` never follows a symlink that lies in wait.
    const file = await withDirectory(root, () => open(path, "wx", 0o666), {
      isSynced,
    });
    return new StagedFile(file, path, root, isSynced);
  }

  /**
   * Writes bytes side by side with other calls.
   *
   * @param bytes What to write, whole.
   * @param position Where, in bytes from the start.
   */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        done,
        bytes.length - done,
        position + done,
      );
      done += bytesWritten;
    }
  }

  /**
   * Closes the file and gives it its place, which replaces what is there.
   *
   * @param target The object's path, below the root.
   */
  async publish(target: string): Promise<void> {
    if (this.#isSynced) await this.#file.sync();
    // Some file systems tell only now that a write has failed.
    await this.#file.close();

    const directory = dirname(target);
    await withDirectory(directory, () => rename(this.#path, target), {
      isSynced: false,
    });
    // Another process may have made one of them and not yet synced it.
    if (this.#isSynced) await syncDirectories(directory, this.#root);
  }

  /** Removes the file. It may be closed already. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

async function withDirectory<T>(
  directory: string,
  action: () => Promise<T>,
  { isSynced }: StagedFileOptions,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "ENOENT" || attempt === MAX_ATTEMPTS) throw error;
    }
    const first = await mkdir(directory, { recursive: true });
    if (first && isSynced) await syncDirectories(directory, dirname(first));
  }
}

/** Syncs a directory and those above it, up to `last`. */
async function syncDirectories(
  directory: string,
  last: string,
): Promise<void> {
  // Windows cannot, and keeps its directories in a journal.
  if (platform === "win32") return;
  for (let path = directory;; path = dirname(path)) {
    const file = await open(path, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    if (path === last) return;
  }
}
