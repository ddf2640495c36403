import { files } from "../platform/files.ts";
import type { FileKind } from "../platform/file_access.ts";
import { codeOf, localError } from "./local_error.ts";
import { parentPath } from "./path.ts";

/** Most times that a parent which others remove is made again. */
const MAX_ATTEMPTS = 10;

/** Options of {@linkcode rename}. */
export interface RenameOptions {
  /** Takes the directories that were made, outermost first. */
  readonly made: string[];
  /** Looked at before each attempt. @default {None.} */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode publish}. */
export interface PublishOptions extends RenameOptions {
  /** True if a file that is there is replaced. */
  readonly replace: boolean;
  /** Makes the error for a file that is there and is not to be replaced. */
  readonly exists: () => Error;
}

/**
 * Gives a complete temporary file its place in one step (clauses 11 to 13):
 * by renaming it, or, so that nothing is ever replaced, by a hard link.
 * Missing parents are made.
 *
 * @param temporary The file's path, on the same device.
 * @param target The place.
 * @param options Whether to replace.
 * @throws The local error, or what `exists` makes.
 */
export async function publish(
  temporary: string,
  target: string,
  options: PublishOptions,
): Promise<void> {
  if (options.replace) {
    await checkReplaceable(target);
    return await rename(temporary, target, options);
  }
  const place = () => {
    options.signal?.throwIfAborted();
    return publishNew(temporary, target, options);
  };
  await inDirectory(parentPath(target), place, options);
}

/**
 * Renames a file, and makes the target's parents where they are missing.
 *
 * @param from The file's path.
 * @param to Its new one, on the same device; what is there is replaced.
 * @param options The directories that were made, and what ends the attempts.
 * @throws The local error, or the signal's reason.
 */
export async function rename(
  from: string,
  to: string,
  options: RenameOptions,
): Promise<void> {
  await inDirectory(parentPath(to), async () => {
    // The last moment at which what was aborted can be left undone (clause 8).
    options.signal?.throwIfAborted();
    await files.rename(from, to);
  }, options);
}

/**
 * Refuses to replace what is no file: a directory, or a device, FIFO or socket (clause 12). A
 * symlink is replaced itself.
 *
 * @param path Where a file is to be put.
 * @throws The local error.
 */
async function checkReplaceable(path: string): Promise<void> {
  const found = await files.lstat(path).catch(() => undefined);
  if (found) checkKind(found, path);
}

/**
 * Refuses a destination that is there and no file.
 *
 * @param found What is there, symlinks not followed.
 * @param path Where it is.
 * @throws The local error: `EISDIR` for a directory, `EINVAL` for a device, FIFO or socket.
 */
export function checkKind(found: FileKind, path: string): void {
  if (found.isDirectory) throw directoryError(path);
  if (!found.isFile && !found.isSymlink) {
    throw localError("EINVAL", "the destination is not a regular file", path);
  }
}

/** Does something that needs a directory, which others may remove meanwhile. */
async function inDirectory(
  directory: string,
  action: () => Promise<void>,
  options: RenameOptions,
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === MAX_ATTEMPTS) throw error;
    }
    await makeDirectory(directory, options);
  }
}

const NO_LINKS = new Set<unknown>([
  ...["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EINVAL"],
]);

async function publishNew(
  temporary: string,
  target: string,
  { exists, signal }: PublishOptions,
): Promise<void> {
  try {
    await files.link(temporary, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    if (!NO_LINKS.has(codeOf(error))) throw error;
    signal?.throwIfAborted();
    return await publishReserved(temporary, target, { exists, signal });
  }
  // The destination is there, whole, and others may use it: a second name that the system does not let
  // go of is no failure.
  await removeFile(temporary).catch(() => {});
}

/** Publishes where there are no hard links: whoever makes the empty file owns the name. */
async function publishReserved(
  temporary: string,
  target: string,
  { exists, signal }: Pick<PublishOptions, "exists" | "signal">,
): Promise<void> {
  let reservation;
  try {
    reservation = await files.create(target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    throw error;
  }
  try {
    await reservation.close();
    signal?.throwIfAborted();
    await files.rename(temporary, target);
  } catch (error) {
    // What made it fail is what the caller has to see.
    await removeFile(target).catch(() => {});
    throw error;
  }
}

/** Removes a file that may be gone. */
export async function removeFile(path: string): Promise<void> {
  await files.removeFile(path).catch((error) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}

async function inTheWay(target: string, exists: () => Error): Promise<Error> {
  const found = await files.lstat(target).catch(() => undefined);
  if (!found?.isDirectory) return exists();
  return directoryError(target);
}

function directoryError(path: string): Error {
  return localError("EISDIR", "the destination is a directory", path);
}

/** Makes a directory and all that are missing above it, one by one, to know which were made by this call and may be removed by it. */
async function makeDirectory(
  path: string,
  { made, signal }: RenameOptions,
): Promise<void> {
  const missing = [path];
  const tried = new Set<string>();
  let attempts = 0;
  for (let next; (next = missing.at(-1)) !== undefined;) {
    signal?.throwIfAborted();
    try {
      await files.makeDirectory(next);
      if (!made.includes(next)) made.push(next);
      missing.pop();
    } catch (error) {
      const code = codeOf(error);
      if (code === "EEXIST") {
        missing.pop();
        continue;
      }
      const parent = parentPath(next);
      if (code !== "ENOENT" || parent === next) throw error;
      // It was there already, and others have removed it since.
      if (tried.has(parent) && ++attempts > MAX_ATTEMPTS) throw error;
      tried.add(parent);
      missing.push(parent);
    }
  }
}
