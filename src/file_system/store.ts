import { nodeUrl } from "../platform/builtins.ts";
import { ListableDriverObjectStore } from "../driver_store/driver_object_store.ts";
import { resolvePath } from "../local/path.ts";
import { refuseOption, refuseUnknown } from "../refusal.ts";
import type { DeletableObjectStore } from "../object_store.ts";
import { FileSystemDriver } from "./driver.ts";

/** Options of a {@linkcode FileSystemObjectStore}. */
export interface FileSystemObjectStoreOptions {
  /**
   * The directory of all objects: a path, made absolute at once, or a `file:`
   * URL. The first upload makes it if it is missing.
   */
  root: string | URL;
  /**
   * The beginning of all keys of this store, which is no part of the names:
   * whole segments, such as `runs/2026`. Stores with different prefixes may
   * share a root.
   *
   * @default {""}
   */
  prefix?: string;
  /**
   * True if an upload is to resolve only when the object would survive a power
   * loss: the file and its directories are synced (clause 14). It makes each
   * upload wait for the disk.
   *
   * @default {false}
   */
  sync?: boolean;
}

/**
 * Keeps objects as files below a directory of the local or a mounted file
 * system, one file an object with exactly its bytes. Several stores, also in
 * several processes, may use one root at once. Every name is kept (clause 2);
 * only where the root's own path is so long that the system refuses the
 * object's, the operation rejects with an `InvalidObjectNameError`.
 *
 * On disk names are encoded, so that they survive file systems that fold case
 * or forbid characters: `runs/Epoch 1` is the file `runs+/!epoch%201`. The
 * URI is the logical place, `file:///root/runs/Epoch%201`.
 *
 * An upload is a temporary file `.object-store-<32 hex digits>.tmp` in the
 * root until it is complete; a killed process may leave one, which nothing
 * reads and anyone may remove. Symlinks to files are not objects; what others
 * put into the root is an object if its path is that of a name.
 *
 * A missing object is an `ObjectNotFoundError`; every other failure of the
 * disk is the local error (clause 23), such as `ENOSPC` or `EACCES`.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore } from "@storekit/object-store";
 *
 * const root = await Deno.makeTempDir();
 * try {
 *   await using store = new FileSystemObjectStore({ root, prefix: "runs/1" });
 *   await Deno.writeTextFile(`${root}/.note`, "hello");
 *   await store.uploadObject("note.txt", `${root}/.note`);
 *   const size = await store.getObjectSize("note.txt");
 *   if (size !== 5) throw new Error("Not as documented");
 * } finally {
 *   await Deno.remove(root, { recursive: true });
 * }
 * ```
 */
export class FileSystemObjectStore extends ListableDriverObjectStore
  implements DeletableObjectStore {
  declare readonly deleteObject: DeletableObjectStore["deleteObject"];

  /**
   * Opens a store; the disk is not touched yet.
   *
   * @param options Where the objects are.
   * @throws {TypeError} If an option is missing, unknown or of the wrong kind.
   */
  constructor(options: FileSystemObjectStoreOptions) {
    const { root, prefix, sync = false } = checkOptions(options);
    super(new FileSystemDriver({ root, isSynced: sync }), { prefix });
  }
}

const OPENING = "open a file-system store";
const NAMES = new Set(["root", "prefix", "sync"]);

function checkOptions(
  options: FileSystemObjectStoreOptions,
): FileSystemObjectStoreOptions & { root: string } {
  if (typeof options !== "object" || options === null) {
    throw refuseOption(OPENING, "options", "be an object", options);
  }
  refuseUnknown(OPENING, options, NAMES);
  const { sync } = options;
  if (sync !== undefined && typeof sync !== "boolean") {
    throw refuseOption(OPENING, "sync", "be a boolean", sync);
  }
  return { ...options, root: checkRoot(options.root) };
}

function checkRoot(root: unknown): string {
  const path = root instanceof URL ? readPath(root) : root;
  if (typeof path !== "string") {
    throw refuseOption(
      OPENING,
      "root",
      "be a path or a 'file:' URL of one",
      root,
    );
  }
  if (path === "") throw refuseOption(OPENING, "root", "not be empty", root);
  if (path.includes("\0") || !path.isWellFormed()) {
    throw refuseOption(OPENING, "root", "be well-formed and without NUL", root);
  }
  return resolvePath(path);
}

function readPath(url: URL): string | undefined {
  try {
    // `fromFileUrl()` of `@std/path` takes another host for a directory, and an escaped slash for a separator.
    return nodeUrl.fileURLToPath(url);
  } catch {
    // Another protocol, another host, or a slash that is escaped.
    return undefined;
  }
}
