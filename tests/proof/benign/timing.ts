import { setImmediate, setTimeout } from "node:timers/promises";
import type { Call, CallDetails } from "../reference/call.ts";
import {
  MemoryBacking,
  MemoryObjectStore,
  memoryPlace,
} from "../reference/memory_store.ts";
import { PoweredReferenceStore } from "../reference/powered_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

const MIB = 2 ** 20;

/** Lets others run before and after everything that it waits for. */
class Yielding extends MemoryObjectStore {
  protected override async raceAbort<T>(
    call: Call,
    promise: Promise<T>,
  ): Promise<T> {
    const waited = promise.then(async (value) => {
      await setImmediate();
      await Promise.resolve();
      return value;
    });
    await setImmediate();
    return await super.raceAbort(call, waited);
  }

  protected override async tell(call: Call, bytes: number): Promise<void> {
    await setImmediate();
    await super.tell(call, bytes);
    await setImmediate();
    this.checkAborted(call);
  }
}

/** Every answer takes 10 ms. */
class Slow extends PoweredReferenceStore {
  protected override get chunkSize(): number {
    return MIB;
  }

  protected override async raceAbort<T>(
    call: Call,
    promise: Promise<T>,
  ): Promise<T> {
    const late = promise.then(async (value) => {
      await setTimeout(10);
      return value;
    });
    return await super.raceAbort(call, late);
  }
}

/** At most four operations are under way; others wait, but not for an abort. */
class FourAtOnce extends MemoryObjectStore {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  protected override async run<T>(
    call: Call,
    action: () => Promise<T>,
  ): Promise<T> {
    return await super.run(call, () => this.#inTurn(call, action));
  }

  async #inTurn<T>(call: Call, action: () => Promise<T>): Promise<T> {
    if (this.#running < 4) this.#running++;
    else await this.#waitForTurn(call);
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  async #waitForTurn(call: Call): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await call.race(promise);
    } catch (error) {
      const index = this.#waiting.indexOf(resolve);
      if (index >= 0) this.#waiting.splice(index, 1);
      // The turn had been given already: it goes to the next one.
      else this.#pass();
      throw error;
    }
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}

/** Learns of the caller's abort through a signal of its own. */
class OwnSignal extends MemoryObjectStore {
  protected override makeCall(details: CallDetails): Call {
    const { signal, ...options } = details.options;
    if (!signal) return super.makeCall(details);
    const own = AbortSignal.any([signal]);
    return super.makeCall({ ...details, options: { ...options, signal: own } });
  }
}

/** Forty milliseconds pass before it is closed. */
class ClosesLate extends MemoryObjectStore {
  protected override async doClose(): Promise<void> {
    await super.doClose();
    await setTimeout(40);
  }
}

/** Correct stores with a timing of their own. */
export const timingVariants: readonly Variant[] = [
  makeVariant({
    name: "yielding",
    description: "lets the event loop run between all steps",
    open: (ctx) => new Yielding(ctx),
  }),
  makeVariant({
    name: "delays",
    description: "every answer takes 10 ms",
    open: (ctx) => new Slow(new MemoryBacking(memoryPlace(ctx)), ctx.prefix),
    members: { limits: { progressGranularity: MIB } },
  }),
  makeVariant({
    name: "four-at-once",
    description: "has at most four operations under way",
    open: (ctx) => new FourAtOnce(ctx),
  }),
  makeVariant({
    name: "own-signal",
    description: "listens to AbortSignal.any() of the caller's signal",
    open: (ctx) => new OwnSignal(ctx),
  }),
  makeVariant({
    name: "closes-late",
    description: "close() takes 40 ms",
    open: (ctx) => new ClosesLate(ctx),
  }),
];
