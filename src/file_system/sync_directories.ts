import { codeOf } from "../local/local_error.ts";
import { isWindows, parentPath } from "../local/path.ts";
import { nodePromises } from "../platform/builtins.ts";

/**
 * Has the system write directories to the disk: one, and those above it. One that is gone meanwhile
 * has nothing in it to be kept: the object in it was deleted.
 *
 * @param directory The innermost, an absolute path.
 * @param last The outermost.
 */
export async function syncDirectories(
  directory: string,
  last: string,
): Promise<void> {
  // Windows cannot, and keeps its directories in a journal.
  if (isWindows()) return;
  for (let path = directory;; path = parentPath(path)) {
    await syncDirectory(path);
    if (path === last) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const file = await nodePromises.open(path, "r").catch((error) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
  if (!file) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
