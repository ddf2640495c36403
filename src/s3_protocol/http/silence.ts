/** The error that ends a request which has been silent too long. */
export class SilenceError extends Error {
  /** The name of its class. */
  override readonly name = "SilenceError";
  /** The code of a socket that timed out. */
  readonly code = "ETIMEDOUT";

  /** @param timeout The milliseconds that passed without a byte. */
  constructor(timeout: number) {
    super(`no byte for ${timeout} ms`);
  }
}

/** Into how many pieces a timeout is cut. */
const TICKS = 8;

/**
 * Ends a request whose server says nothing for too long, or that is aborted.
 *
 * It counts ticks in which nothing was heard, as a process that was held up
 * itself has to look at what has come meanwhile before it calls the server
 * silent: however long that was, it is one tick.
 */
export class Silence {
  readonly #controller = new AbortController();
  readonly #source: AbortSignal;
  readonly #timeout: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silentTicks = 0;
  #isPaused = false;
  #mostTicks = TICKS;

  /**
   * Begins to listen.
   *
   * @param source Fires when the request is to stop for another reason.
   * @param timeout Milliseconds of silence that are too long; at most an eighth more pass.
   */
  constructor(source: AbortSignal, timeout: number) {
    this.#source = source;
    this.#timeout = timeout;
    source.addEventListener("abort", this.#onAbort);
    if (source.aborted) this.#onAbort();
    else this.#timer = setTimeout(this.#onTick, timeout / TICKS);
  }

  /** Fires when the request is to end; its reason is what it ends with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds of silence that are too long. */
  get timeout(): number {
    return this.#timeout;
  }

  /** True if it was the source that has ended the request. */
  get isStopped(): boolean {
    return this.#source.aborted;
  }

  /** Says that a byte went or came, or that it is the server's turn again. */
  break(): void {
    this.#silentTicks = 0;
    this.#isPaused = false;
  }

  /** Says that it is not the server that is waited for. */
  pause(): void {
    this.#isPaused = true;
  }

  /**
   * Says that so long a silence would be no wonder: bytes were handed over
   * that are known to go slowly, and nobody tells when they have arrived.
   *
   * @param milliseconds Counts only if it is longer than the timeout.
   */
  tolerate(milliseconds: number): void {
    const ticks = Math.ceil(milliseconds / (this.#timeout / TICKS));
    this.#mostTicks = Math.max(TICKS, ticks);
  }

  /** Ends the request with an error of its own. */
  fail(error: unknown): void {
    this.end();
    this.#controller.abort(error);
  }

  /** Stops listening. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.end();
    this.#controller.abort(this.#source.reason);
  };

  // One timer that counts: one for each byte would cost more than the byte.
  readonly #onTick = (): void => {
    if (!this.#isPaused) this.#silentTicks++;
    if (this.#silentTicks <= this.#mostTicks) {
      this.#timer = setTimeout(this.#onTick, this.#timeout / TICKS);
      return;
    }
    this.fail(new SilenceError(this.#timeout));
  };
}
