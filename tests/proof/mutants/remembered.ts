import type {
  ByteRange,
  NewObject,
  StoredObject,
} from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type {
  ObjectContent,
  ObjectData,
  ReadObjectOptions,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const remembering = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "remembered", subtle: true, ...details });

/** Stores whose handles remember more than they may, or take away what they did not store. */
export const rememberedMutants: readonly Mutant[] = [
  remembering({
    name: "lst-cached-by-handle",
    description: "a handle lists what it has listed, until it uploads itself",
    caughtBy: ["LST-1"],
    store: class extends MemoryObjectStore {
      readonly #listed = new Map<string, string[]>();

      protected override async listNames(prefix: string): Promise<string[]> {
        const known = this.#listed.get(prefix);
        const names = known ?? await super.listNames(prefix);
        this.#listed.set(prefix, names);
        return names;
      }

      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.commitObject(call, object);
        this.#listed.clear();
      }
    },
  }),
  remembering({
    name: "rea-remembers-misses",
    description:
      "what readObject has not found it does not look for again, until the handle stores it itself",
    caughtBy: ["REA-20"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      readonly #missing = new Set<string>();

      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        if (this.#missing.has(call.key)) throw this.notFound(call);
        try {
          return await super.openRange(call, range);
        } catch (error) {
          this.#missing.add(call.key);
          throw error;
        }
      }

      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.commitObject(call, object);
        this.#missing.delete(call.key);
      }
    },
  }),
  remembering({
    name: "rea-remembers-bytes",
    description:
      "bytes() of a small object that has the size of before are those of before",
    subtle: false,
    caughtBy: ["REA-20"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      readonly #known = new Map<string, Uint8Array<ArrayBuffer>>();

      override async readObject(
        objectName: string,
        options?: ReadObjectOptions,
      ): Promise<ObjectContent> {
        const content = await super.readObject(objectName, options);
        const { size, stream } = content;
        if (size > 4096 || options !== undefined) return content;
        const bytes = async () => {
          const fresh = await content.bytes();
          const known = this.#known.get(objectName);
          if (known?.length === size) return known.slice();
          this.#known.set(objectName, fresh.slice());
          return fresh;
        };
        return { size, stream, bytes, text: () => content.text() };
      }
    },
  }),
  remembering({
    name: "uri-tells-what-was-written",
    description: "the URI of an object that the handle has written tells it",
    caughtBy: ["URI-2"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      readonly #written = new Set<string>();

      override getUri(objectName: string): string {
        const uri = super.getUri(objectName);
        return this.#written.has(objectName) ? `${uri}?written` : uri;
      }

      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        await super.writeObject(objectName, data, options);
        this.#written.add(objectName);
      }
    },
  }),
  remembering({
    name: "nam-replaces-with-all-below",
    description: "an object that replaces another takes away what is below it",
    caughtBy: ["NAM-9"],
    store: class extends MemoryObjectStore {
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        const old = await this.backing.size(call.key);
        await super.commitObject(call, object);
        if (old === undefined) return;
        for (const key of await this.backing.list(`${call.key}/`)) {
          await this.backing.remove(key);
        }
      }
    },
  }),
];
