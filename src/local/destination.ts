import { FileExistsError } from "../errors.ts";
import { invalidName, lastSegment } from "../object_name.ts";
import { files } from "../platform/files.ts";
import { codeOf } from "./local_error.ts";
import { childPath, endsInSeparator, isWindows } from "./path.ts";
import { checkKind } from "./publish.ts";

/** Options of {@linkcode resolveDestination}. */
export interface DestinationOptions {
  /** The object's name; its last segment names the file in a directory. */
  readonly objectName: string;
  /** The object's URI, for errors. */
  readonly uri: string;
  /** True if an existing file is replaced. */
  readonly overwrite: boolean;
}

/** The file that a download is to make. */
export interface Destination extends DestinationOptions {
  /** Its absolute path. */
  readonly path: string;
}

/**
 * Looks once at what a filename is, and says which file a download is to make
 * (clauses 10 to 12).
 *
 * @param path An absolute path; a separator at its end means a directory.
 * @param options What the download is for.
 * @throws {FileExistsError} If the file exists and is not to be replaced.
 * @throws {InvalidObjectNameError} If the name's last segment is no file name here.
 * @throws The local error, if a file is where a directory should be, or the other way round.
 *
 * @example A directory stands for a file in it
 * ```ts
 * import { resolveDestination, toPath } from "@storekit/object-store/local";
 *
 * const { path } = await resolveDestination(toPath("/nowhere/models/"), {
 *   objectName: "runs/1/model.bin",
 *   uri: "s3://bucket/runs/1/model.bin",
 *   overwrite: false,
 * });
 * console.log(path); // /nowhere/models/model.bin
 * ```
 */
export async function resolveDestination(
  path: string,
  options: DestinationOptions,
): Promise<Destination> {
  const found = await files.lstat(path).catch(missing);
  const isLink = found?.isSymlink && await leadsToDirectory(path);
  if (!isLink && !found?.isDirectory && (found || !endsInSeparator(path))) {
    if (found && !options.overwrite) throw fileExists(path, options);
    if (found) checkKind(found, path);
    return { ...options, path };
  }
  const file = childPath(path, checkSegment(options.objectName));
  const existing = await files.lstat(file).catch(missing);
  if (existing && !existing.isDirectory && !options.overwrite) {
    throw fileExists(file, options);
  }
  if (existing) checkKind(existing, file);
  return { ...options, path: file };
}

/** Makes the error for a destination that exists. */
export function fileExists(
  path: string,
  { objectName, uri }: DestinationOptions,
): FileExistsError {
  return new FileExistsError(
    `Cannot download "${uri}": the file '${path}' exists already`,
    { objectName, uri },
  );
}

async function leadsToDirectory(path: string): Promise<boolean> {
  const target = await files.stat(path).catch(missing);
  return target?.isDirectory ?? false;
}

function missing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

const DEVICE = /^(?:aux|con|nul|prn|com\d|lpt\d)(?:\.|$)/i;

function checkSegment(objectName: string): string {
  const segment = lastSegment(objectName);
  const isOdd = segment === "" || segment === "." || segment === ".." ||
    (isWindows() && (/[\\:]/.test(segment) || DEVICE.test(segment)));
  if (!isOdd) return segment;
  throw invalidName(
    objectName,
    "its last segment is not a plain file name, which a directory as destination needs",
  );
}
