/** Milliseconds of bytes that a range has to bring at least: less is not worth a request. */
const SHORTEST = 10;

/** A line to a service, and what is still to come over it. */
export interface Remainder {
  /** Bytes that the first body has still to bring if nobody helps it. */
  readonly rest: number;
  /** Bytes per millisecond of one connection. */
  readonly rate: number;
  /** Milliseconds that the service takes to answer over an open connection. */
  readonly latency: number;
  /** The most connections, that of the first body included. */
  readonly connections: number;
  /** The number of further connections that are open already; each of the others takes as long as an answer to set up. */
  readonly kept: number;
  /** The fewest bytes of a range. */
  readonly least: number;
}

/** A division of what is still to come. */
export interface Shares {
  /** Milliseconds until everything is there. */
  readonly time: number;
  /** Bytes of each range, in the order in which they are asked for. The first body brings what is left. */
  readonly ranges: readonly number[];
}

/**
 * Shares out the rest of an object so that all connections end at the same time: the first body goes
 * on meanwhile, and a range brings nothing before it is answered. So a connection that comes later
 * has less to bring, and one that would come too late for that is not opened.
 *
 * @param remainder What is left, and of what kind the line is.
 */
export function shareOut(
  { rest, rate, latency, connections, kept, least }: Remainder,
): Shares {
  const opened: number[] = [];
  const starts: number[] = [];
  let sum = rest / rate;
  let time = sum;
  const leastTime = least / rate;
  for (let index = 0; index < connections - 1; index++) {
    const isOpen = index < kept;
    const start = isOpen ? latency : 2 * latency;
    const next = (sum + start) / (starts.length + 2);
    if (next - start >= (isOpen ? Math.max(SHORTEST, leastTime) : leastTime)) {
      starts.push(start);
      sum += start;
      time = next;
    } else if (
      // The first body has to keep most of what it would have brought.
      !isOpen && start + leastTime <= time &&
      2 * (opened.length + 1) * leastTime <= time
    ) {
      // It hardly helps, but the next download finds the connection open: far away that saves most.
      opened.push(least);
    } else break;
  }
  const shares = starts.map((start) => Math.floor((time - start) * rate));
  return { time, ranges: [...shares, ...opened] };
}
