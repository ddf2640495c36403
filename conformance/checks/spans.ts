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
 * Finds the most milliseconds that the spans cover in one window of a time.
 * Spans may overlap, and one that begins where another ends goes on with it.
 *
 * @param spans The spans, in any order.
 * @param within The time; what lies beyond it does not count.
 * @param windowMs The length of the window in milliseconds.
 */
export function mostCovered(
  spans: readonly Span[],
  within: Span,
  windowMs: number,
): number {
  const covered = joinSpans(spans, within);
  // A window that covers the most begins where a span does, or ends where one does.
  const starts = covered.flatMap(({ from, to }) => [from, to - windowMs]);
  const sums = starts.map((start) => {
    const window = { from: start, to: start + windowMs };
    return covered.reduce((sum, span) => sum + commonMs(span, window), 0);
  });
  return Math.max(0, ...sums);
}

/** The spans as far as they lie within a time, in their order and apart from each other. */
function joinSpans(spans: readonly Span[], within: Span): Span[] {
  const inside = spans
    .map(({ from, to }) => ({
      from: Math.max(from, within.from),
      to: Math.min(to, within.to),
    }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const span of inside) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to + GAP_MS) {
      joined.push(span);
    } else {
      const to = Math.max(last.to, span.to);
      joined[joined.length - 1] = { from: last.from, to };
    }
  }
  return joined;
}

/** Tells whether two spans have any time in common. */
export function overlap(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function commonMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}
