import type { OpenObject } from "../driver.ts";
import { rangeSizeFor } from "./piece_size.ts";
import type { CompleteSettings } from "./settings.ts";
import { shareOut, type Shares } from "./share_out.ts";

/**
 * The number of ranges of the smallest size that an object must have before ranges take over from its first
 * body: of a smaller one most is on its way already by the time the body is known to be slow.
 */
const FEWEST_RANGES = 4;
/** The same of ranges of a slow line, which are smaller: what has fewer of them is one request everywhere. */
const FEWEST_SLOW_RANGES = 16;
/** Milliseconds that a range has to take at least which nobody has planned for: less is not worth a request. */
const SHORTEST_RANGE = 50;

/** A piece of an object: where it begins and how long it is, in bytes. */
export type Range = readonly [offset: number, length: number];

/** A line to a service, as far as the first body has shown it. */
export interface Line {
  /** Milliseconds that the service takes to answer. */
  readonly latency: number;
  /** Bytes per millisecond of one connection. */
  readonly rate: number;
  /** The number of connections that are going to share what is left. */
  readonly connections: number;
  /** The number of them that are open already, without that of the first body. */
  readonly kept: number;
}

/** A division of an object into bytes that come with the first answer and ranges of their own. */
export interface DownloadPlan {
  /** True if ranges are only asked for when the first body comes too slowly. */
  readonly startsAlone: boolean;
  /** True if the object is so small that only a known rate says whether ranges are worth it. */
  readonly isSmall: boolean;
  /** The end of the first body, for now: a range may yet take its last bytes over. */
  readonly bodyEnd: number;
  /** Says how far the first body will be when the chunk at hand is written. */
  advance(offset: number): void;
  /** The smallest range that is worth a request, in bytes. */
  readonly smallest: number;
  /** The number of milliseconds that ranges would save on a line. */
  savingOn(line: Line): number;
  /** Says what the line is like, as soon as that is known. */
  settle(line: Line): void;
  /** Leaves everything to the first body, whatever is said of the line later on. */
  stayAlone(): void;
  /** The next range to ask for, if any is left. */
  take(): Range | undefined;
  /**
   * Gives all that was taken in ranges back to the first body, which goes on to the object's end.
   *
   * @returns Whether that can be: only a body of the whole object can go on.
   */
  retire(): boolean;
}

/**
 * Plans a download.
 *
 * @param object The object.
 * @param settings The driver's, complete.
 */
export function planDownload(
  { size, bodySize, readRange }: OpenObject,
  settings: CompleteSettings,
): DownloadPlan {
  const { sufficientRate, smallestRange, smallestSlowRange } = settings;
  const least = Math.min(
    FEWEST_RANGES * smallestRange,
    FEWEST_SLOW_RANGES * smallestSlowRange,
  );
  const isShared = sufficientRate !== undefined && readRange &&
    bodySize === size && size >= least;
  return isShared
    ? new SharedPlan(size, settings)
    : new FixedPlan(size, bodySize, settings);
}

/** The first body has its share from the beginning, and ranges of even size follow it. */
class FixedPlan implements DownloadPlan {
  readonly startsAlone = false;
  readonly isSmall = false;
  readonly bodyEnd: number;
  readonly smallest: number;
  readonly #size: number;
  readonly #rangeSize: number;
  #next: number;

  constructor(size: number, bodySize: number, settings: CompleteSettings) {
    this.bodyEnd = bodySize;
    this.#size = size;
    this.#next = bodySize;
    this.smallest = settings.smallestRange;
    this.#rangeSize = rangeSizeFor(size - bodySize, bodySize, settings);
  }

  advance(): void {}

  savingOn(): number {
    return 0;
  }

  settle(): void {}

  stayAlone(): void {}

  retire(): boolean {
    return false;
  }

  take(): Range | undefined {
    const offset = this.#next;
    if (offset >= this.#size) return undefined;
    const length = Math.min(this.#rangeSize, this.#size - offset);
    this.#next += length;
    return [offset, length];
  }
}

/**
 * The first body is read from the front, and ranges are taken from the end
 * towards it: no byte is asked for twice, and nobody waits long for the last.
 */
class SharedPlan implements DownloadPlan {
  readonly startsAlone = true;
  readonly isSmall: boolean;
  bodyEnd: number;
  smallest: number;
  readonly #settings: CompleteSettings;
  readonly #size: number;
  #done = 0;
  #rangeSize: number | undefined;
  #isOver = false;
  #connections: number;
  /** Ranges that were planned for and not yet taken; `undefined` before anything is. */
  #planned: number[] | undefined;

  constructor(size: number, settings: CompleteSettings) {
    this.bodyEnd = size;
    this.#size = size;
    this.smallest = settings.smallestRange;
    this.isSmall = size < FEWEST_RANGES * this.smallest;
    this.#settings = settings;
    this.#connections = settings.parallel;
  }

  savingOn(line: Line): number {
    const rest = this.bodyEnd - this.#done;
    return rest / line.rate - this.#share(line).time;
  }

  settle(line: Line): void {
    const { latency, rate, connections } = line;
    const { rangeSize, smallestRange, smallestSlowRange } = this.#settings;
    this.#connections = connections;
    // Meanwhile the body brings the other half, and the range one answer later.
    const worth = Math.ceil(rate * Math.max(SHORTEST_RANGE, 2 * latency));
    this.smallest = Math.min(
      smallestRange,
      Math.max(smallestSlowRange, worth),
    );
    if (this.#planned || this.bodyEnd < this.#size) return;
    const { ranges } = this.#share(line);
    const isTooLarge = ranges.some((length) => length > rangeSize);
    if (!isTooLarge) this.#planned = [...ranges];
  }

  stayAlone(): void {
    this.#isOver = true;
  }

  advance(offset: number): void {
    this.#done = offset;
  }

  retire(): boolean {
    this.#isOver = true;
    this.bodyEnd = this.#size;
    return true;
  }

  take(): Range | undefined {
    if (this.#isOver) return undefined;
    const rest = this.bodyEnd - this.#done;
    // The body keeps at least as much as the range takes.
    const half = Math.floor(rest / 2);
    const length = Math.min(half, this.#planned?.shift() ?? this.#next(rest));
    if (length <= 0) return undefined;
    this.bodyEnd -= length;
    return [this.bodyEnd, length];
  }

  /** The size of a range that nobody has planned for, or 0 where none is worth a request. */
  #next(rest: number): number {
    if (Math.floor(rest / 2) < this.smallest) return 0;
    this.#rangeSize ??= rangeSizeFor(rest, 0, {
      ...this.#settings,
      smallestRange: this.smallest,
      parallel: this.#connections,
    });
    return this.#rangeSize;
  }

  #share(line: Line): Shares {
    return shareOut({
      ...line,
      rest: this.bodyEnd - this.#done,
      least: this.#settings.smallestSlowRange,
    });
  }
}
