import { StoreFailure } from "../driver.ts";
import { decodeCrc32 } from "./checksum.ts";
import type { S3Response } from "./http/transport.ts";

/** Tells whether an ETag is a weak one, which never matches in `If-Match`. */
export function isWeak(etag: string): boolean {
  return etag.startsWith("W/");
}

/**
 * Refuses an answer that is not the one to a request for the whole object (clause 25): a piece of
 * it, which a cache or a proxy may give, or a page of something that stands in between.
 */
export function checkWhole(response: S3Response): void {
  if (response.status === 200) return checkObject(response);
  const range = response.header("content-range") ?? "";
  const isPiece = response.status === 206;
  throw new StoreFailure(
    "OTHER",
    isPiece
      ? `the whole object was asked for, and a piece of it was answered (206, ${
        /^bytes [\d*/-]{1,60}$/.test(range) ? range : "without its range"
      })`
      : `the object was asked for, and the answer is ${response.status}`,
  );
}

/** An object may be a page itself; what stores objects names its version, or the request. */
function checkObject(response: S3Response): void {
  const isPage = /html/i.test(response.header("content-type") ?? "");
  const isNamed = ["etag", "x-amz-request-id"].some((name) =>
    response.header(name) !== undefined
  );
  if (!isPage || isNamed) return;
  throw new StoreFailure("OTHER", PAGE);
}

/** The reason for a page in the place of an answer. */
export const PAGE =
  "the answer is the page of something else (HTML): check 'endpoint'";
/** The reason for another version than the one that was begun with. */
export const REPLACED = "the object was replaced while it was read";

/**
 * Reads the size of an object.
 *
 * @throws {StoreFailure} If the answer does not tell it.
 */
export function readSize(response: S3Response): number {
  // The same length twice is one, by the standard of HTTP.
  const [text = "", ...others] = new Set(
    (response.header("content-length") ?? "").split(/\s*,\s*/),
  );
  const size = others.length > 0 ? NaN : Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size)) return size;
  throw new StoreFailure(
    "OTHER",
    "the service does not tell the object's size",
  );
}

/** Writes the header that asks for a piece, in bytes. */
export function rangeHeader(
  offset: number,
  length: number | undefined,
): string {
  // A range may end beyond the object's end, but not beyond what a number holds exactly.
  const last = length === undefined ? "" : offset + length - 1;
  const isExact = last === "" || Number.isSafeInteger(last);
  return `bytes=${offset}-${isExact ? last : ""}`;
}

/** Reads which piece an answer has; it has to be the one that was asked for (clause 25). */
export function readRange(
  response: S3Response,
  offset: number,
  length = Infinity,
): { size: number; last: number } {
  const text = response.header("content-range") ?? "";
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text)
    ?.map(Number) ?? [];
  const isAsked = response.status === 206 && first === offset &&
    Number.isSafeInteger(size) &&
    last === Math.min(offset + length, size!) - 1;
  if (isAsked) return { size: size!, last: last! };
  throw new StoreFailure(
    "OTHER",
    `a piece of the object was asked for, and the answer is another one (${response.status})`,
  );
}

/** Reads the checksum of the whole object; that of an object in parts may be one over its parts' sums, and then it is none. */
export function readChecksum(response: S3Response): number | undefined {
  if (response.header("x-amz-checksum-type") === "COMPOSITE") return undefined;
  return decodeCrc32(response.header("x-amz-checksum-crc32"));
}
