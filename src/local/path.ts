import { getProcess, nodePath } from "../platform/builtins.ts";

/** Whether paths are those of Windows. */
export function isWindows(): boolean {
  return globalThis.Deno
    ? Deno.build.os === "windows"
    : getProcess().platform === "win32";
}

/**
 * The absolute path that a path means. Only put together where that suffices:
 * a separator at the end means a directory, and `link/..` is not what it looks
 * like.
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

/** Whether a path can only be a directory's. */
export function endsInSeparator(path: string): boolean {
  return path.endsWith("/") || (isWindows() && path.endsWith("\\"));
}

/** The path of an entry. Nothing is resolved: `link/..` is left for the system. */
export function childPath(directory: string, name: string): string {
  if (endsInSeparator(directory)) return directory + name;
  return `${directory}${isWindows() ? "\\" : "/"}${name}`;
}

/** The path without its last segment; that of a root is the root. */
export function parentPath(path: string): string {
  if (isWindows()) return nodePath.win32.dirname(path);
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(0, trimmed.lastIndexOf("/")).replace(/\/+$/, "") || "/";
}

function workingDirectory(): string {
  return globalThis.Deno ? Deno.cwd() : getProcess().cwd();
}
