import { refuseArgument } from "../refusal.ts";
import { nodeUrl } from "../platform/builtins.ts";
import { toAbsolute } from "./path.ts";

/**
 * Makes the absolute path that a filename means (clause 16). A separator at the end
 * stays, as it means a directory, and `link/..` is left for the system.
 *
 * @param filename A path, or a `file:` URL.
 * @returns An absolute path.
 * @throws {TypeError} If it is neither, empty, or has a NUL.
 *
 * @example
 * ```ts
 * import { toPath } from "@storekit/object-store/local";
 *
 * console.log(toPath(new URL("file:///tmp/a%20b"))); // /tmp/a b
 * console.log(toPath("logs/") === `${Deno.cwd()}/logs/`); // true
 * ```
 */
export function toPath(filename: unknown): string {
  const path = filename instanceof URL ? fromUrl(filename) : filename;
  if (typeof path !== "string") {
    throw refuseArgument("filename", "be a string or a URL", filename);
  }
  if (path === "") {
    throw refuseArgument("filename", "be a path, and not empty", filename);
  }
  if (path.includes("\0")) {
    throw refuseArgument("filename", "be a path without NUL", filename);
  }
  return toAbsolute(path);
}

function fromUrl(url: URL): string {
  if (url.protocol !== "file:") {
    throw refuseArgument("filename", "be a 'file:' URL", url);
  }
  return nodeUrl.fileURLToPath(url);
}
