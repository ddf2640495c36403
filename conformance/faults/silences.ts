import type { Span } from "../checks/spans.ts";

/** Services take this long to answer at times: nothing shorter is kept. */
const SHORTEST_MS = 50;

/** The times in which a proxy has waited for the service while a store waited for both. */
export class Silences {
  readonly #spans: Span[] = [];

  /** Those so far; of what goes on nobody knows yet. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** One has ended now. @param from When it began. */
  add(from: number): void {
    const to = performance.now();
    if (to - from >= SHORTEST_MS) this.#spans.push({ from, to });
  }
}
