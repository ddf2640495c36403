import { codeOf } from "../local/local_error.ts";
import { parentPath } from "../local/path.ts";
import { removeFile } from "../local/publish.ts";
import { nodePromises } from "../platform/builtins.ts";
import { syncDirectories } from "./sync_directories.ts";

/** Options of {@linkcode removeObject}. */
export interface RemoveObjectOptions {
  /** The directory of all objects, which stays. */
  readonly root: string;
  /** True if the object has to be gone after a power loss, too. */
  readonly isSynced: boolean;
}

/**
 * Removes an object's file, and the directories above it that nothing is left in. An upload that is on
 * its way into one of these makes it again.
 *
 * @param path The file's path, below the root. It may be gone.
 * @param options The root, and whether to sync.
 */
export async function removeObject(
  path: string,
  { root, isSynced }: RemoveObjectOptions,
): Promise<void> {
  await removeFile(path);
  let directory = parentPath(path);
  while (directory !== root && await removeIfEmpty(directory)) {
    directory = parentPath(directory);
  }
  if (isSynced) await syncDirectories(directory, root);
}

/** Removes a directory, and tells whether it is gone. */
async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await nodePromises.rmdir(path);
    return true;
  } catch (error) {
    // Whatever keeps it there, the object is gone.
    return codeOf(error) === "ENOENT";
  }
}
