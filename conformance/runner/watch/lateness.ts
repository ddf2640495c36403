import type { Span } from "../../checks/spans.ts";

// Taken at once, so that a store that replaces the globals cannot stop the kit's clock.
const { setTimeout, clearTimeout } = globalThis;
const TICK_MS = 50;
/**
 * Turns of the event loop behind each tick. A request takes a dozen of them where store, proxy and
 * service are in one process: one that is run often, but each time for a moment, comes to its timers
 * nearly in time, and gets nothing done.
 */
const TURNS = 4;
/** As late comes a tick of a machine that has other things to do as well. */
const USUAL_MS = 25;
/** As late comes the last of the turns behind it. */
const USUAL_TURNS_MS = 60;
/** So many are kept: the latest, as a case asks for its own. */
const MOST_KEPT = 1_000;

/**
 * Watches for times in which this process was not run, or hardly: a tick that
 * comes late says that nothing has been done in time, neither by the kit nor by
 * a store in it, and that timers which fire afterwards are not the service's
 * doing.
 */
export class Lateness {
  readonly #spans: Span[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to watch. */
  constructor() {
    this.#wait();
  }

  /** The times in which nothing has run, or next to nothing. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** Ends watching. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const began = performance.now();
    this.#turn(TICK_MS, () => {
      const isLate = performance.now() - began > TICK_MS + USUAL_MS;
      this.#finish(TURNS, { began, isLate });
    });
  }

  #finish(turns: number, tick: { began: number; isLate: boolean }): void {
    if (turns > 0) return this.#turn(0, () => this.#finish(turns - 1, tick));
    const to = performance.now();
    const areLate = to - tick.began > TICK_MS + USUAL_TURNS_MS;
    // Nothing has been done in time either between the tick before and when this one was due.
    if (tick.isLate || areLate) this.#spans.push({ from: tick.began, to });
    if (this.#spans.length > MOST_KEPT) this.#spans.shift();
    this.#wait();
  }

  #turn(ms: number, next: () => void): void {
    this.#timer = setTimeout(next, ms);
  }
}
