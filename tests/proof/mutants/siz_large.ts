import type { OpenSource } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Mutants of SIZ-6, which is only run by name: `only: ["SIZ-6"]`. No other case catches them. */
export const sizLargeMutants: readonly Mutant[] = [
  ofMemory({
    group: "siz_large",
    name: "size-in-32-bits",
    description: "a source is taken to have its size modulo 2^32",
    subtle: true,
    caughtBy: ["SIZ-6"],
    members: { capabilities: ["flat", "reopen", "list", "large"], limits: {} },
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const source = await super.openSource(path);
        return { ...source, size: source.size >>> 0 };
      }
      protected override async checkSourceUnchanged(
        source: OpenSource,
      ): Promise<void> {
        const { size } = await source.file.stat();
        await super.checkSourceUnchanged({ ...source, size });
      }
    },
  }),
];
