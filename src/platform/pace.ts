/** A longer call holds up everything else too long, in milliseconds. */
const SLOW_MS = 5;
/** The number of calls that are made in the background after one that was slow. */
const PATIENCE = 64;

/**
 * Says whether a file system had better be asked in the background. One that
 * answers at once, as nearly all do, is asked synchronously: through threads a
 * call takes several times as long (`bench --only=cold`). After a slow answer
 * the next calls are asynchronous.
 */
export class Pace {
  #patience = 0;

  /**
   * Makes a call in the way that suits.
   *
   * @param now The synchronous one.
   * @param later The asynchronous one.
   */
  async call<T>(now: () => T, later: () => Promise<T>): Promise<T> {
    return this.isSlow() ? await later() : this.measure(now);
  }

  /** Tells whether the next call should be asynchronous. Each answer counts as one call. */
  isSlow(): boolean {
    if (this.#patience === 0) return false;
    this.#patience--;
    return true;
  }

  /** Makes a synchronous call, and remembers whether it was slow. */
  measure<T>(now: () => T): T {
    const began = performance.now();
    try {
      return now();
    } finally {
      if (performance.now() - began > SLOW_MS) this.#patience = PATIENCE;
    }
  }
}
