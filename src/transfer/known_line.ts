/** Milliseconds for which a line counts as it was measured: then it is measured anew. */
const LIFETIME = 30_000;

/** Options of a {@linkcode KnownLine}. */
export interface KnownLineOptions {
  /** Tells the time in milliseconds. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * The rate of one connection to the service, as a download of this store has found it: the next one need
 * not find it out. Downloads that run side by side share the line, so that nothing is learnt from
 * them, and they have connections enough.
 */
export class KnownLine {
  readonly #now: () => number;
  #running = 0;
  #isShared = false;
  #rate = 0;
  #measuredAt = 0;

  /** @param options The clock. */
  constructor({ now = () => performance.now() }: KnownLineOptions = {}) {
    this.#now = now;
  }

  /** Bytes per millisecond that the one download under way can count on; 0 if that is not known. */
  get rate(): number {
    const isFresh = this.#now() - this.#measuredAt < LIFETIME;
    return isFresh && !this.#isShared ? this.#rate : 0;
  }

  /** Says what a download has measured, in bytes per millisecond. */
  learn(rate: number): void {
    if (this.#isShared) return;
    this.#rate = rate;
    this.#measuredAt = this.#now();
  }

  /**
   * Runs a download.
   *
   * @param download Receives it.
   */
  async run(download: () => Promise<void>): Promise<void> {
    this.#running++;
    this.#isShared ||= this.#running > 1;
    try {
      await download();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#isShared = false;
    }
  }
}
