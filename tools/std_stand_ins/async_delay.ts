/**
 * Stands in for `@std/async/delay` where JSR cannot be reached.
 *
 * @module
 */

/** Options for {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The longest wait a timer can hold; a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds; a wait of any length, `Infinity` included, is kept. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);

  return new Promise((resolve, reject) => {
    const cancel = startTimer(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function startTimer(ms: number, onDone: () => void): () => void {
  const total = Math.trunc(Math.max(ms, 0) || 0);
  let timer: ReturnType<typeof setTimeout>;

  if (total <= LONGEST_TIMER) {
    timer = setTimeout(onDone, total);
  } else {
    const begin = Date.now();
    const next = (): void => {
      const left = total - (Date.now() - begin);
      timer = left > LONGEST_TIMER
        ? setTimeout(next, LONGEST_TIMER)
        : setTimeout(onDone, left);
    };
    next();
  }
  return () => clearTimeout(timer);
}
