import type { Span } from "../checks/spans.ts";

/** The times in which a proxy broke something. */
export class FaultTimes {
  readonly #spans: { from: number; to: number }[] = [];

  /** All of them; one that goes on has no end. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** One begins. @returns What ends it. */
  begin(): () => void {
    const span = { from: performance.now(), to: Infinity };
    this.#spans.push(span);
    return () => {
      span.to = Math.min(span.to, performance.now());
    };
  }
}
