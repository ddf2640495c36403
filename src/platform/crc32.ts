/** The polynomial of zlib, gzip and S3, reversed. */
export const POLYNOMIAL = 0xEDB88320;

/** Continues a CRC-32 with further bytes. */
export type Crc32 = (data: Uint8Array, value?: number) => number;

/** The bytes in a process up to which it does not pay to load zlib. */
const LARGEST_SUM_BY_TABLE = 2 ** 18;

let zlibCrc32: Crc32 | undefined;
let summedByTable = 0;

/**
 * Chooses what computes a CRC-32: zlib's function, which is fast and takes long to load,
 * or for the first bytes of a process a table (`bench --only=cold` measures both).
 *
 * @param size How many bytes are to be summed.
 */
export async function loadCrc32(size: number): Promise<Crc32> {
  if (zlibCrc32) return zlibCrc32;
  summedByTable += size;
  if (summedByTable <= LARGEST_SUM_BY_TABLE) return tableCrc32;
  zlibCrc32 = (await import("node:zlib")).crc32;
  return zlibCrc32;
}

let table: Uint32Array | undefined;

/** A CRC-32 without zlib, a byte at a time. */
export function tableCrc32(data: Uint8Array, value = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => divide(byte));
  let sum = ~value;
  for (const byte of data) sum = table[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

function divide(byte: number): number {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) {
    rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  }
  return rest;
}
