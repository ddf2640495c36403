/**
 * Stands in for `@std/async/retry` (1.5) where JSR cannot be reached.
 *
 * @module
 */

import { delay } from "./async_delay.ts";

/** Options for {@linkcode retry}. */
export interface RetryOptions {
  /** What the wait grows by from one attempt to the next, at least 1. @default {2} */
  multiplier?: number;
  /** The longest wait between two attempts, in milliseconds. @default {60000} */
  maxTimeout?: number;
  /** How often the function is called at most. @default {5} */
  maxAttempts?: number;
  /** The first wait, in milliseconds, before jitter. @default {1000} */
  minTimeout?: number;
  /** The share of the wait that is left to chance, 0 to 1. @default {1} */
  jitter?: number;
  /** Whether a failure is worth another attempt. @default {() => true} */
  isRetriable?: (err: unknown) => boolean;
  /** Looked at before each attempt, and ends a wait. */
  signal?: AbortSignal;
}

/** Thrown when the attempts have run out; `cause` is the last failure. */
export class RetryError extends Error {
  /** Wraps the last failure of `attempts` attempts. */
  constructor(cause: unknown, attempts: number) {
    super(`Retrying exceeded the maxAttempts (${attempts}).`);
    this.name = "RetryError";
    this.cause = cause;
  }
}

/**
 * Calls `fn` until it succeeds, at most `maxAttempts` times, with growing waits.
 *
 * @throws {RangeError} If an option is out of its range.
 * @throws {RetryError} If the last attempt failed as well.
 */
export async function retry<T>(
  fn: (() => Promise<T>) | (() => T),
  options?: RetryOptions,
): Promise<T> {
  const {
    multiplier = 2,
    maxTimeout = 60_000,
    maxAttempts = 5,
    minTimeout = 1_000,
    jitter = 1,
    isRetriable = () => true,
    signal,
  } = options ?? {};
  checkRanges({ multiplier, maxTimeout, maxAttempts, minTimeout, jitter });

  for (let attempt = 0;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await fn();
    } catch (error) {
      if (!isRetriable(error)) throw error;
      if (attempt + 1 >= maxAttempts) throw new RetryError(error, maxAttempts);
    }
    const backoff = Math.min(maxTimeout, minTimeout * multiplier ** attempt);
    await delay(
      (1 - jitter * Math.random()) * backoff,
      signal ? { signal } : undefined,
    );
  }
}

type Ranges = Required<Omit<RetryOptions, "isRetriable" | "signal">>;

function checkRanges(options: Ranges): void {
  const { multiplier, maxTimeout, maxAttempts, minTimeout, jitter } = options;

  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    refuse("maxAttempts", "be a positive integer", maxAttempts);
  }
  if (!Number.isFinite(multiplier) || multiplier < 1) {
    refuse("multiplier", "be a finite number >= 1", multiplier);
  }
  if (Number.isNaN(maxTimeout) || maxTimeout <= 0) {
    refuse("maxTimeout", "be a positive number", maxTimeout);
  }
  if (Number.isNaN(minTimeout) || minTimeout < 0) {
    refuse("minTimeout", "be >= 0", minTimeout);
  }
  if (minTimeout > maxTimeout) {
    throw new RangeError(
      "Cannot retry as 'minTimeout' must be <= 'maxTimeout': current values " +
        `'minTimeout=${minTimeout}', 'maxTimeout=${maxTimeout}'`,
    );
  }
  if (Number.isNaN(jitter) || jitter < 0 || jitter > 1) {
    refuse("jitter", "be between 0 and 1", jitter);
  }
}

function refuse(name: string, rule: string, value: number): never {
  throw new RangeError(
    `Cannot retry as '${name}' must ${rule}: current value is ${value}`,
  );
}
