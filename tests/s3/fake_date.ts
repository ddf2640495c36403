/** Stops the clock of `Date`, so that two signers sign at the same moment; timers go on. */
export class FakeDate implements Disposable {
  readonly #real = globalThis.Date;

  constructor(time = "2026-11-27T12:34:56.789Z") {
    const Real = this.#real;
    const now = new Real(time).getTime();
    globalThis.Date = class extends Real {
      constructor(...args: [] | ConstructorParameters<typeof Date>) {
        super(...(args.length === 0 ? [now] : args) as [number]);
      }

      static override now(): number {
        return now;
      }
    } as DateConstructor;
  }

  [Symbol.dispose](): void {
    globalThis.Date = this.#real;
  }
}
