import { link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, localError } from "./local_error.ts";

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
  for (let attempt = 1;; attempt++) {
    try {
      if (options.replace) return await rename(temporary, target);
      return await publishNew(temporary, target, options);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === MAX_ATTEMPTS) throw error;
    }
    await makeDirectory(dirname(target), options.made, MAX_ATTEMPTS);
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
    await link(temporary, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    if (!NO_LINKS.has(codeOf(error))) throw error;
    return await publishReserved(temporary, target, exists);
  }
  await rm(temporary, { force: true });
}

/** Without hard links: whoever makes the empty file owns the name. */
async function publishReserved(
  temporary: string,
  target: string,
  exists: () => Error,
): Promise<void> {
  let reservation;
  try {
    reservation = await open(target, "wx", 0o666);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw await inTheWay(target, exists);
    throw error;
  }
  await reservation.close();
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function inTheWay(target: string, exists: () => Error): Promise<Error> {
  const stats = await lstat(target).catch(() => undefined);
  if (!stats?.isDirectory()) return exists();
  return localError("EISDIR", "the destination is a directory", target);
}

/** One by one, to know which were made by this call and may be removed by it. */
async function makeDirectory(
  path: string,
  made: string[],
  attempts: number,
): Promise<void> {
  try {
    await mkdir(path);
    if (!made.includes(path)) made.push(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT" || attempts === 0) throw error;
    await makeDirectory(dirname(path), made, attempts - 1);
    await makeDirectory(path, made, attempts - 1);
  }
}
