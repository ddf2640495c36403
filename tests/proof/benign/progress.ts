import { setTimeout } from "node:timers/promises";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { refuseLarger } from "./refuse_larger.ts";
import { makeVariant, type Variant } from "./variant.ts";

/** As many as are reported one by one in a reasonable time. */
const MOST = 500;
const MIB = 2 ** 20;

/** Tells of the end alone. */
class OnlyTheEnd extends MemoryObjectStore {
  protected override async report(): Promise<void> {}
}

/** Never tells 0, unless the object is empty. */
class NoZero extends MemoryObjectStore {
  protected override async report(call: Call, bytes: number): Promise<void> {
    if (bytes > 0) await super.report(call, bytes);
  }
}

/** Tells everything twice, but for an empty object. */
class Twice extends MemoryObjectStore {
  protected override async tell(call: Call, bytes: number): Promise<void> {
    await super.tell(call, bytes);
    if (call.total > 0) await super.tell(call, bytes);
  }
}

class EveryByte extends MemoryObjectStore {
  protected override async report(call: Call, bytes: number): Promise<void> {
    if (!call.options.callback) return;
    while (call.reported < bytes && call.reported < call.total - 1) {
      await super.report(call, call.reported + 1);
    }
  }

  protected override createObject(call: Call): Promise<NewObject> {
    refuseLarger(call, MOST);
    return super.createObject(call);
  }
}

/** Does not wait for the callback: while it is in progress, values are skipped. */
class Skipping extends MemoryObjectStore {
  readonly #telling = new WeakMap<Call, Promise<void>>();

  protected override report(call: Call, bytes: number): Promise<void> {
    if (!this.#telling.has(call)) {
      const telling = super.report(call, bytes);
      this.#telling.set(call, telling);
      // A failure of the callback has ended the call, and shows there.
      telling.catch(() => {}).then(() => this.#telling.delete(call));
    }
    this.checkAborted(call);
    return Promise.resolve();
  }

  protected override async finishReport(call: Call): Promise<void> {
    await this.#telling.get(call);
    await super.finishReport(call);
  }
}

/** Calls the callback from a timer, as one does who thins out the reports. */
class FromTimer extends MemoryObjectStore {
  protected override async tell(call: Call, bytes: number): Promise<void> {
    if (call.options.callback) await this.raceAbort(call, setTimeout(1));
    await super.tell(call, bytes);
  }

  protected override get chunkSize(): number {
    return MIB;
  }
}

/** Correct stores that report progress in their own way. */
export const progressVariants: readonly Variant[] = [
  makeVariant({
    name: "only-the-end",
    description: "calls back once, with (total, total)",
    shortOf: ["CB-5", "WRI-21"],
    open: (ctx) => new OnlyTheEnd(ctx),
  }),
  makeVariant({
    name: "no-zero",
    description: "does not report 0",
    open: (ctx) => new NoZero(ctx),
  }),
  makeVariant({
    name: "twice",
    description: "reports everything twice",
    open: (ctx) => new Twice(ctx),
  }),
  makeVariant({
    name: "every-byte",
    description: "reports every byte, up to 500",
    open: (ctx) => new EveryByte(ctx),
    members: { limits: { largestObject: MOST, progressGranularity: 1 } },
  }),
  makeVariant({
    name: "skipping",
    description: "goes on while the callback is in progress, and skips values",
    open: (ctx) => new Skipping(ctx),
  }),
  makeVariant({
    name: "from-timer",
    description: "calls back from a timer",
    open: (ctx) => new FromTimer(ctx),
    members: { limits: { progressGranularity: MIB } },
  }),
];
