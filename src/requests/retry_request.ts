import { StoreFailure } from "../driver.ts";
import { isTransient } from "../errors.ts";
import { AnswerFailure } from "./answer_failure.ts";
import { SilentFailure } from "./idle_timeout.ts";

/** Options of {@linkcode retryRequest}. */
export interface RetryRequestOptions {
  /** The most times that the request is sent, the first time included. @default {3} */
  readonly maxAttempts?: number;
  /** The first wait in milliseconds, before jitter; each further one is twice as long. @default {200} */
  readonly minTimeout?: number;
  /** The longest wait in milliseconds; a service that wants a longer one is not asked again. @default {10000} */
  readonly maxTimeout?: number;
  /** Ends waits and attempts, with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request again after a failure that is worth it: a
 * {@linkcode StoreFailure} with code `TRANSIENT`. It waits as the service asks
 * (`Retry-After`), or a random time that grows. A request that was silent has
 * waited enough, and is not sent again.
 *
 * It is for one request of an operation, inside a driver, and not for a whole
 * transfer: that is what `withRetry()` of the entry `.` is for, and both
 * together multiply, so keep `maxAttempts` low. Repeat only what does no harm
 * twice: a body that is a stream has been read, so make it anew in each attempt;
 * a commit whose answer was lost may have happened, so look at what is stored
 * before it is sent again.
 *
 * @typeParam T What the request gives.
 * @param send Sends the request; called with the number of the attempt, from 1.
 * @param options How often, and how long to wait.
 * @returns What the first attempt that succeeded gave.
 * @throws What the last attempt threw, or the signal's reason.
 * @throws {RangeError} If a number is not right.
 *
 * @example
 * ```ts
 * import { AnswerFailure, explainFetchError, retryRequest } from "@storekit/object-store/driver";
 *
 * export function getSize(url: string, signal: AbortSignal): Promise<number> {
 *   return retryRequest(async () => {
 *     const answer = await fetch(url, { method: "HEAD", signal })
 *       .catch(async (error) => { throw await explainFetchError(error, url, { signal }); });
 *     if (!answer.ok) throw new AnswerFailure(answer);
 *     return Number(answer.headers.get("content-length"));
 *   }, { signal });
 * }
 * ```
 */
export async function retryRequest<T>(
  send: (attempt: number) => Promise<T>,
  options: RetryRequestOptions = {},
): Promise<T> {
  const { maxAttempts = 3, minTimeout = 200, maxTimeout = 10_000, signal } =
    options;
  check({ maxAttempts, minTimeout, maxTimeout });
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await send(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= maxAttempts || !isWorthIt(error)) throw error;
      const wait = findWait(error) ??
        Math.random() * Math.min(maxTimeout, minTimeout * 2 ** (attempt - 1));
      if (wait > maxTimeout) throw error;
      await sleep(wait, signal);
    }
  }
}

function check(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    const isRight = name === "maxAttempts"
      ? Number.isInteger(value) && value >= 1
      : value >= 0 && value < 2 ** 31;
    if (isRight) continue;
    throw new RangeError(
      `Cannot retry a request as '${name}' must be a ${
        name === "maxAttempts" ? "positive integer" : "number of milliseconds"
      }: current value is ${value}`,
    );
  }
}

function isWorthIt(error: unknown): boolean {
  if (error instanceof SilentFailure) return false;
  return error instanceof StoreFailure
    ? error.code === "TRANSIENT"
    : isTransient(error);
}

function findWait(error: unknown): number | undefined {
  return error instanceof AnswerFailure ? error.retryAfter : undefined;
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}
