import { setTimeout as wait } from "node:timers/promises";
import type { OperationOptions } from "../../../src/object_store.ts";
import { type DriverOptions, StoreFailure } from "../../../src/driver.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpDriver } from "../reference/http_driver.ts";
import {
  MemoryObjectStore,
  type MemoryPlace,
  memoryPlace,
} from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type HttpMutantDetails, ofHttpPowers } from "./of_http.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const deletes = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "del", hasPowers: true, ...details });

const deletesOnWire = (details: Omit<HttpMutantDetails, "group">): Mutant =>
  ofHttpPowers({ group: "del", ...details });

/** A store whose deletions are over a little later than it knows. */
class DeletesLate extends MemoryObjectStore {
  override async deleteObject(
    objectName: string,
    options?: OperationOptions,
  ): Promise<void> {
    await super.deleteObject(objectName, options);
    await wait(20);
  }
}

/** A store that knows the objects of its place. */
class OnPlace extends MemoryObjectStore {
  protected readonly place: MemoryPlace;
  constructor(ctx: HarnessContext) {
    super(ctx);
    this.place = memoryPlace(ctx);
  }

  /** Removes the objects whose keys fit. */
  protected removeAll(fits: (key: string) => boolean): void {
    for (const key of [...this.place.keys()]) {
      if (fits(key)) this.place.delete(key);
    }
  }
}

/** What a driver's delete has failed with becomes something else. */
function whenDeleteFails(
  onFailure: (failure: StoreFailure) => void,
): typeof HttpDriver {
  return class extends HttpDriver {
    override async delete(key: string, options: DriverOptions): Promise<void> {
      try {
        await super.delete(key, options);
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error;
        onFailure(error);
      }
    }
  };
}

/** Stores that remove objects wrongly. */
export const delMutants: readonly Mutant[] = [
  deletes({
    name: "cls-forgets-deletions",
    description: "close() does not wait for a deletion",
    subtle: true,
    caughtBy: ["CLS-3"],
    store: DeletesLate,
  }),
  deletes({
    name: "del-empties",
    description: "a deleted object has no bytes",
    caughtBy: ["DEL-1", "DEL-2", "DEL-3", "DEL-4", "DEL-6", "DEL-8"],
    store: class extends OnPlace {
      protected override remove({ key }: Call): Promise<void> {
        if (this.place.has(key)) this.place.set(key, new Uint8Array());
        return Promise.resolve();
      }
    },
  }),
  deletes({
    name: "del-still-listed",
    description: "a handle lists what it has deleted",
    subtle: true,
    caughtBy: ["DEL-1", "DEL-2", "DEL-3", "DEL-4"],
    store: class extends MemoryObjectStore {
      readonly #deleted = new Set<string>();
      protected override async remove(call: Call): Promise<void> {
        if (await this.backing.size(call.key) !== undefined) {
          this.#deleted.add(call.objectName);
        }
        await super.remove(call);
      }
      protected override async listNames(prefix: string): Promise<string[]> {
        const deleted = [...this.#deleted].filter((name) =>
          name.startsWith(prefix)
        );
        const names = await super.listNames(prefix);
        return [...new Set([...names, ...deleted])];
      }
    },
  }),
  deletes({
    name: "del-missing-is-an-error",
    description: "what is not there cannot be deleted",
    subtle: true,
    caughtBy: ["ISO-4", "DEL-2", "DEL-4", "DEL-5"],
    store: class extends MemoryObjectStore {
      protected override async remove(call: Call): Promise<void> {
        const size = await this.backing.size(call.key);
        if (size === undefined) throw this.notFound(call);
        await super.remove(call);
      }
    },
  }),
  deletes({
    name: "del-with-what-is-below",
    description: "what is below an object goes with it",
    subtle: true,
    caughtBy: ["DEL-3", "DEL-6"],
    store: class extends OnPlace {
      protected override remove({ key }: Call): Promise<void> {
        if (!this.place.has(key)) return Promise.resolve();
        this.removeAll((other) => `${other}/`.startsWith(`${key}/`));
        return Promise.resolve();
      }
    },
  }),
  deletes({
    name: "del-with-metadata",
    description: "what is named as the object with '.meta' or '.md5' goes, too",
    subtle: true,
    caughtBy: ["DEL-6"],
    store: class extends OnPlace {
      protected override remove({ key }: Call): Promise<void> {
        const gone = [key, `${key}.meta`, `${key}.md5`];
        this.removeAll((each) => gone.includes(each));
        return Promise.resolve();
      }
    },
  }),
  deletes({
    name: "del-beside",
    description: "the name goes in each place whose prefix begins alike",
    subtle: true,
    caughtBy: ["DEL-4", "DEL-6"],
    store: class extends OnPlace {
      protected override remove({ objectName }: Call): Promise<void> {
        this.removeAll((key) =>
          key.startsWith(this.prefix) && key.endsWith(`/${objectName}`)
        );
        return Promise.resolve();
      }
    },
  }),
  deletes({
    name: "del-before-the-signal",
    description: "looks at the signal when the object is gone",
    subtle: true,
    caughtBy: ["DEL-5"],
    store: class extends MemoryObjectStore {
      override async deleteObject(
        objectName: string,
        options?: OperationOptions,
      ): Promise<void> {
        if (options?.signal?.aborted) await super.deleteObject(objectName);
        await super.deleteObject(objectName, options);
      }
    },
  }),
  deletes({
    name: "del-decodes",
    description: "decodes the name that it deletes",
    subtle: true,
    caughtBy: ["DEL-6"],
    store: class extends MemoryObjectStore {
      protected override async remove(call: Call): Promise<void> {
        const key = call.key.replaceAll("%20", " ").replaceAll("+", " ");
        await this.raceAbort(call, this.backing.remove(key));
      }
    },
  }),
  deletes({
    name: "del-ends-streams",
    description: "a stream ends when its object is deleted",
    subtle: true,
    caughtBy: ["DEL-7"],
    store: class extends OnPlace {
      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        if (!this.place.has(call.key)) return new Uint8Array();
        return await super.readNext(call, object, position, end);
      }
    },
  }),
  deletes({
    name: "del-cuts-an-upload",
    description: "a delete takes what an upload has written so far",
    subtle: true,
    caughtBy: ["DEL-8"],
    store: class extends OnPlace {
      protected override async createObject(call: Call): Promise<NewObject> {
        const object = await super.createObject(call);
        const written = { bytes: 0 };
        WRITING.set(call.key, written);
        return {
          ...object,
          write: async (bytes) => {
            await object.write(bytes);
            written.bytes += bytes.length;
          },
          commit: async () => {
            await object.commit();
            const cut = CUT.get(call.key);
            WRITING.delete(call.key);
            CUT.delete(call.key);
            const whole = this.place.get(call.key);
            if (cut && whole) this.place.set(call.key, whole.slice(cut));
          },
        };
      }
      protected override async remove(call: Call): Promise<void> {
        const written = WRITING.get(call.key);
        if (written) CUT.set(call.key, written.bytes);
        await super.remove(call);
      }
    },
  }),
  deletesOnWire({
    name: "del-busy-is-done",
    description: "a service that is busy has deleted the object",
    subtle: true,
    caughtBy: ["DEL-9"],
    driver: whenDeleteFails((failure) => {
      if (!/^status 503/.test(failure.reason)) throw failure;
    }),
  }),
  deletesOnWire({
    name: "del-unknown-is-done",
    description: "a service that knows no deletes has nothing to delete",
    subtle: true,
    caughtBy: ["DEL-9"],
    driver: whenDeleteFails((failure) => {
      if (!/^status (?:405|501)/.test(failure.reason)) throw failure;
    }),
  }),
  deletesOnWire({
    name: "del-goes-on-after-the-abort",
    description: "a delete that was aborted is asked for once more",
    subtle: true,
    caughtBy: ["DEL-9"],
    driver: class extends HttpDriver {
      override async delete(
        key: string,
        options: DriverOptions,
      ): Promise<void> {
        try {
          await super.delete(key, options);
        } catch (error) {
          const { signal } = new AbortController();
          // Not waited for: the call has rejected by then.
          if (options.signal.aborted) {
            wait(30).then(() => super.delete(key, { signal })).catch(() => {});
          }
          throw error;
        }
      }
    },
  }),
  deletesOnWire({
    name: "del-lost-is-for-ever",
    description: "a delete whose answer is lost is not worth another attempt",
    subtle: true,
    caughtBy: ["DEL-9", "DEL-10"],
    driver: whenDeleteFails((failure) => {
      const isLost = /connection/.test(failure.reason);
      throw isLost ? new StoreFailure("OTHER", failure.reason) : failure;
    }),
  }),
  deletesOnWire({
    name: "del-forbidden-is-gone",
    description: "what may not be deleted is taken for gone",
    subtle: true,
    caughtBy: ["DEL-11"],
    driver: whenDeleteFails((failure) => {
      if (failure.code !== "PERMISSION_DENIED") throw failure;
    }),
  }),
];

/** How much of each key's object is written. */
const WRITING = new Map<string, { bytes: number }>();
/** How much of it was there when it was deleted. */
const CUT = new Map<string, number>();
