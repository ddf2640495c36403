/** Milliseconds between two looks. */
const INTERVAL = 10;
/** Milliseconds that a connection has to come up to its rate. */
const GRACE = 10;
/** A service that needed so many milliseconds to answer is far away, where no connection comes up to its rate soon. */
const FAR = 50;

/** Watches one connection and tells when it alone is too slow. */
export class ConnectionWatch {
  /** Resolves when it is too slow, or has ended. */
  readonly over: Promise<void>;
  readonly #rate: number;
  readonly #began = performance.now();
  readonly #end: () => void;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to watch; to be ended.
   *
   * @param rate Bytes per second that are enough.
   * @param latency Milliseconds that the answer has taken.
   */
  constructor(rate: number, latency: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#end = resolve;
    this.#rate = rate / 1000;
    if (latency > FAR) this.#end();
    else this.#look();
  }

  /** Says that further bytes have come. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Stops watching. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#end();
  }

  #look(): void {
    const due = (performance.now() - this.#began - GRACE) * this.#rate;
    if (this.#bytes < due) return this.#end();
    this.#timer = setTimeout(() => this.#look(), INTERVAL);
  }
}
