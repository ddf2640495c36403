import { rememberCallerError } from "../operation/caller_error.ts";
import { combineSignals } from "../operation/combined_signal.ts";
import { isTransient } from "../errors.ts";
import type { UploadOptions } from "../object_store.ts";
import { retryTransient } from "./retry_transient.ts";
import type { RetryOptions } from "./options.ts";
import { RetryProgress } from "./progress.ts";

/** What one operation of a wrapped store needs for all of its attempts. */
export interface RetryRun<O> {
  /** What each attempt is given instead of the caller's options. */
  readonly options: O;
  /** Makes attempts until one succeeds or there is no point in another. */
  attempt<T>(operation: () => Promise<T>): Promise<T>;
  /** Takes every listener off the caller's signals. Called once, at the end. */
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
    return { options, attempt: (operation) => operation(), release() {} };
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
    options: {
      ...options,
      ...readInherited(options),
      ...(progress && { callback: progress.report }),
      ...(signal && { signal }),
    } as O,
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
    release,
  };
}

const NAMES = ["overwrite", "callback", "signal"] as const;

/** What a spread does not copy: options that a prototype or a getter of a class has. */
function readInherited(options: object | undefined): Record<string, unknown> {
  const given = options as Record<string, unknown> | undefined;
  return Object.fromEntries(
    NAMES.map((name) => [name, given?.[name]] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
