/**
 * Stands in for `@std/path` where JSR cannot be reached: `node:path`, and the few places where
 * `@std/path` answers differently.
 *
 * @module
 */

import * as node from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const isWindows = node.sep === "\\";

/** What stands between two segments of a path: `/`, on Windows `\`. */
export const SEPARATOR = isWindows ? "\\" as const : "/" as const;

/** One or more separators in a row. */
export const SEPARATOR_PATTERN: RegExp = isWindows ? /[\\/]+/ : /\/+/;

/** The last segment of a path, without `suffix`; of nothing but separators, a separator. */
export function basename(path: string | URL, suffix = ""): string {
  const whole = toText(path);
  const isSeparators = whole !== "" &&
    whole.replace(SEPARATOR_PATTERN, "") === "";
  const name = isSeparators ? SEPARATOR : node.basename(whole);
  const hasSuffix = suffix.length < name.length && name.endsWith(suffix);
  return hasSuffix ? name.slice(0, name.length - suffix.length) : name;
}

/** The path without its last segment, and without separators at the end. */
export function dirname(path: string | URL): string {
  const parent = node.dirname(toText(path));
  return isWindows ? parent : parent.replace(/(?!^)\/+$/, "");
}

/** Whether a path does not depend on the working directory. */
export function isAbsolute(path: string): boolean {
  return node.isAbsolute(checkText(path));
}

/** Joins segments and normalizes the result. */
export function join(path: string | URL, ...paths: string[]): string {
  return node.join(toText(path), ...paths.map(checkText));
}

/** Resolves segments, from the right, to an absolute path. */
export function resolve(...pathSegments: string[]): string {
  return node.resolve(...pathSegments.map(checkText));
}

/**
 * The path of a `file:` URL. Unlike `node:url` it keeps a stray `%`, and decodes `%2F`.
 *
 * @throws {TypeError} If the URL has another protocol.
 */
export function fromFileUrl(url: string | URL): string {
  const { href, pathname, protocol } = new URL(url);
  if (protocol !== "file:") {
    throw new TypeError(`URL must be a file URL: received "${protocol}"`);
  }
  if (isWindows) return fileURLToPath(href);
  return decodeURIComponent(pathname.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
}

/**
 * The `file:` URL of an absolute path.
 *
 * @throws {TypeError} If the path is not absolute.
 */
export function toFileUrl(path: string): URL {
  if (!isAbsolute(path)) {
    throw new TypeError(`Path must be absolute: received "${path}"`);
  }
  if (isWindows) return pathToFileURL(path);

  const url = new URL("file:///");
  // The URL parser drops or trims what is escaped here, and reads a doubled slash as a host.
  url.pathname = path.replace(/^\/+/, "/").replace(
    /[%\\\t\n\v\f\r ]/g,
    (character) => `%${hex(character)}`,
  );
  return url;
}

function toText(path: string | URL): string {
  return path instanceof URL ? fromFileUrl(path) : checkText(path);
}

function checkText(path: string): string {
  if (typeof path === "string") return path;
  throw new TypeError(
    `Path must be a string, received "${JSON.stringify(path)}"`,
  );
}

function hex(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase();
  return code.padStart(2, "0");
}
