import type { KnownLine } from "./known_line.ts";

/** Milliseconds between two looks. */
const INTERVAL = 10;
/** Milliseconds that a connection has to come up to its rate. */
const GRACE = 10;
/** A service that needed so many milliseconds to answer is far away, where no connection comes up to its rate soon. */
const FAR = 50;
/** Milliseconds after which the rate of a connection is known well enough. */
const SETTLED = 50;

/** Watches the connection that brings the first body of a download. */
export interface Watch {
  /** Resolves when it is too slow, or the watch has ended. */
  readonly over: Promise<void>;
  /** Resolves when its rate is known as well, or the watch has ended. */
  readonly settled: Promise<void>;
  /** Bytes per millisecond so far; 0 as long as nothing is known of it. */
  readonly rate: number;
  /** Says that further bytes have come. */
  add(bytes: number): void;
  /** Says that they are written, and the next ones waited for. */
  wait?(): void;
  /** Stops watching. Idempotent. */
  end(): void;
  /** Says what it has found, for later downloads. @param line The line. */
  teach(line: KnownLine): void;
}

/** Watches one connection and tells when it alone is too slow. */
export class ConnectionWatch implements Watch {
  readonly over: Promise<void>;
  readonly settled: Promise<void>;
  readonly #rate: number;
  readonly #began = performance.now();
  readonly #end: () => void;
  readonly #settle: () => void;
  #bytes = 0;
  #slowRate = 0;
  readonly #isFar: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to watch; to be ended.
   *
   * @param rate Bytes per second that are enough.
   * @param latency Milliseconds that the answer has taken.
   */
  constructor(rate: number, latency: number) {
    const over = Promise.withResolvers<void>();
    const settled = Promise.withResolvers<void>();
    this.over = over.promise;
    this.settled = settled.promise;
    this.#end = over.resolve;
    this.#settle = settled.resolve;
    this.#rate = rate / 1000;
    this.#isFar = latency > FAR;
    if (this.#isFar) this.#end();
    else this.#look();
  }

  get rate(): number {
    return this.#bytes / Math.max(1, this.#age);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#age < SETTLED) return;
    this.#settle();
    // Nobody has looked whether it is slow, and it is what all of them have.
    if (this.#isFar && this.rate < this.#rate) this.#slowRate ||= this.rate;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#end();
    this.#settle();
  }

  teach(line: KnownLine): void {
    if (this.#slowRate > 0) line.learnSlow(this.#slowRate);
  }

  get #age(): number {
    return performance.now() - this.#began;
  }

  #look(): void {
    const due = (this.#age - GRACE) * this.#rate;
    if (this.#bytes < due) {
      this.#slowRate = this.rate;
      return this.#end();
    }
    this.#timer = setTimeout(() => this.#look(), INTERVAL);
  }
}
