/**
 * Stands in for `@std/path/posix/dirname`, `join` and `resolve` where JSR cannot be reached. It
 * imports nothing, as they do: `node:path` would take longer to load than all of `mod.ts`.
 *
 * @module
 */

/** The path without its last segment, and without separators at the end. */
export function dirname(path: string): string {
  const parent = path.replace(/\/+$/, "").replace(/[^/]+$/, "").replace(
    /\/+$/,
    "",
  );
  if (parent !== "") return parent;
  return path.startsWith("/") ? "/" : ".";
}

/** Joins segments and normalizes the result. */
export function join(path?: string, ...paths: string[]): string {
  const segments = [path, ...paths].filter((segment) => segment);
  return segments.length === 0 ? "." : normalize(segments.join("/"));
}

/** Resolves segments, from the right, to an absolute path without a separator at its end. */
export function resolve(...paths: string[]): string {
  let whole = "";
  for (const path of paths) {
    if (path === "") continue;
    whole = path.startsWith("/") || whole === "" ? path : `${whole}/${path}`;
  }
  // As in the original, only a relative path needs Deno.
  if (!whole.startsWith("/")) whole = `${Deno.cwd()}/${whole}`;
  const normal = normalize(whole);
  return normal.length > 1 && normal.endsWith("/")
    ? normal.slice(0, -1)
    : normal;
}

function normalize(path: string): string {
  const isAbsolute = path.startsWith("/");
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    const isAbove = kept.length === 0 || kept.at(-1) === "..";
    if (segment !== "..") kept.push(segment);
    else if (!isAbove) kept.pop();
    else if (!isAbsolute) kept.push(segment);
  }
  const joined = kept.join("/");
  if (joined === "") return isAbsolute ? "/" : path.endsWith("/") ? "./" : ".";
  return `${isAbsolute ? "/" : ""}${joined}${path.endsWith("/") ? "/" : ""}`;
}
