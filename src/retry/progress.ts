import { abortable } from "@std/async/abortable";
import { rememberCallerError } from "../operation/caller_error.ts";
import type { TransferCallback } from "../object_store.ts";

/**
 * Makes one count out of those of several attempts (clauses 18 to 20): a new
 * attempt is silent until it passes what was reported before, `(total, total)`
 * comes once, and no call begins while one of an earlier attempt is pending.
 */
export class RetryProgress {
  readonly #callback: TransferCallback;
  #highest = -1;
  #completedTotal: number | undefined;
  #pending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param callback The caller's. */
  constructor(callback: TransferCallback) {
    this.#callback = callback;
  }

  /** The callback that the inner store calls instead of the caller's, in every attempt. */
  readonly report: TransferCallback = (bytesTransferred, totalBytes) => {
    if (bytesTransferred === totalBytes) {
      if (this.#completedTotal === totalBytes) return;
      this.#completedTotal = totalBytes;
    } else if (bytesTransferred <= this.#highest) {
      // A smaller object that replaced a larger one is silent to its end: its
      // capped count would say `(total, total)` too early.
      return;
    }
    this.#highest = bytesTransferred;

    const callback = this.#callback;
    let result: void | Promise<void>;
    try {
      result = callback(bytesTransferred, totalBytes);
    } catch (error) {
      this.#fail(error);
    }
    return isThenable(result) ? this.#track(result) : undefined;
  };

  /**
   * Waits for a call that is still in progress when an attempt has failed.
   *
   * @param signal What ends the wait.
   * @throws What the callback threw, in whichever attempt, or `signal.reason`.
   */
  async settle(signal: AbortSignal | undefined): Promise<void> {
    if (this.#pending) {
      await (signal ? abortable(this.#pending, signal) : this.#pending);
    }
    if (this.#failure) throw this.#failure.error;
  }

  #track(result: PromiseLike<void>): Promise<void> {
    const pending = Promise.resolve(result)
      .catch((error) => this.#fail(error))
      .finally(() => {
        if (this.#pending === pending) this.#pending = undefined;
      });
    // The inner store may have settled meanwhile; then nobody else handles this rejection.
    pending.catch(() => {});
    this.#pending = pending;
    return pending;
  }

  #fail(error: unknown): never {
    rememberCallerError(error);
    this.#failure = { error };
    throw error;
  }
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof (value as PromiseLike<void> | undefined)?.then === "function";
}
