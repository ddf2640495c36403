import { abortable } from "@std/async/abortable";
import { retry, RetryError } from "@std/async/retry";
import { isCallerError } from "../operation/caller_error.ts";
import { isTransient } from "../errors.ts";
import { refuseOption } from "../refusal.ts";
import { checkRetryOptions, type RetryOptions } from "./options.ts";

export type { RetryOptions } from "./options.ts";

/**
 * Calls an operation until it succeeds, with growing waits, built on
 * `@std/async/retry`. It is tried again only after an
 * {@linkcode ObjectStoreTransientError}, also a subclass or another copy's;
 * any other failure is passed on at once, and when the attempts run out the
 * last failure itself, not a `RetryError` (clause 30).
 *
 * A transient failure that came after `options.signal` was aborted is answered
 * with `signal.reason`. The signal does not interrupt an attempt: give the
 * operation the same one.
 *
 * What the caller's own callback threw, or the caller's abort reason, is never
 * tried again, even if it is an `ObjectStoreTransientError`. This function
 * knows both from the stores of this package and from `withRetry()`; of
 * another store it only sees the class, so rather wrap that in `withRetry()`.
 *
 * @typeParam T What the operation resolves to.
 * @param operation What to do. It is called anew for each attempt, so it must
 * be safe to repeat, as every operation of a store is.
 * @param options Attempts, waits, signal and a hook.
 * @returns What the first successful attempt returned.
 * @throws {TypeError} If an argument is of the wrong type or an option is
 * unknown. The promise rejects; nothing is thrown synchronously.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example Ask a size, and try up to ten times
 * ```ts
 * import { ObjectStoreTransientError, retryTransient } from "@storekit/object-store";
 *
 * let asked = 0;
 * async function askSize(): Promise<number> {
 *   await Promise.resolve();
 *   if (++asked < 3) throw new ObjectStoreTransientError("Busy");
 *   return 42;
 * }
 *
 * const size = await retryTransient(askSize, { maxAttempts: 10, minTimeout: 1 });
 * if (size !== 42 || asked !== 3) throw new Error("Not as documented");
 * ```
 */
export async function retryTransient<T>(
  operation: () => T | Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  if (typeof operation !== "function") {
    throw refuseOption("retry", "operation", "be a function", operation);
  }
  const { onRetry, ...stdOptions } = checkRetryOptions(options);
  const { signal } = stdOptions;
  let attempts = 0;
  let lastError: unknown;
  let isHookError = false;

  async function attempt(): Promise<T> {
    if (attempts > 0 && onRetry && isTransient(lastError)) {
      try {
        const told = Promise.resolve(onRetry(lastError, attempts));
        await (signal ? abortable(told, signal) : told);
      } catch (error) {
        isHookError = true;
        throw error;
      }
    }
    attempts++;
    try {
      return await operation();
    } catch (error) {
      lastError = error;
      throw error;
    }
  }

  function isRetriable(error: unknown): boolean {
    return !isHookError && !signal?.aborted && isTransient(error) &&
      !isCallerError(error);
  }

  try {
    return await retry(attempt, { ...stdOptions, isRetriable });
  } catch (error) {
    if (isHookError) throw error;
    if (signal?.aborted && isTransient(error)) throw signal.reason;
    // Only the wrapping that `retry` adds is taken off: what the operation
    // threw is the last error anyway, and the reason may be of the same class.
    const isWrapping = error instanceof RetryError && error !== signal?.reason;
    throw isWrapping ? lastError : error;
  }
}
