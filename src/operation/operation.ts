import { rememberCallerError } from "./caller_error.ts";

/** One operation of a store: its signal, and what ended it first. */
export class Operation {
  readonly #controller = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  readonly #waiting = new Set<(error: unknown) => void>();
  #failure: { readonly error: unknown } | undefined;

  /** @param callerSignal The caller's, which is not aborted yet. */
  constructor(callerSignal: AbortSignal | undefined) {
    this.#callerSignal = callerSignal;
    callerSignal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.failByCaller(this.#callerSignal?.reason);
  };

  /** Fires when the operation is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error that the operation rejects with, whatever else fails because of it. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Ends the operation with this error, unless it has failed already. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#controller.abort(error);
  }

  /** Ends the operation with an error of the caller's own: it is never tried again (clause 30). */
  failByCaller(error: unknown): void {
    rememberCallerError(error);
    this.fail(error);
  }

  /** Throws if the operation has failed. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /**
   * Waits for a promise, but not longer than until the operation fails. Nothing is kept of a
   * promise that has settled: `Promise.race()` with one that lives as long as the operation would
   * keep a reaction for each call, 400 bytes for each name of a listing.
   */
  race<T>(promise: Promise<T>): Promise<T> {
    if (this.#failure) {
      promise.catch(() => {});
      return Promise.reject(this.#failure.error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      promise.then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** Waits for something local, whose error ends the operation as it is. */
  async local<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Takes the listener off the caller's signal. */
  end(): void {
    this.#callerSignal?.removeEventListener("abort", this.#onAbort);
  }
}
