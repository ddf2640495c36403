import type { Watch } from "./connection_watch.ts";
import { type KnownLine, LOOKS, type Measurement } from "./known_line.ts";

/** Milliseconds between two looks. */
const INTERVAL = 10;
/** Milliseconds by which a look may be late. On a quiet machine it is one; where others have the processor it is tens of them, and bytes come as slowly as over a slow line. */
const LATENESS = 10;
/** The share of its time that the reader has to wait for bytes: otherwise it is the disk that is slow. */
const LEAST_WAITING = 0.5;

/** Options of a {@linkcode LineWatch}. */
export interface LineWatchOptions {
  /** Tells the time in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * Watches the connection that brings an object which is not large, and tells its rate once it is certain
 * that the rate is the line's: for a while the reader has waited for bytes, and this process had
 * the processor whenever it wanted it. A loaded machine looks like a slow line in all but that.
 */
export class LineWatch implements Watch {
  readonly over: Promise<void>;
  readonly #now: () => number;
  readonly #end: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looks = 0;
  #due = 0;
  /** The time of the first bytes since the last look that was late. */
  #began: number | undefined;
  #last = 0;
  #waitingSince = 0;
  #waited = 0;
  #bytes = 0;
  #rate = 0;
  #measured: Measurement | undefined;

  /**
   * Begins to watch; to be ended.
   *
   * @param options The clock.
   */
  constructor(
    { now = () => performance.now() }: LineWatchOptions = {},
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#end = resolve;
    this.#now = now;
    this.#plan();
  }

  get settled(): Promise<void> {
    return this.over;
  }

  get rate(): number {
    return this.#rate;
  }

  /** The rate that it has seen, also where it has ended before that was certain; `undefined` if nothing says what the line is like. */
  get measured(): Measurement | undefined {
    return this.#measured;
  }

  add(bytes: number): void {
    const now = this.#now();
    this.#last = now;
    if (this.#began === undefined) {
      // These may have waited for somebody to read them.
      this.#began = now;
      this.#looks = this.#waited = this.#bytes = 0;
      return;
    }
    this.#bytes += bytes;
    this.#waited += now - this.#waitingSince;
  }

  teach(line: KnownLine): void {
    if (this.#measured) line.learn(this.#measured);
  }

  wait(): void {
    this.#waitingSince = this.#now();
  }

  end(): void {
    clearTimeout(this.#timer);
    const isLate = this.#now() - this.#due >= LATENESS;
    if (this.#looks > 0 && !isLate) this.#measured ??= this.#measure();
    this.#end();
  }

  #measure(): Measurement | undefined {
    if (this.#began === undefined) return undefined;
    const time = this.#last - this.#began;
    const isLine = this.#bytes > 0 && this.#waited >= LEAST_WAITING * time;
    return isLine && time > 0
      ? { rate: this.#bytes / time, looks: this.#looks }
      : undefined;
  }

  #plan(): void {
    this.#due = this.#now() + INTERVAL;
    this.#timer = setTimeout(() => this.#look(), INTERVAL);
  }

  #look(): void {
    if (this.#now() - this.#due >= LATENESS) this.#began = undefined;
    this.#looks++;
    if (this.#began !== undefined && this.#looks >= LOOKS) {
      this.#measured = this.#measure();
      if (this.#measured) {
        this.#rate = this.#measured.rate;
        return this.#end();
      }
      this.#began = undefined;
    }
    this.#plan();
  }
}
