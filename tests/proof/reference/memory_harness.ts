import { defineHarness } from "../../../conformance/model/define_harness.ts";
import type { Harness } from "../../../conformance/model/harness.ts";
import type {
  HarnessContext,
  Oracle,
} from "../../../conformance/model/harness.ts";
import {
  forgetObjects,
  MemoryObjectStore,
  memoryPlace,
} from "./memory_store.ts";

/** The way around a store that is in memory. */
export const memoryOracle: Oracle = {
  put: (name, bytes, ctx) => {
    memoryPlace(ctx).set(keyOf(name, ctx), bytes.slice());
    return Promise.resolve();
  },
  get: (name, ctx) =>
    Promise.resolve(memoryPlace(ctx).get(keyOf(name, ctx))?.slice()),
  list: (ctx) => {
    const base = keyOf("", ctx);
    const keys = [...memoryPlace(ctx).keys()];
    return Promise.resolve(
      keys.filter((key) => key.startsWith(base))
        .map((key) => key.slice(base.length)),
    );
  },
  delete: (name, ctx) => {
    memoryPlace(ctx).delete(keyOf(name, ctx));
    return Promise.resolve();
  },
};

/** Judges the reference store in memory. */
export const memoryHarness: Harness = defineHarness({
  name: "reference: memory",
  open: (ctx) => new MemoryObjectStore(ctx),
  module: import.meta.url,
  capabilities: ["flat", "reopen", "list", "read", "write", "delete"],
  refusesNames: () => false,
  oracle: memoryOracle,
  cleanup: forgetObjects,
});

export default memoryHarness;

function keyOf(name: string, { prefix }: HarnessContext): string {
  return `${prefix}/${name}`;
}
