import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryBacking, MemoryObjectStore } from "../reference/memory_store.ts";
import { PoweredReferenceStore } from "../reference/powered_store.ts";
import { refuseLarger } from "./refuse_larger.ts";
import { makeVariant, type Variant } from "./variant.ts";

const MIB = 2 ** 20;

/** Takes no object of more than 1 MiB. */
class OneMebibyte extends MemoryObjectStore {
  protected override createObject(call: Call): Promise<NewObject> {
    refuseLarger(call, MIB);
    return super.createObject(call);
  }
}

/** Nothing that the harness may leave out. */
const BARE = {
  module: undefined,
  capabilities: undefined,
  refusesNames: undefined,
  oracle: undefined,
  cleanup: undefined,
};

/** Correct stores of which the harness can give, or does give, only little. */
export const harnessVariants: readonly Variant[] = [
  makeVariant({
    name: "plain",
    description: "the store that the mutants are made from, as it is",
    open: (ctx) => new MemoryObjectStore(ctx),
  }),
  makeVariant({
    name: "bare",
    description: "a harness with nothing but a name and open()",
    open: (ctx) => new MemoryObjectStore(ctx),
    members: BARE,
  }),
  makeVariant({
    name: "no-reopen",
    description: "each handle has objects of its own",
    open: (ctx) =>
      new PoweredReferenceStore(new MemoryBacking(new Map()), ctx.prefix),
    members: {
      capabilities: ["flat", "list", "read", "write", "delete"],
      oracle: undefined,
    },
  }),
  makeVariant({
    name: "no-capability",
    description: "a harness that declares nothing",
    open: (ctx) => new MemoryObjectStore(ctx),
    members: { ...BARE, capabilities: [] },
  }),
  makeVariant({
    name: "one-process",
    description: "a directory belongs to the process that opened it first",
    open(ctx) {
      const path = join(ctx.directory, "owner");
      writeFileSync(path, `${pid}`, { flag: "a" });
      if (readFileSync(path, "utf8").replaceAll(`${pid}`, "") !== "") {
        throw new Error("another process has this directory");
      }
      return new MemoryObjectStore(ctx);
    },
  }),
  makeVariant({
    name: "one-mebibyte",
    description: "a largest object of 1 MiB",
    open: (ctx) => new OneMebibyte(ctx),
    members: { limits: { largestObject: MIB } },
  }),
  makeVariant({
    name: "opens-late",
    description: "open() is asynchronous",
    open: async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new MemoryObjectStore(ctx);
    },
  }),
];
