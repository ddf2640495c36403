import { rememberCallerError } from "../operation/caller_error.ts";
import { combineSignals } from "../operation/combined_signal.ts";
import { isTransient } from "../errors.ts";
import type { UploadOptions } from "../object_store.ts";
import { retryTransient } from "./retry_transient.ts";
import type { RetryOptions } from "./options.ts";
import { RetryProgress } from "./progress.ts";

/** One operation of a wrapped store, with all of its attempts. */
export interface RetryRun<O> {
  /** The options that each attempt is given instead of the caller's. */
  readonly options: O;
  /** Makes attempts until one succeeds or there is no point in another. */
  attempt<T>(operation: () => Promise<T>): Promise<T>;
  /** True if two signals are one for the attempts, until `release`. */
  readonly isCombined: boolean;
  /** Takes every listener off the caller's signals. Called at the end; idempotent. */
  release(): void;
}

/**
 * Prepares the attempts of one operation: the caller's signal and that of the
 * wrapper in one, and one count of progress for all. What is of the wrong type
 * is left as it is, for the inner store to refuse in its order of checks.
 *
 * @param options What the caller gave.
 * @param retryOptions What `withRetry()` was given.
 */
export function prepareRun<O extends UploadOptions | undefined>(
  options: O,
  retryOptions: RetryOptions,
): RetryRun<O> {
  if (options !== undefined && !isRecord(options)) {
    return {
      options,
      attempt: (operation) => operation(),
      isCombined: false,
      release() {},
    };
  }
  const { callback, signal: callerSignal }: UploadOptions = options ?? {};
  const progress = typeof callback === "function"
    ? new RetryProgress(callback)
    : undefined;
  const isRefused = callerSignal !== undefined &&
    !(callerSignal instanceof AbortSignal);
  const { signal, release } = isRefused
    ? combineSignals()
    : combineSignals(callerSignal, retryOptions.signal);

  async function attemptOnce<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (isTransient(error)) await progress?.settle(signal);
      throw error;
    }
  }

  return {
    options: copyOptions(options, {
      ...(progress && { callback: progress.report }),
      ...(signal && { signal }),
    }) as O,
    async attempt(operation) {
      try {
        // `retryTransient` looks at the signal first, a store at its arguments.
        if (signal?.aborted) return await operation();
        return await retryTransient(() => attemptOnce(operation), {
          ...retryOptions,
          ...(signal && { signal }),
        });
      } finally {
        if (signal?.aborted) rememberCallerError(signal.reason);
      }
    },
    isCombined: signal !== callerSignal && signal !== retryOptions.signal,
    release,
  };
}

/**
 * Copies options with all that they inherit, such as the getters of a class. What is not the
 * object's own is not enumerable in the copy, so that a store which refuses unknown options
 * refuses the same ones as without the wrapper.
 */
function copyOptions(
  options: UploadOptions = {},
  changed: UploadOptions,
): UploadOptions {
  const copy: Record<string, unknown> = { ...options, ...changed };
  const given = options as Readonly<Record<string, unknown>>;
  let ancestor: unknown = Object.getPrototypeOf(options);
  while (ancestor && ancestor !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(ancestor)) {
      if (name === "constructor" || Object.hasOwn(copy, name)) continue;
      Object.defineProperty(copy, name, { value: given[name] });
    }
    ancestor = Object.getPrototypeOf(ancestor);
  }
  return copy;
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
