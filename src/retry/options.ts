import type { ObjectStoreTransientError } from "../errors.ts";
import { refuseOption, refuseUnknown } from "../refusal.ts";

/** Options for `retryTransient()` and `withRetry()`; but for `onRetry` those of `@std/async/retry`, with its defaults. */
export interface RetryOptions {
  /**
   * The most times that the operation is tried, the first time included.
   *
   * @default {5}
   */
  maxAttempts?: number;
  /**
   * The first wait in milliseconds, before jitter. With the default jitter the
   * wait is anything from 0 to this.
   *
   * @default {1000}
   */
  minTimeout?: number;
  /**
   * The longest wait in milliseconds; at least `minTimeout`.
   *
   * @default {60000}
   */
  maxTimeout?: number;
  /**
   * The factor by which the wait grows from one attempt to the next, at least 1.
   *
   * @default {2}
   */
  multiplier?: number;
  /**
   * The share of each wait that is left to chance, from 0 (none) to 1 (all).
   *
   * @default {1}
   */
  jitter?: number;
  /**
   * Ends it: before an attempt and during a wait at once, with
   * `signal.reason` itself.
   *
   * @default {undefined}
   */
  signal?: AbortSignal;
  /**
   * Called after the wait, right before each new attempt, and awaited. What it
   * throws ends it: no further attempt, and that very error.
   *
   * @param error Why the last attempt failed.
   * @param attempt The number of the attempt that failed, from 1; the one
   * that is about to begin is `attempt + 1`.
   * @default {undefined}
   */
  onRetry?: (
    error: ObjectStoreTransientError,
    attempt: number,
  ) => void | Promise<void>;
}

interface Rule {
  readonly text: string;
  holds(value: number): boolean;
}

/** The rules of `@std/async/retry`, which tells of a broken one only when an operation runs. */
const NUMBER_RULES: Readonly<Record<string, Rule>> = {
  maxAttempts: {
    text: "be a positive integer",
    holds: (value) => Number.isInteger(value) && value >= 1,
  },
  multiplier: {
    text: "be a finite number >= 1",
    holds: (value) => Number.isFinite(value) && value >= 1,
  },
  maxTimeout: { text: "be a positive number", holds: (value) => value > 0 },
  minTimeout: { text: "be >= 0", holds: (value) => value >= 0 },
  jitter: {
    text: "be between 0 and 1",
    holds: (value) => value >= 0 && value <= 1,
  },
};

const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(NUMBER_RULES),
  "signal",
  "onRetry",
]);

/**
 * Checks the options of a retry and copies them, so that a later change of
 * the caller's object does not matter.
 *
 * @param options What the caller gave.
 * @returns A copy without members that are `undefined`.
 * @throws {TypeError} If an option is unknown or of the wrong type.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkRetryOptions(options: unknown): RetryOptions {
  if (typeof options !== "object" || options === null) {
    throw refuseOption("retry", "options", "be an object", options);
  }
  refuseUnknown("retry", options, NAMES);
  const given = [...NAMES]
    .map((name) => [name, (options as Record<string, unknown>)[name]] as const)
    .filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkOption(name, value);

  const copy: RetryOptions = Object.fromEntries(given);
  const { minTimeout = 1000, maxTimeout = 60_000 } = copy;
  if (minTimeout > maxTimeout) {
    throw new RangeError(
      `Cannot retry as 'minTimeout' must be <= 'maxTimeout': current values 'minTimeout=${minTimeout}', 'maxTimeout=${maxTimeout}'`,
    );
  }
  return copy;
}

function checkOption(name: string, value: unknown): void {
  const rule = NUMBER_RULES[name];
  if (rule) return checkNumber(name, value, rule);
  if (name === "signal" && !(value instanceof AbortSignal)) {
    throw refuseOption("retry", name, "be an AbortSignal", value);
  }
  if (name === "onRetry" && typeof value !== "function") {
    throw refuseOption("retry", name, "be a function", value);
  }
}

function checkNumber(name: string, value: unknown, rule: Rule): void {
  if (typeof value !== "number") {
    throw refuseOption("retry", name, "be a number", value);
  }
  if (!rule.holds(value)) {
    throw refuseOption("retry", name, rule.text, value, RangeError);
  }
}
