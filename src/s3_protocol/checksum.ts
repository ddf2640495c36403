import type { Hash } from "node:crypto";
import { loadCrc32 } from "../platform/crc32.ts";
import type { S3RequestBody } from "./http/transport.ts";

/**
 * The sum by which the service can tell that a body has arrived whole: by CRC-32 in
 * `x-amz-checksum-crc32`, by `Content-MD5` for services that refuse that, or
 * not at all.
 */
export type ChecksumMode = "crc32" | "md5" | "none";

/** The largest piece that is read at once to be summed. */
const BUFFER_SIZE = 2 ** 20;

/**
 * The header by which the service checks a body.
 *
 * @param body The body; it is read once for this.
 * @param mode Which sum, if any.
 */
export async function checksumHeaders(
  body: S3RequestBody,
  mode: ChecksumMode,
): Promise<Record<string, string>> {
  if (mode === "none") return {};
  const { bytes, size } = body;
  const buffer = bytes ?? new Uint8Array(Math.min(BUFFER_SIZE, size));
  const md5 = mode === "md5" ? await createMd5() : undefined;
  const crc32 = md5 ? undefined : await loadCrc32(size);
  let sum = 0;
  for (let done = 0; done < size; done += buffer.length) {
    const piece = buffer.subarray(0, size - done);
    if (!bytes) await body.read(piece, done);
    md5?.update(piece);
    if (crc32) sum = crc32(piece, sum);
  }
  if (md5) return { "content-md5": md5.digest("base64") };
  return { "x-amz-checksum-crc32": encodeCrc32(sum) };
}

/** A CRC-32 as S3 writes it. */
export function encodeCrc32(sum: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, sum >>> 0);
  return btoa(String.fromCharCode(...bytes));
}

/** The CRC-32 that S3 wrote, or `undefined` where it is that of parts or none. */
export function decodeCrc32(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]{6}==$/.test(text)) {
    return undefined;
  }
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new DataView(bytes.buffer).getUint32(0);
}

/**
 * The ETag that S3 gives an object that was put together of parts, or
 * `undefined` if those of the parts are not MD5 sums (as with encryption).
 *
 * @param etags The parts' ETags, in order.
 */
export async function combineEtags(
  etags: readonly string[],
): Promise<string | undefined> {
  const hash = await createMd5();
  for (const etag of etags) {
    const hex = unquote(etag);
    if (!/^[0-9a-f]{32}$/i.test(hex)) return undefined;
    hash.update(hex, "hex");
  }
  return `${hash.digest("hex")}-${etags.length}`;
}

/** An ETag without the quotes that some services leave out. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}

/** Web Crypto has no MD5. */
async function createMd5(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("md5");
}
