// `@std/path/join` and its like ask `process` for the platform, which takes longer to load than all
// of `mod.ts`; the functions for one platform do not.
import { dirname } from "@std/path/posix/dirname";
import { join } from "@std/path/posix/join";
import { resolve } from "@std/path/posix/resolve";
import { getProcess, nodePath } from "../platform/builtins.ts";

// On Windows the functions of Node are used: `@std/path` makes of `C:/a` the parent `C:`, which is another directory.

/** Tells whether paths are those of Windows. */
export function isWindows(): boolean {
  return globalThis.Deno
    ? Deno.build.os === "windows"
    : getProcess().platform === "win32";
}

/**
 * Makes a path absolute. It is only put together where that suffices, and not
 * resolved: a separator at the end means a directory, and `link/..` is not
 * what it looks like.
 *
 * @param path A path that is not empty.
 * @throws What the system says if there is no working directory.
 */
export function toAbsolute(path: string): string {
  if (!isWindows()) {
    return path.startsWith("/") ? path : `${workingDirectory()}/${path}`;
  }
  if (nodePath.win32.isAbsolute(path)) return path;
  return nodePath.win32.resolve(path) + (/[\\/]$/.test(path) ? "\\" : "");
}

/** Makes a path absolute, and resolves every `.` and `..` in it. */
export function resolvePath(path: string): string {
  if (isWindows()) return nodePath.win32.resolve(path);
  // Of a relative path, `@std/path` asks Deno alone for the working directory.
  return resolve(toAbsolute(path));
}

/** Joins a resolved path and one below it. */
export function joinPath(directory: string, path: string): string {
  return isWindows()
    ? nodePath.win32.join(directory, path)
    : join(directory, path);
}

/** Tells whether a path can only be a directory's. */
export function endsInSeparator(path: string): boolean {
  return path.endsWith("/") || (isWindows() && path.endsWith("\\"));
}

/** Makes the path of an entry. Unlike {@linkcode joinPath} it resolves nothing: `link/..` is left for the system. */
export function childPath(directory: string, name: string): string {
  if (endsInSeparator(directory)) return directory + name;
  return `${directory}${isWindows() ? "\\" : "/"}${name}`;
}

/** Takes the last segment off a path; that of a root is the root. */
export function parentPath(path: string): string {
  return isWindows() ? nodePath.win32.dirname(path) : dirname(path);
}

function workingDirectory(): string {
  return globalThis.Deno ? Deno.cwd() : getProcess().cwd();
}
