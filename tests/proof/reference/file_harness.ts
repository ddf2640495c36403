import { defineHarness } from "../../../conformance/model/define_harness.ts";
import type {
  Harness,
  HarnessContext,
} from "../../../conformance/model/harness.ts";
import { FileBacking, FileObjectStore } from "./file_store.ts";

/** Judges the reference store whose objects are files. */
export const fileHarness: Harness = defineHarness({
  name: "reference: file",
  open: (ctx) => new FileObjectStore(ctx),
  module: import.meta.url,
  capabilities: [
    "flat",
    "reopen",
    "list",
    "process",
    "read",
    "write",
    "delete",
  ],
  refusesNames: () => false,
  // The kit removes the directories that it gives.
  cleanup: () => {},
  oracle: {
    put: async (name, bytes, ctx) => {
      const backing = new FileBacking(ctx.directory);
      const object = await backing.create(keyOf(name, ctx));
      await object.write(bytes);
      await object.commit();
    },
    get: async (name, ctx) => {
      const backing = new FileBacking(ctx.directory);
      const object = await backing.open(keyOf(name, ctx));
      if (!object) return undefined;
      try {
        return await object.read(0, object.size);
      } finally {
        await object.close();
      }
    },
    list: async (ctx) => {
      const base = keyOf("", ctx);
      const keys = await new FileBacking(ctx.directory).list(base);
      return keys.map((key) => key.slice(base.length));
    },
    delete: (name, ctx) =>
      new FileBacking(ctx.directory).remove(keyOf(name, ctx)),
  },
});

export default fileHarness;

function keyOf(name: string, { prefix }: HarnessContext): string {
  return `${prefix}/${name}`;
}
