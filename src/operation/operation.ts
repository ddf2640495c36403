import { rememberCallerError } from "./caller_error.ts";

/** One operation of a store: its signal, and what ended it first. */
export class Operation {
  readonly #controller = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  readonly #failed = Promise.withResolvers<never>();
  #failure: { readonly error: unknown } | undefined;

  /** @param callerSignal The caller's, which is not aborted yet. */
  constructor(callerSignal: AbortSignal | undefined) {
    this.#callerSignal = callerSignal;
    this.#failed.promise.catch(() => {});
    callerSignal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.failByCaller(this.#callerSignal?.reason);
  };

  /** Fires when the operation is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the operation rejects with, whatever else fails because of it. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Ends the operation with this error, unless it has failed already. */
  fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#failed.reject(error);
    this.#controller.abort(error);
  }

  /** As {@linkcode Operation.fail}, with an error of the caller's own: it is never tried again (clause 30). */
  failByCaller(error: unknown): void {
    rememberCallerError(error);
    this.fail(error);
  }

  /** Throws if the operation has failed. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits for a promise, but not longer than until the operation fails. */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([this.#failed.promise, promise]);
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
