/** A longer call holds up everything else too long, in milliseconds. */
const SLOW_MS = 5;
/** The number of calls that are made in the background after the first slow one, and the most after several. */
const FIRST_PATIENCE = 4;
const MOST_PATIENCE = 64;

/**
 * Says whether a file system had better be asked in the background. One that
 * answers at once, as nearly all do, is asked synchronously: through threads a
 * call takes several times as long (`bench --only=cold`). After a slow answer
 * the next calls are asynchronous: a few, as it may have been a module that was
 * loaded or another process, and twice as many each time the one after them is
 * slow again.
 */
export class Pace {
  #patience = 0;
  #next = FIRST_PATIENCE;

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
      if (performance.now() - began > SLOW_MS) {
        this.#patience = this.#next;
        this.#next = Math.min(2 * this.#next, MOST_PATIENCE);
      } else {
        this.#next = FIRST_PATIENCE;
      }
    }
  }
}
