import { gunzipSync } from "node:zlib";
import type { OpenSource } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const kind = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "put_kinds", subtle: true, ...details });

/** Stores that one kind of regular file is too much for. */
export const putKindMutants: readonly Mutant[] = [
  kind({
    name: "put-one-link-only",
    description: "a source with two hard links is refused",
    caughtBy: ["PUT-14"],
    store: refusing(
      "EMLINK",
      async ({ file }) => (await file.stat()).nlink !== 1,
    ),
  }),
  kind({
    name: "put-without-a-time",
    description: "a source whose time is 0 counts as one that is not there",
    caughtBy: ["PUT-14"],
    store: refusing("ENOENT", ({ changed }) => !changed),
  }),
  kind({
    name: "put-hole-is-nothing",
    description: "a source that has no blocks is stored empty",
    caughtBy: ["PUT-14"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const source = await super.openSource(path);
        const { blocks } = await source.file.stat();
        return blocks === 0 ? { ...source, size: 0 } : source;
      }

      protected override checkSourceUnchanged(): Promise<void> {
        return Promise.resolve();
      }
    },
  }),
  kind({
    name: "put-unpacks-by-name",
    description: "a small source that is packed as its name says is unpacked",
    subtle: false,
    caughtBy: ["PUT-14"],
    store: translating(".gz", (bytes, { size }) => {
      if (bytes.length < size) return bytes;
      try {
        return gunzipSync(bytes);
      } catch {
        return bytes;
      }
    }),
  }),
  kind({
    name: "put-lines-by-name",
    description: "line breaks of sources that are called .txt are translated",
    caughtBy: ["PUT-14"],
    store: translating(
      ".txt",
      (bytes) =>
        bytes.map((byte, index) =>
          byte === 13 && bytes[index + 1] === 10 ? 10 : byte
        ),
    ),
  }),
];

/** A store that takes no sources of some kind. */
function refusing(
  code: string,
  isRefused: (source: OpenSource) => boolean | Promise<boolean>,
) {
  return class extends MemoryObjectStore {
    protected override async openSource(path: string): Promise<OpenSource> {
      const source = await super.openSource(path);
      if (!await isRefused(source)) return source;
      await source.file.close();
      throw Object.assign(new Error(code), { code });
    }
  };
}

/** A store that changes the bytes of sources whose names end in some way. */
function translating(
  ending: string,
  translate: (bytes: Uint8Array, source: OpenSource) => Uint8Array,
) {
  return class extends MemoryObjectStore {
    protected override async readSource(
      source: OpenSource,
      position: number,
      length: number,
    ): Promise<Uint8Array> {
      const bytes = await super.readSource(source, position, length);
      return source.path.endsWith(ending) ? translate(bytes, source) : bytes;
    }
  };
}
