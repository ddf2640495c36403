interface Timer {
  readonly id: number;
  readonly delay: number;
  run(): void;
}

/**
 * Stands in for the global timers until it is disposed of. A timer fires only
 * when a test says so, in order of its delay.
 */
export class FakeClock implements Disposable {
  readonly #real = { setTimeout, clearTimeout };
  readonly #timers = new Map<number, Timer>();
  #onTimer = Promise.withResolvers<void>();
  #lastId = 0;

  constructor() {
    globalThis.setTimeout = this.#setTimeout as unknown as typeof setTimeout;
    globalThis.clearTimeout = (id) => {
      this.#timers.delete(id as unknown as number);
    };
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }

  /** How many timers wait. */
  get size(): number {
    return this.#timers.size;
  }

  /** Resolves to the delay of the first timer, as soon as there is one. */
  async nextDelay(): Promise<number> {
    while (this.size === 0) await this.#onTimer.promise;
    return this.#first().delay;
  }

  /** Fires the first timer. */
  fire(): void {
    const timer = this.#first();
    this.#timers.delete(timer.id);
    timer.run();
  }

  /** Fires timers until the promise has settled; resolves to their delays. */
  async run(promise: Promise<unknown>): Promise<number[]> {
    const delays: number[] = [];
    let isSettled = false;
    const settled = promise.catch(() => {}).then(() => {
      isSettled = true;
    });
    for (;;) {
      const delay = await Promise.race([settled, this.nextDelay()]);
      if (isSettled || delay === undefined) return delays;
      delays.push(delay);
      this.fire();
    }
  }

  #first(): Timer {
    const [first] = [...this.#timers.values()]
      .sort((a, b) => a.delay - b.delay || a.id - b.id);
    if (!first) throw new Error("Cannot fire a timer as none is set");
    return first;
  }

  #setTimeout = (
    callback: (...args: unknown[]) => void,
    delay = 0,
    ...args: unknown[]
  ): number => {
    const id = ++this.#lastId;
    this.#timers.set(id, { id, delay, run: () => callback(...args) });
    this.#onTimer.resolve();
    this.#onTimer = Promise.withResolvers();
    return id;
  };
}
