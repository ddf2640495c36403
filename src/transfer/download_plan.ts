import type { OpenObject } from "../driver.ts";
import { rangeSizeFor } from "./piece_size.ts";
import type { CompleteSettings } from "./settings.ts";

/**
 * The number of ranges of the smallest size that an object must have before ranges take over from its first
 * body: of a smaller one most is on its way already by the time the body is known to be slow.
 */
const FEWEST_RANGES = 4;
/** The same of ranges of a slow line, which are smaller: what has fewer of them is one request everywhere. */
const FEWEST_SLOW_RANGES = 16;
/** Milliseconds that a range has to take at least: less is not worth a request. */
const SHORTEST_RANGE = 50;
/** Milliseconds that a small object has to take still: what its first body brings sooner is not worth bytes that come twice. */
const SHORTEST_REST = 400;

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
  /** Tells whether the first body brings its rest so soon that ranges of a small object are not worth it. @param rate Bytes per millisecond. */
  isSoonThere(rate: number): boolean;
  /** Says what the line is like, as soon as that is known. */
  settle(line: Line): void;
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

  isSoonThere(): boolean {
    return true;
  }

  settle(): void {}

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
  #isRetired = false;
  #isAlone: boolean | undefined;
  #connections: number;

  constructor(size: number, settings: CompleteSettings) {
    this.bodyEnd = size;
    this.#size = size;
    this.smallest = settings.smallestRange;
    this.isSmall = size < FEWEST_RANGES * this.smallest;
    this.#settings = settings;
    this.#connections = settings.parallel;
  }

  isSoonThere(rate: number): boolean {
    return this.bodyEnd - this.#done < SHORTEST_REST * rate;
  }

  settle({ latency, rate, connections }: Line): void {
    const { smallestRange, smallestSlowRange } = this.#settings;
    // Later on ranges bring some of the rest.
    this.#isAlone ??= this.isSmall && this.isSoonThere(rate);
    this.#connections = connections;
    const worth = Math.ceil(rate * Math.max(SHORTEST_RANGE, latency));
    this.smallest = Math.min(
      smallestRange,
      Math.max(smallestSlowRange, worth),
    );
  }

  advance(offset: number): void {
    this.#done = offset;
  }

  retire(): boolean {
    this.#isRetired = true;
    this.bodyEnd = this.#size;
    return true;
  }

  take(): Range | undefined {
    if (this.#isRetired || this.#isAlone) return undefined;
    const rest = this.bodyEnd - this.#done;
    // The body keeps at least as much as the range takes.
    const half = Math.floor(rest / 2);
    if (half < this.smallest) return undefined;
    this.#rangeSize ??= rangeSizeFor(rest, 0, {
      ...this.#settings,
      smallestRange: this.smallest,
      parallel: this.#connections,
    });
    const length = Math.min(this.#rangeSize, half);
    this.bodyEnd -= length;
    return [this.bodyEnd, length];
  }
}
