import { combineCrc32 } from "../transfer/checksum.ts";
import { decodeCrc32, encodeCrc32 } from "./checksum.ts";
import { encode } from "./xml.ts";

/** A part that the service has confirmed. */
export interface WrittenPart {
  /** Its ETag. */
  readonly etag: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its CRC-32 in base 64, if it was sent with one. */
  readonly crc32: string | undefined;
}

/** One sum of the whole object, and not one over its parts' sums: only that can be compared by who downloads it. */
export const FULL_OBJECT = { "x-amz-checksum-type": "FULL_OBJECT" };

/**
 * Makes the headers with the CRC-32 of an object of those of its parts; none if a part has none.
 *
 * @param parts All parts in order.
 */
export function sumParts(
  parts: readonly WrittenPart[],
): Record<string, string> {
  let sum = 0;
  for (const { crc32, size } of parts) {
    const next = decodeCrc32(crc32);
    if (next === undefined) return {};
    sum = combineCrc32(sum, next, size);
  }
  return { ...FULL_OBJECT, "x-amz-checksum-crc32": encodeCrc32(sum) };
}

/**
 * Writes the body that has the service put parts together.
 *
 * @param parts All parts in order.
 */
export function describeParts(parts: readonly WrittenPart[]): string {
  const list = parts.map(({ etag, crc32 }, index) => {
    const sum = crc32 === undefined
      ? ""
      : `<ChecksumCRC32>${encode(crc32)}</ChecksumCRC32>`;
    return `<Part>${sum}<ETag>${encode(etag)}</ETag><PartNumber>${
      index + 1
    }</PartNumber></Part>`;
  });
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
    list.join("")
  }</CompleteMultipartUpload>`;
}
