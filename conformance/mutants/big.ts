import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const PART = 100_000;

/** Stores that are wrong about big objects alone. */
export const bigMutants: readonly Mutant[] = [
  ofMemory({
    group: "big",
    name: "big-position-wraps",
    description: "positions beyond 16 MiB begin again at 0",
    subtle: true,
    caughtBy: ["BIG-1"],
    store: class extends MemoryObjectStore {
      protected override writeChunk(
        temporary: Temporary,
        bytes: Uint8Array,
        position: number,
      ): Promise<void> {
        return super.writeChunk(temporary, bytes, position % 2 ** 24);
      }
    },
  }),
  ofMemory({
    group: "big",
    name: "big-whole-parts",
    description: "an object of whole parts seems to lack its last byte",
    subtle: true,
    caughtBy: ["BIG-2"],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const size = await super.askSize(call);
        return size > 0 && size % PART === 0 ? size - 1 : size;
      }
    },
    members: { limits: { partSize: PART } },
  }),
  ofMemory({
    group: "big",
    name: "big-in-memory",
    description: "says that it streams, and holds the whole body",
    caughtBy: ["BIG-3"],
    store: MemoryObjectStore,
    members: { capabilities: ["flat", "reopen", "list", "streaming"] },
  }),
];
