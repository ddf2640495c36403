import type { TransferSettings } from "../driver.ts";

const MIB = 2 ** 20;

/**
 * The size of parts that suits an object: it grows where the service's number
 * of parts would not suffice, and shrinks so that all connections end together.
 *
 * @param size The object's size in bytes.
 * @param settings The driver's.
 */
export function partSizeFor(size: number, settings: TransferSettings): number {
  const { partSize = 16 * MIB, maxParts = 10_000, parallel = 4 } = settings;
  const largest = Math.max(partSize, Math.ceil(size / maxParts));
  const { smallestPart = largest } = settings;
  return evenSize(size, {
    largest,
    smallest: smallestPart,
    parallel,
    begun: 0,
    most: maxParts,
  });
}

/**
 * The size of ranges that suits an object, likewise.
 *
 * @param rest How many bytes come in ranges.
 * @param bodySize How many come with the first answer.
 * @param settings The driver's.
 */
export function rangeSizeFor(
  rest: number,
  bodySize: number,
  settings: TransferSettings,
): number {
  const { rangeSize: largest = 16 * MIB, parallel = 4 } = settings;
  const { smallestRange: smallest = largest } = settings;
  // The first body counts where it keeps its connection as busy as a range.
  const begun = bodySize < smallest ? 0 : 1;
  return evenSize(rest, { largest, smallest, parallel, begun });
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
  const possible = Math.max(fewest, Math.floor(size / smallest));
  const piece = Math.ceil(size / Math.min(even, possible, most));
  return Math.min(largest, Math.max(smallest, Math.ceil(piece / MIB) * MIB));
}
