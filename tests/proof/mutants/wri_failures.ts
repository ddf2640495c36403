import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { DataReader } from "../reference/data.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const writes = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "wri_failures", hasPowers: true, ...details });

/** Stores whose writes fail wrongly, or tell wrong numbers. */
export const wriFailureMutants: readonly Mutant[] = [
  writes({
    name: "wri-error-of-its-own",
    description: "what a stream errors with becomes an error of the store",
    caughtBy: ["WRI-5", "WRI-6"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const read = () =>
          reader.read().catch(() => {
            throw this.transient(call, "the stream failed");
          });
        return await super.nextChunk(call, { ...reader, read });
      }
    },
  }),
  writes({
    name: "wri-no-reason",
    description: "a stream that errors with undefined has ended",
    subtle: true,
    caughtBy: ["WRI-5"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const read = () =>
          reader.read().catch((error) => {
            if (error !== undefined) throw error;
            return undefined;
          });
        return await super.nextChunk(call, { ...reader, read });
      }
    },
  }),
  writes({
    name: "wri-short-is-fine",
    description: "a stream that ends too early is stored as it is",
    subtle: true,
    caughtBy: ["WRI-6", "WRI-7"],
    store: class extends MemoryObjectStore {
      protected override async sendData(
        call: Call,
        reader: DataReader,
        object: NewObject,
        size: number | undefined,
      ): Promise<number> {
        await super.sendData(call, reader, object, size);
        return size ?? await super.sendData(call, reader, object, size);
      }
    },
  }),
  writes({
    name: "wri-long-is-cut",
    description: "what a stream has beyond its size is not stored",
    caughtBy: ["WRI-5", "WRI-6", "WRI-12"],
    store: class extends MemoryObjectStore {
      protected override async sendData(
        call: Call,
        reader: DataReader,
        object: NewObject,
        size = Infinity,
      ): Promise<number> {
        let left = size;
        const read = async () => {
          const chunk = left > 0 ? await reader.read() : undefined;
          const piece = chunk?.subarray(0, left);
          left -= piece?.length ?? 0;
          return piece;
        };
        const known = size === Infinity ? undefined : size;
        return await super.sendData(call, { ...reader, read }, object, known);
      }
    },
  }),
  writes({
    name: "wri-tells-what-it-has",
    description: "a stream without a size is reported as it comes",
    caughtBy: ["WRI-7"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const chunk = await super.nextChunk(call, reader);
        if (chunk && call.total === 0) await this.tell(call, chunk.length);
        return chunk;
      }
    },
  }),
  writes({
    name: "wri-tells-too-early",
    description: "the last call comes before the object is there",
    subtle: true,
    caughtBy: ["WRI-7", "WRI-8"],
    store: class extends MemoryObjectStore {
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        if (call.action === "write") await super.finishReport(call);
        await super.commitObject(call, object);
      }
      protected override async finishReport(call: Call): Promise<void> {
        if (call.action !== "write") await super.finishReport(call);
      }
    },
  }),
  writes({
    name: "wri-callback-is-transient",
    description: "an Error that a callback throws becomes one of the store",
    subtle: true,
    caughtBy: ["WRI-8"],
    store: class extends MemoryObjectStore {
      protected override async tell(call: Call, bytes: number): Promise<void> {
        try {
          await super.tell(call, bytes);
        } catch (error) {
          if (call.action !== "write" || !(error instanceof Error)) throw error;
          call.failure = { error: this.transient(call, error.message) };
          throw error;
        }
      }
    },
  }),
  writes({
    name: "wri-waits-for-the-source",
    description: "an abort is seen when the next chunk comes",
    caughtBy: ["WRI-9", "WRI-12", "WRI-20"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const chunk = await reader.read().catch((error) => {
          call.fail(error);
          throw error;
        });
        this.checkAborted(call);
        return chunk;
      }
    },
  }),
  writes({
    name: "wri-stores-what-came",
    description: "an aborted write without a size stores what came so far",
    subtle: true,
    caughtBy: ["WRI-9"],
    store: class extends MemoryObjectStore {
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        const isUnsized = call.action === "write" && call.total === 0;
        if (isUnsized && call.options.signal?.aborted) await object.commit();
        await super.discardObject(call, object);
      }
    },
  }),
  writes({
    name: "wri-leaves-the-stream",
    description: "a stream is not cancelled where a callback has thrown",
    subtle: true,
    caughtBy: ["WRI-12"],
    store: class extends MemoryObjectStore {
      protected override cancelData(reader: DataReader, reason: unknown): void {
        const isThrown = reason instanceof Error &&
          reason.message.startsWith("thrown");
        if (!isThrown) super.cancelData(reader, reason);
      }
    },
  }),
];
