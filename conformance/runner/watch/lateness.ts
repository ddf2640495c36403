import type { Span } from "../../checks/spans.ts";

// Taken at once, so that a store that replaces the globals cannot stop the kit's clock.
const { setTimeout, clearTimeout } = globalThis;
const TICK_MS = 50;
/** As late comes a tick of a machine that has other things to do as well. */
const USUAL_MS = 25;
/** So many are kept: the latest, as a case asks for its own. */
const MOST_KEPT = 1_000;

/**
 * Watches for times in which this process was not run: a tick that comes late
 * says that nothing has, neither the kit nor a store in it, and that timers
 * which fire afterwards are not the service's doing.
 */
export class Lateness {
  readonly #spans: Span[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to watch. */
  constructor() {
    this.#wait();
  }

  /** The times in which nothing has run. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** Ends watching. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const from = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => {
      const to = performance.now();
      // Nothing has run either between the tick before and when this one was due.
      if (to - from > USUAL_MS) this.#spans.push({ from: from - TICK_MS, to });
      if (this.#spans.length > MOST_KEPT) this.#spans.shift();
      this.#wait();
    }, TICK_MS);
  }
}
