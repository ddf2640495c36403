import type { ObjectStore } from "../../../src/object_store.ts";
import type {
  Harness,
  HarnessContext,
} from "../../../conformance/model/harness.ts";
import { memoryHarness } from "../reference/memory_harness.ts";

/** A correct store that is unlike the others: no case may accuse it. */
export interface Variant {
  /** Short and unique among the variants: `one-byte-chunks`. */
  readonly name: string;
  /** What is unusual about it. */
  readonly description: string;
  /** Cases of level `should` that it may fail, as a recommendation is no promise. @default None. */
  readonly shortOf?: readonly string[];
  /** Opens it. */
  readonly harness: Harness;
}

/** What a variant is made from. */
export interface VariantDetails extends Omit<Variant, "harness"> {
  /** Opens the store. */
  readonly open: (ctx: HarnessContext) => ObjectStore | Promise<ObjectStore>;
  /** Members of the harness that differ from those of `base`; `undefined` takes one away. */
  readonly members?: { readonly [K in keyof Harness]?: Harness[K] | undefined };
  /** The harness to begin with. @default The one of the reference store in memory. */
  readonly base?: Harness;
}

/** Makes a variant; a process of a case finds it by its name. */
export function makeVariant(details: VariantDetails): Variant {
  const { open, members, base = memoryHarness, ...rest } = details;
  const all: Record<string, unknown> = {
    ...base,
    name: `benign: ${rest.name}`,
    module: `${import.meta.resolve("./as_module.ts")}?name=${rest.name}`,
    open,
    ...members,
  };
  for (const key of Object.keys(all)) {
    if (all[key] === undefined) delete all[key];
  }
  return { ...rest, harness: all as unknown as Harness };
}
