import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const SLOTS = 64;

/** A store with 64 operations at once that does not give every slot back. */
function losingSlots(
  isLost: (call: Call, error: unknown) => boolean,
): new (ctx: HarnessContext) => MemoryObjectStore {
  return class extends MemoryObjectStore {
    #free = SLOTS;
    readonly #waiting: (() => void)[] = [];

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      return await super.run(call, () => this.#inSlot(call, action));
    }

    async #inSlot<T>(call: Call, action: () => Promise<T>): Promise<T> {
      if (this.#free > 0) this.#free--;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#waiting.push(resolve);
        await call.race(promise);
      }
      let result: T;
      try {
        result = await action();
      } catch (error) {
        if (!isLost(call, error)) this.#giveBack();
        throw error;
      }
      this.#giveBack();
      return result;
    }

    #giveBack(): void {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  };
}

/** Stores that failures wear out. */
export const slotMutants: readonly Mutant[] = [
  ofMemory({
    group: "slots",
    name: "con-loses-slots-of-missing",
    description: "each missing object takes away one of 64 slots for good",
    caughtBy: ["CON-10"],
    store: losingSlots((_, error) =>
      (error as { code?: unknown } | null)?.code === "OBJECT_NOT_FOUND"
    ),
  }),
  ofMemory({
    group: "slots",
    name: "con-loses-slots-of-aborted",
    description: "each aborted operation takes away one of 64 slots for good",
    subtle: true,
    caughtBy: ["CON-10"],
    store: losingSlots((call) => call.options.signal?.aborted === true),
  }),
];
