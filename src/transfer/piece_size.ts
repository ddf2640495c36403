import type { CompleteSettings } from "./settings.ts";

const MIB = 2 ** 20;

/**
 * Computes the size of parts that suits an object: it grows where the service's number
 * of parts would not suffice, and shrinks so that all connections end together.
 *
 * @param size The object's size in bytes.
 * @param settings The driver's, complete.
 */
export function partSizeFor(
  size: number,
  { partSize, smallestPart, maxParts, parallel }: CompleteSettings,
): number {
  const largest = Math.max(partSize, Math.ceil(size / maxParts));
  return evenSize(size, {
    largest,
    smallest: smallestPart,
    parallel,
    begun: 0,
    most: maxParts,
  });
}

/**
 * Computes the size of ranges that suits an object, likewise.
 *
 * @param rest How many bytes come in ranges.
 * @param bodySize How many come with the first answer.
 * @param settings The driver's, complete.
 */
export function rangeSizeFor(
  rest: number,
  bodySize: number,
  { rangeSize, smallestRange, parallel }: CompleteSettings,
): number {
  return evenSize(rest, {
    largest: rangeSize,
    smallest: smallestRange,
    parallel,
    // The first body counts where it keeps its connection as busy as a range.
    begun: bodySize < smallestRange ? 0 : 1,
  });
}

/** Into equal pieces, as many as make whole rounds of `parallel`; `begun` pieces are under way besides. */
function evenSize(
  size: number,
  { largest, smallest, parallel, begun, most = Infinity }: {
    largest: number;
    smallest: number;
    parallel: number;
    begun: number;
    most?: number;
  },
): number {
  if (smallest >= largest) return largest;
  const fewest = Math.ceil(size / largest);
  const even = Math.ceil((fewest + begun) / parallel) * parallel - begun;
  // The last piece may be a small one where each has a connection of its own.
  const whole = Math.ceil(size / smallest);
  const possible = whole <= parallel
    ? whole
    : Math.max(fewest, Math.floor(size / smallest));
  const piece = Math.ceil(size / Math.min(even, possible, most));
  const unit = Math.min(MIB, smallest);
  return Math.min(largest, Math.max(smallest, Math.ceil(piece / unit) * unit));
}
