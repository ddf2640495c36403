import type { Call } from "../reference/call.ts";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { NewObject } from "../reference/backing.ts";
import { MemoryObjectStore, memoryPlace } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores that reach beyond what is theirs. */
export const isoMutants: readonly Mutant[] = [
  ofMemory({
    group: "iso",
    name: "iso-no-slash",
    description: "prefix and name are put together without a slash",
    subtle: true,
    caughtBy: ["ISO-1", "LST-3"],
    store: class extends MemoryObjectStore {
      protected override keyOf(objectName: string): string {
        return this.prefix + objectName;
      }
      protected override nameOf(key: string): string {
        return key.slice(this.prefix.length);
      }
    },
    // The way around it would tell of the key at once.
    members: { oracle: undefined as never },
  }),
  ofMemory({
    group: "iso",
    name: "iso-discards-widely",
    description: "a failed upload discards what has its name elsewhere",
    subtle: true,
    caughtBy: ["ISO-2"],
    store: class extends MemoryObjectStore {
      readonly #place;
      constructor(ctx: HarnessContext) {
        super(ctx);
        this.#place = memoryPlace(ctx);
      }
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.discardObject(call, object);
        for (const key of this.#place.keys()) {
          const isOther = !key.startsWith(`${this.prefix}/`);
          if (isOther && key.endsWith(`/${call.objectName}`)) {
            this.#place.delete(key);
          }
        }
      }
    },
  }),
  ofMemory({
    group: "iso",
    name: "iso-environment",
    description: "a failed upload is noted in the environment",
    subtle: true,
    caughtBy: ["ISO-3"],
    mayBeCaughtBy: ["ABT-6", "CON-6"],
    store: class extends MemoryObjectStore {
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        Deno.env.set("OBJECT_STORE_FAILED", crypto.randomUUID());
        await super.discardObject(call, object);
      }
    },
  }),
  ofMemory({
    group: "iso",
    name: "iso-prototype",
    description: "all byte arrays get a method more",
    subtle: true,
    caughtBy: ["ISO-3"],
    mayBeCaughtBy: ["ABT-6", "CON-6"],
    store: class extends MemoryObjectStore {
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        const key = `checksum${crypto.randomUUID()}`;
        Object.defineProperty(Uint8Array.prototype, key, { value: () => 0 });
        await super.discardObject(call, object);
      }
    },
  }),
  ofMemory({
    group: "iso",
    name: "iso-default-option",
    description: "the default goes into the caller's options, where it can",
    subtle: true,
    caughtBy: ["ISO-4"],
    store: class extends MemoryObjectStore {
      protected override checkOptions(options: unknown): DownloadOptions {
        const checked = super.checkOptions(options);
        if (typeof options === "object" && Object.isExtensible(options)) {
          Object.assign(options as object, { overwrite: checked.overwrite });
        }
        return checked;
      }
    },
  }),
  ofMemory({
    group: "iso",
    name: "iso-frozen",
    description: "takes the callback out of the options, frozen or not",
    caughtBy: ["ISO-4"],
    store: class extends MemoryObjectStore {
      protected override checkOptions(options: unknown): DownloadOptions {
        const checked = super.checkOptions(options);
        if (checked.callback) {
          delete (options as { callback?: unknown }).callback;
        }
        return checked;
      }
    },
  }),
];
