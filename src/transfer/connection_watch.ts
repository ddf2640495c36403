/** Milliseconds between two looks. */
const INTERVAL = 10;
/** Milliseconds that a connection has to come up to its rate. */
const GRACE = 10;
/** A service that needed so many milliseconds to answer is far away, where no connection comes up to its rate soon. */
const FAR = 50;
/** Milliseconds from its first bytes on for which a small object is watched at least: a connection begins slowly, and what is judged too early comes twice. */
const SHORTEST_WATCH = 150;
/** Milliseconds after which the rate of a connection is known well enough. */
const SETTLED = 50;

/** Options of a {@linkcode ConnectionWatch}. */
export interface ConnectionWatchOptions {
  /** True if the object is so small that only a known rate says whether it is worth further connections. @default {false} */
  readonly isSmall?: boolean;
}

/** Watches one connection and tells when it alone is too slow. */
export class ConnectionWatch {
  /** Resolves when it is too slow, or has ended. */
  readonly over: Promise<void>;
  /** Resolves when its rate is known as well, or it has ended. */
  readonly settled: Promise<void>;
  readonly #rate: number;
  readonly #isSmall: boolean;
  #began = performance.now();
  readonly #end: () => void;
  readonly #settle: () => void;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to watch; to be ended.
   *
   * @param rate Bytes per second that are enough.
   * @param latency Milliseconds that the answer has taken.
   * @param options The object's size.
   */
  constructor(
    rate: number,
    latency: number,
    { isSmall = false }: ConnectionWatchOptions = {},
  ) {
    const over = Promise.withResolvers<void>();
    const settled = Promise.withResolvers<void>();
    this.over = over.promise;
    this.settled = settled.promise;
    this.#end = over.resolve;
    this.#settle = settled.resolve;
    this.#rate = rate / 1000;
    this.#isSmall = isSmall;
    if (latency > FAR && !isSmall) this.#end();
    else this.#look();
  }

  /** Bytes per millisecond so far. */
  get rate(): number {
    return this.#bytes / Math.max(1, this.#age);
  }

  /** Says that further bytes have come. */
  add(bytes: number): void {
    if (this.#isSmall && this.#bytes === 0) this.#began = performance.now();
    this.#bytes += bytes;
    const shortest = this.#isSmall ? SHORTEST_WATCH : SETTLED;
    if (this.#age >= shortest) this.#settle();
  }

  /** Stops watching. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#end();
    this.#settle();
  }

  get #age(): number {
    return performance.now() - this.#began;
  }

  #look(): void {
    const age = this.#age;
    const isUnknown = this.#isSmall &&
      (this.#bytes === 0 || age < SHORTEST_WATCH);
    const due = (age - GRACE) * this.#rate;
    if (this.#bytes < due && !isUnknown) return this.#end();
    this.#timer = setTimeout(() => this.#look(), INTERVAL);
  }
}
