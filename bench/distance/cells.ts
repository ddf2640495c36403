import type { Action } from "../clients/client.ts";
import { formatSize } from "../size.ts";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** A place of the grid: what is moved, and over what line. */
export interface Cell {
  /** Which way. */
  readonly direction: Extract<Action, "upload" | "download">;
  /** Bytes of the object. */
  readonly size: number;
  /** Milliseconds there and back. */
  readonly roundTrip: number;
  /** Bytes a second of each connection. */
  readonly rate: number;
}

/** How many connections a store uses at most with its defaults. */
export const CONNECTIONS = 8;
/** The smallest part that S3 takes, but for the last: an upload has no more connections than it has such parts. */
const SMALLEST_PART = 5 * MIB;

const SIZES = [4 * KIB, MIB, 16 * MIB, 256 * MIB];
const ROUND_TRIPS = [1, 5, 20, 80];
const RATES = [2 * MIB, 10 * MIB, 90 * MIB];
const DIRECTIONS = ["download", "upload"] as const;
/** A mobile line: only few bytes, or it would take the time of all others. */
const SLOWEST = { size: MIB, roundTrip: 80, rate: 250_000 };

/** What of the grid is measured. */
export interface GridOptions {
  /** Over TLS: every size, but of the lines only two, as TLS changes the set-up and not the rate. */
  readonly isSecure: boolean;
  /** Tiny amounts, to see that it runs. */
  readonly isSmoke: boolean;
  /** The largest size; sizes above 256 MiB come besides. */
  readonly largest: number;
}

/**
 * Lists the grid.
 *
 * @param options What of it.
 */
export function listCells(
  { isSecure, isSmoke, largest }: GridOptions,
): Cell[] {
  const sizes = isSmoke
    ? SIZES.slice(0, 1)
    : [...new Set([...SIZES.filter((size) => size <= largest), largest])];
  const roundTrips = isSmoke ? [1] : isSecure ? [20] : ROUND_TRIPS;
  const rates = isSmoke ? [90 * MIB] : isSecure ? [10 * MIB, 90 * MIB] : RATES;
  const lines = roundTrips.flatMap((roundTrip) =>
    rates.map((rate) => ({ roundTrip, rate }))
  );
  const cells = lines.flatMap((line) =>
    sizes.flatMap((size) =>
      DIRECTIONS.map((direction): Cell => ({ direction, size, ...line }))
    )
  );
  if (isSmoke || isSecure) return cells;
  const slowest = DIRECTIONS.map((direction) => ({ direction, ...SLOWEST }));
  return [...cells, ...slowest];
}

/**
 * Tells whether a cell is one of those that are wanted.
 *
 * @param cell The cell.
 * @param wanted For each choice its words, joined with `:`, all of which the cell has to have.
 */
export function isWanted(cell: Cell, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const words = [
    cell.direction,
    formatSize(cell.size).replace(" ", ""),
    `${cell.roundTrip}ms`,
    formatRate(cell.rate).replace(" ", ""),
  ];
  return wanted.some((choice) =>
    choice.split(":").every((word) => words.includes(word))
  );
}

/** Writes the rate of a connection. @param rate Bytes a second. */
export function formatRate(rate: number): string {
  return rate >= MIB ? `${rate / MIB} MiB/s` : `${rate / 1000} kB/s`;
}

/**
 * The least time that a cell can take, in milliseconds: one round trip, and its
 * bytes at the rate of all connections or of this machine, whichever is lower.
 * A process that does it once connects first. An upload takes at least as long
 * as a part of it on one connection.
 *
 * @param cell The cell.
 * @param options Bytes a second of this machine without a line, and how many round trips a new connection takes.
 */
export function boundOf(
  { direction, roundTrip, rate, size }: Cell,
  { free, setUp }: { free: number; setUp: number },
): number {
  const all = size / Math.min(CONNECTIONS * rate, free);
  const part = direction === "upload" ? Math.min(size, SMALLEST_PART) : 0;
  const bytes = Math.max(all, part / Math.min(rate, free));
  return (1 + setUp) * roundTrip + bytes * 1000;
}

/** The least number of times that count of what takes some time. */
const FEWEST_TIMES = 3;
/** What takes no time is repeated for about so many seconds, so often at least, and at most. */
const WARM = { seconds: 1, least: 20, most: 200 };

/** Bytes a second that a machine itself moves, about: a line without a rate is as fast as that. */
const MACHINE_RATE = 500 * MIB;

/** How often one process does a cell's work; the first time counts only where it is the only one. */
export function repeatsOf(cell: Cell, rounds: number): number {
  const { rate, roundTrip, size } = cell;
  // Nobody has more than one connection for less.
  const all = size > 8 * MIB ? CONNECTIONS * rate : rate;
  const seconds = roundTrip / 1000 + size / Math.min(all, MACHINE_RATE);
  if (seconds > 0.2) return seconds > 1.5 ? 1 : 2;
  if (seconds > 0.05) return 1 + Math.max(FEWEST_TIMES, rounds);
  // Until programs are warm: a JavaScript engine still compiles at the twentieth time.
  const warm = Math.min(Math.ceil(WARM.seconds / seconds), WARM.most);
  return 1 + Math.max(warm, WARM.least, 4 * rounds);
}

/** How many clients may work on a cell at once without this machine being what they wait for. */
export function sideBySide({ rate, size }: Cell): number {
  if (size < 16 * MIB && rate >= MIB) return 1;
  if (rate <= 2 * MIB) return Infinity;
  return rate <= 10 * MIB ? 3 : 1;
}
