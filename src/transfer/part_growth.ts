import type { CompleteSettings } from "./settings.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;
/** The number of parts of a stream of unknown size that are of one size, as some services (Cloudflare R2) demand it of all. */
const EVEN_PARTS = 1000;
/** The bytes that a stream of unknown size can grow to: what S3 takes. */
const LARGEST_STREAM = 5 * TIB;

/** Rules by which a stream is cut into parts. */
export interface PartGrowth {
  /** The size of a part, in bytes. @param index Its number, from 0. */
  sizeOf(index: number): number;
  /** Computes how many parts of a size may be held at once. @param size The size in bytes. */
  parallelOf(size: number): number;
}

/**
 * Plans the parts of a stream, which are held in memory while they are sent: smaller ones than those of
 * a file. Where nobody knows the size, they grow after the first 1000, so slowly that 10 000 of them
 * have room for 5 TiB: up to 8 GiB they have 8 MiB, and the last of 5 TiB 1.2 GiB.
 *
 * @param size The size of the stream in bytes, if it is known.
 * @param settings The driver's, complete.
 */
export function planParts(
  size: number | undefined,
  settings: CompleteSettings,
): PartGrowth {
  const { partSize, smallestPart, maxParts, parallel } = settings;
  const { heldBytes, largestObject } = settings;
  const first = Math.min(partSize, Math.max(smallestPart, heldBytes / 4));
  const parallelOf = (bytes: number) =>
    Math.max(1, Math.min(parallel, Math.floor(heldBytes / bytes)));
  if (size !== undefined) {
    const least = Math.ceil(size / maxParts);
    const even = least <= first ? first : Math.ceil(least / MIB) * MIB;
    return { sizeOf: () => even, parallelOf };
  }
  const growing = maxParts - EVEN_PARTS;
  const missing = Math.min(largestObject, LARGEST_STREAM) - maxParts * first;
  const step = missing > 0 && growing > 0
    ? Math.ceil(2 * missing / (growing * (growing + 1)))
    : 0;
  return {
    sizeOf: (index) => first + Math.max(0, index - EVEN_PARTS + 1) * step,
    parallelOf,
  };
}
