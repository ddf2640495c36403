/**
 * Stands in for `@std/async/abortable` where JSR cannot be reached.
 *
 * @module
 */

/**
 * Waits for a promise, but no longer than until a signal is aborted. The real one takes an
 * `AsyncIterable` as well, and takes for one whatever is no `Promise`.
 *
 * @throws `signal.reason` If the signal is aborted first.
 */
export async function abortable<T>(
  p: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted, p]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
