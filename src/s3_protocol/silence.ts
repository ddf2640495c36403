/** What a request ends with that has been silent too long. */
export class SilenceError extends Error {
  /** The name of its class. */
  override readonly name = "SilenceError";
  /** As for a socket that timed out. */
  readonly code = "ETIMEDOUT";

  /** @param timeout The milliseconds that passed without a byte. */
  constructor(timeout: number) {
    super(`no byte for ${timeout} ms`);
  }
}

/** Ends a request whose server says nothing for too long, or that is aborted. */
export class Silence {
  readonly #controller = new AbortController();
  readonly #source: AbortSignal;
  readonly #timeout: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = performance.now();

  /**
   * Begins to listen.
   *
   * @param source Fires when the request is to stop for another reason.
   * @param timeout Milliseconds of silence that are too long.
   */
  constructor(source: AbortSignal, timeout: number) {
    this.#source = source;
    this.#timeout = timeout;
    source.addEventListener("abort", this.#onAbort);
    if (source.aborted) this.#onAbort();
    else this.#timer = setTimeout(this.#onTimer, timeout);
  }

  /** Fires when the request is to end; its reason is what it ends with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says that a byte went or came, or that it is the server's turn again. */
  break(): void {
    this.#since = performance.now();
  }

  /** Says that it is not the server that is waited for. */
  pause(): void {
    this.#since = Infinity;
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

  // One timer that looks at the clock: one for each byte would cost more than the byte.
  readonly #onTimer = (): void => {
    const left = this.#since + this.#timeout - performance.now();
    if (left > 0) {
      this.#timer = setTimeout(this.#onTimer, Math.min(left, this.#timeout));
      return;
    }
    this.end();
    this.#controller.abort(new SilenceError(this.#timeout));
  };
}
