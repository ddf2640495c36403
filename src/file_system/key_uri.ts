import { isWindows } from "../local/path.ts";
import { nodeUrl } from "../platform/builtins.ts";

/**
 * The part of every URI of a store that is the same: its root as a `file:`
 * URL that ends in `/`.
 *
 * @param root An absolute path.
 */
export function encodeRoot(root: string): string {
  // `pathToFileURL()` does not escape the same characters everywhere.
  const url = !isWindows()
    ? `file://${root.split("/").map(encodeSegment).join("/")}`
    : nodeUrl.pathToFileURL(root).href;
  return url.endsWith("/") ? url : `${url}/`;
}

/**
 * The URI of a key: the place where a user would look for it, not the path on
 * disk, which is encoded. It stays the same, and different from all others,
 * when it is parsed and printed as a URL. Because parsing resolves `.` and
 * `..` and may drop a doubled slash at the start, a key with such a segment or
 * a slash at its start is given in a query: `file:///root/?key=prefix/../a`.
 *
 * @param rootUrl What {@linkcode encodeRoot} has returned.
 * @param key The key.
 */
export function encodeUri(rootUrl: string, key: string): string {
  const segments = key.split("/");
  const path = segments.map(encodeSegment).join("/");
  const isChanged = segments[0] === "" || segments.includes(".") ||
    segments.includes("..");
  return `${rootUrl}${isChanged ? "?key=" : ""}${path}`;
}

/** Escapes everything but the unreserved characters of RFC 3986. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
