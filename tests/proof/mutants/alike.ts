import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { concatenate } from "../../../conformance/checks/concatenate.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import {
  MemoryBacking,
  type MemoryPlace,
  memoryPlace,
} from "../reference/memory_store.ts";
import { PoweredReferenceStore } from "../reference/powered_store.ts";
import { ofMemory } from "./of_memory.ts";
import type { Mutant } from "./mutant.ts";

const BLOCK = 4096;

/** Contents that are stored already, by what they are told by. */
const contents = new WeakMap<MemoryPlace, Map<string, Uint8Array>>();

/** A store that keeps equal contents once, and takes some for equal that are not. */
function storedOnce(
  tell: (bytes: Uint8Array) => string,
): new (ctx: HarnessContext) => PoweredReferenceStore {
  class Once extends MemoryBacking {
    override async create(
      key: string,
      size: number | undefined,
    ): Promise<NewObject> {
      const object = await super.create(key, size);
      return { ...object, commit: () => this.#commit(key, object) };
    }

    async #commit(key: string, object: NewObject): Promise<void> {
      await object.commit();
      const bytes = this.place.get(key) ?? new Uint8Array();
      const known = contents.get(this.place) ?? new Map();
      contents.set(this.place, known);
      const label = `${bytes.length} ${tell(bytes)}`;
      this.place.set(key, known.get(label) ?? bytes);
      if (!known.has(label)) known.set(label, bytes);
    }
  }
  return class extends PoweredReferenceStore {
    constructor(ctx: HarnessContext) {
      super(new Once(memoryPlace(ctx)), ctx.prefix);
    }
  };
}

/** A store that finds objects by a hash of their names. */
function foundByHash(
  hash: (name: string) => string,
): new (ctx: HarnessContext) => PoweredReferenceStore {
  class ByHash extends MemoryBacking {
    readonly #base: number;
    readonly #keys = new Map<string, string>();

    constructor(place: MemoryPlace, prefix: string) {
      super(place);
      this.#base = prefix.length + 1;
      for (const key of place.keys()) {
        if (key.startsWith(`${prefix}/`)) this.#remember(key);
      }
    }

    override size(key: string): Promise<number | undefined> {
      return super.size(this.#keyOf(key));
    }

    override open(key: string): Promise<StoredObject | undefined> {
      return super.open(this.#keyOf(key));
    }

    override create(
      key: string,
      size: number | undefined,
    ): Promise<NewObject> {
      return super.create(this.#keyOf(key), size);
    }

    /** The first key with this hash. */
    #keyOf(key: string): string {
      return this.place.has(key) ? key : this.#remember(key);
    }

    #remember(key: string): string {
      const label = hash(key.slice(this.#base));
      const first = this.#keys.get(label) ?? key;
      this.#keys.set(label, first);
      return first;
    }
  }
  return class extends PoweredReferenceStore {
    constructor(ctx: HarnessContext) {
      super(new ByHash(memoryPlace(ctx), ctx.prefix), ctx.prefix);
    }
  };
}

/** Stores that take one thing for another that is like it. */
export const alikeMutants: readonly Mutant[] = [
  ofMemory({
    group: "alike",
    name: "put-once-by-ends",
    description:
      "contents of one size that begin and end alike are stored once",
    caughtBy: ["PUT-13"],
    store: storedOnce((bytes) =>
      createHash("sha256").update(
        concatenate([bytes.subarray(0, BLOCK), bytes.subarray(-BLOCK)]),
      ).digest("hex")
    ),
  }),
  ofMemory({
    group: "alike",
    name: "put-once-by-checksum",
    description: "contents of one size with the same CRC-32 are stored once",
    subtle: true,
    caughtBy: ["PUT-13"],
    store: storedOnce((bytes) => `${crc32(bytes)}`),
  }),
  ofMemory({
    group: "alike",
    name: "nam-by-checksum",
    description: "names with the same CRC-32 are one",
    caughtBy: ["NAM-19"],
    store: foundByHash((name) => `${crc32(name)}`),
  }),
  ofMemory({
    group: "alike",
    name: "nam-by-short-digest",
    description: "names whose SHA-256 begins with the same 32 bits are one",
    subtle: true,
    caughtBy: ["NAM-19"],
    store: foundByHash((name) =>
      createHash("sha256").update(name).digest("hex").slice(0, 8)
    ),
  }),
];
