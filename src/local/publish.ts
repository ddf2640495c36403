import { files } from "../platform/files.ts";
import { codeOf, localError } from "./local_error.ts";
import { parentPath } from "./path.ts";

/** How often a parent that others remove is made again. */
const MAX_ATTEMPTS = 10;

/** How a temporary file is given its place. */
export interface PublishOptions {
  /** Whether a file that is there is replaced. */
  readonly replace: boolean;
  /** Makes the error for a file that is there and is not to be replaced. */
  readonly exists: () => Error;
  /** Takes the directories that were made, outermost first. */
  readonly made: string[];
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
  if (options.replace) return await rename(temporary, target, options.made);
  const place = () => publishNew(temporary, target, options);
  await inDirectory(parentPath(target), place, options.made);
}

/**
 * Renames a file, and makes the target's parents where they are missing.
 *
 * @param from The file's path.
 * @param to Its new one, on the same device; what is there is replaced.
 * @param made Takes the directories that were made, outermost first.
 */
export async function rename(
  from: string,
  to: string,
  made: string[],
): Promise<void> {
  await inDirectory(
    parentPath(to),
    () => files.rename(from, to),
    made,
  );
}

/** Does something that needs a directory, which others may remove meanwhile. */
async function inDirectory(
  directory: string,
  action: () => Promise<void>,
  made: string[],
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === MAX_ATTEMPTS) throw error;
    }
    await makeDirectory(directory, made, MAX_ATTEMPTS);
  }
}

const NO_LINKS = new Set<unknown>([
  ...["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EINVAL"],
]);

async function publishNew(
  temporary: string,
  target: string,
  { exists }: PublishOptions,
): Promise<void> {
  try {
    await files.link(temporary, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    if (!NO_LINKS.has(codeOf(error))) throw error;
    return await publishReserved(temporary, target, exists);
  }
  await removeFile(temporary);
}

/** Without hard links: whoever makes the empty file owns the name. */
async function publishReserved(
  temporary: string,
  target: string,
  exists: () => Error,
): Promise<void> {
  let reservation;
  try {
    reservation = await files.create(target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    throw error;
  }
  await reservation.close();
  try {
    await files.rename(temporary, target);
  } catch (error) {
    await removeFile(target);
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
  return localError("EISDIR", "the destination is a directory", target);
}

/** One by one, to know which were made by this call and may be removed by it. */
async function makeDirectory(
  path: string,
  made: string[],
  attempts: number,
): Promise<void> {
  try {
    await files.makeDirectory(path);
    if (!made.includes(path)) made.push(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || attempts === 0) throw error;
    await makeDirectory(parentPath(path), made, attempts - 1);
    await makeDirectory(path, made, attempts - 1);
  }
}
