import {
  type DriverOptions,
  type PartUpload,
  StoreFailure,
  type StoringOptions,
  type UploadBody,
} from "../../../src/driver.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { HttpDriver, type ObjectRange } from "../reference/http_driver.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";
import { ofMemory } from "./of_memory.ts";

/** Less than a part, as only the last one is. */
const PART = 2 ** 18;

/** Stores that a single failed request, or an abort, makes lose an object or a piece of it. */
export const wireOnceMutants: readonly Mutant[] = [
  ofHttp({
    group: "wire_once",
    name: "wire-last-part-may-fail",
    description:
      "an upload is completed without its last part if that is refused",
    subtle: true,
    caughtBy: ["TRN-13", "TRN-30"],
    driver: class extends HttpDriver {
      override async startUpload(key: string): Promise<PartUpload> {
        const upload = await super.startUpload(key);
        return {
          ...upload,
          async writePart(part, options) {
            try {
              await upload.writePart(part, options);
            } catch (error) {
              const isLast = part.index > 0 && part.size < PART;
              if (!isLast || !isTransient(error)) throw error;
            }
          },
        };
      }
    },
  }),
  ofHttp({
    group: "wire_once",
    name: "wire-zeros-for-a-range",
    description: "a range that is refused is taken for a hole",
    caughtBy: [
      "CB-11",
      "TRN-1",
      "TRN-2",
      "TRN-13",
      "TRN-15",
      "TRN-19",
      "TRN-30",
      "ATM-6",
    ],
    driver: class extends HttpDriver {
      protected override async *readRange(
        range: ObjectRange,
        options: DriverOptions,
      ): AsyncGenerator<Uint8Array> {
        try {
          yield* super.readRange(range, options);
        } catch (error) {
          if (!isTransient(error)) throw error;
          yield new Uint8Array(range.length);
        }
      }
    },
  }),
  ofHttp({
    group: "wire_once",
    name: "wire-abt-removes-the-object",
    description:
      "after an abort of an upload in one request its name is deleted",
    subtle: true,
    caughtBy: ["ABT-10"],
    driver: class extends HttpDriver {
      override async put(
        key: string,
        body: UploadBody,
        options: StoringOptions,
      ): Promise<void> {
        try {
          await super.put(key, body, options);
        } catch (error) {
          if (options.signal.aborted) {
            const { signal } = new AbortController();
            await this.delete(key, { signal });
          }
          throw error;
        }
      }
    },
  }),
  ofMemory({
    group: "wire_once",
    name: "abt-removes-the-object",
    description: "after an abort of an upload its name is deleted",
    caughtBy: ["ABT-2", "ABT-10"],
    store: class extends MemoryObjectStore {
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.discardObject(call, object);
        if (call.options.signal?.aborted) await this.backing.remove(call.key);
      }
    },
  }),
];

function isTransient(error: unknown): boolean {
  return error instanceof StoreFailure && error.code === "TRANSIENT";
}
