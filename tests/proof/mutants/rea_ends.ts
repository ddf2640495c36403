import type { ObjectContent } from "../../../src/object_store.ts";
import type { ByteRange, StoredObject } from "../reference/backing.ts";
import { Call } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Reading } from "../reference/reading.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const reads = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "rea_ends", hasPowers: true, ...details });

/** Milliseconds that a mutant gives its service. */
const IMPATIENCE = 400;

/** Stores whose streams end wrongly. */
export const reaEndMutants: readonly Mutant[] = [
  reads({
    name: "rea-signal-of-the-call",
    description: "the signal counts until readObject has resolved",
    caughtBy: ["REA-7"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const { signal: _, ...options } = call.options;
        return super.startReading(
          new Call({ ...call, options }),
          range,
          object,
        );
      }
    },
  }),
  reads({
    name: "rea-error-for-a-reason",
    description: "a reason that is no Error becomes one",
    subtle: true,
    caughtBy: ["REA-7"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const reading = super.startReading(call, range, object);
        const fail = reading.fail.bind(reading);
        reading.fail = (error) =>
          fail(error instanceof Error ? error : new Error(String(error)));
        return reading;
      }
    },
  }),
  reads({
    name: "rea-listens-after-cancel",
    description: "a stream that was cancelled still listens to the signal",
    subtle: true,
    caughtBy: ["REA-8"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const reading = super.startReading(call, range, object);
        const { onOver } = reading;
        let isAtEnd = false;
        const read = object.read.bind(object);
        Object.assign(object, {
          read: async (position: number, length: number) => {
            const bytes = await read(position, length);
            isAtEnd = position + bytes.length >= object.size;
            return bytes;
          },
        });
        reading.onOver = () => {
          if (isAtEnd || this.closing) onOver();
        };
        return reading;
      }
    },
  }),
  reads({
    name: "rea-close-waits",
    description: "close() waits for every stream",
    caughtBy: ["REA-9"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const reading = super.startReading(call, range, object);
        if (reading.isOver) return reading;
        const over = Promise.withResolvers<void>();
        const { onOver } = reading;
        reading.onOver = () => {
          onOver();
          over.resolve();
        };
        this.keepBusy(over.promise);
        return reading;
      }
      protected override endReadings(): void {}
    },
  }),
  reads({
    name: "rea-closed-is-lost",
    description: "close() errors a stream as if its connection were lost",
    subtle: true,
    caughtBy: ["REA-9"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const reading = super.startReading(call, range, object);
        const fail = reading.fail.bind(reading);
        reading.fail = (error) =>
          fail(this.closing ? this.transient(call, "it was lost") : error);
        return reading;
      }
    },
  }),
  reads({
    name: "rea-closed-is-the-end",
    description: "close() ends the streams in the place of an error",
    caughtBy: ["REA-9"],
    store: class extends MemoryObjectStore {
      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        if (this.closing) return new Uint8Array();
        return await super.readNext(call, object, position, end);
      }
      protected override endReadings(): void {}
    },
  }),
  reads({
    name: "rea-impatient",
    description: "the reader's time counts as the service's",
    subtle: true,
    caughtBy: ["REA-17"],
    store: class extends MemoryObjectStore {
      protected override async read(
        call: Call,
        range: ByteRange,
      ): Promise<ObjectContent> {
        this.#last.set(call, performance.now());
        return await super.read(call, range);
      }
      readonly #last = new WeakMap<Call, number>();
      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        const silence = performance.now() - (this.#last.get(call) ?? 0);
        if (silence > IMPATIENCE) throw this.transient(call, "it was silent");
        const bytes = await super.readNext(call, object, position, end);
        this.#last.set(call, performance.now());
        return bytes;
      }
    },
    members: {
      limits: {
        largestObject: 1_310_731,
        progressGranularity: 131_072,
        stallTimeoutMs: IMPATIENCE,
      },
    },
  }),
];
