/** A time from one moment to another, in milliseconds as `performance.now()` tells them. */
export interface Span {
  /** Its beginning. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
}

/** Two spans no further apart than this are one: what happens between them is only that one ends and the other begins. */
const GAP_MS = 60;

/**
 * Finds how long the spans cover a time without a gap, in milliseconds. Spans
 * may overlap, and one that begins where another ends goes on with it.
 *
 * @param spans The spans, in any order.
 * @param within The time; what lies beyond it does not count.
 */
export function longestCovered(
  spans: readonly Span[],
  within: Span,
): number {
  const inside = spans
    .map(({ from, to }) => ({
      from: Math.max(from, within.from),
      to: Math.min(to, within.to),
    }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  let longest = 0;
  let [from, to] = [0, -Infinity];
  for (const span of inside) {
    if (span.from > to + GAP_MS) from = span.from;
    to = Math.max(to, span.to);
    longest = Math.max(longest, to - from);
  }
  return longest;
}
