/**
 * Waits for a value, but no longer than until a signal is aborted. No listener
 * is left on the signal, and a later rejection of the value is handled.
 *
 * @param value What to wait for.
 * @param signal What ends the wait.
 * @returns The value.
 * @throws `signal.reason` If the signal is aborted first.
 */
export async function untilAborted<T>(
  value: T | PromiseLike<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return await value;

  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
  });
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted, value]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
