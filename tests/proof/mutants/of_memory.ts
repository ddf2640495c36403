import type {
  Harness,
  HarnessContext,
} from "../../../conformance/model/harness.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { memoryHarness } from "../reference/memory_harness.ts";
import type { Mutant } from "./mutant.ts";

/** What a mutant of the store in memory is made from. */
export interface MemoryMutantDetails extends Omit<Mutant, "harness"> {
  /** The file of this directory that has it, for processes of cases. */
  readonly group: string;
  /** The wrong subclass. */
  readonly store: new (ctx: HarnessContext) => ObjectStore;
  /** Whether what is wrong is in a power of clauses 31 to 34: the others are judged without them. @default {false} */
  readonly hasPowers?: boolean;
  /** Members of the harness that differ from those of the correct store. */
  readonly members?: { readonly [K in keyof Harness]?: Harness[K] | undefined };
}

/** A mutant of the store in memory. */
export function ofMemory(
  { group, store: Store, members, hasPowers = false, ...rest }:
    MemoryMutantDetails,
): Mutant {
  return {
    ...rest,
    harness: {
      ...memoryHarness,
      name: rest.name,
      module: `${
        import.meta.resolve("./as_module.ts")
      }?group=${group}&name=${rest.name}`,
      open: (ctx) => new Store(ctx),
      capabilities: hasPowers
        ? memoryHarness.capabilities
        : ["flat", "reopen", "list"],
      ...members,
    } as Harness,
  };
}
