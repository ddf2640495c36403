import type {
  ObjectContent,
  ReadObjectOptions,
} from "../../../src/object_store.ts";
import type { ByteRange, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import { MemoryObjectStore, memoryPlace } from "../reference/memory_store.ts";
import type { Reading } from "../reference/reading.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";
import { reaEndMutants } from "./rea_ends.ts";
import { reaWireMutants } from "./rea_wire.ts";

const reads = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "rea", hasPowers: true, ...details });

/** Stores that read wrongly without a file. */
export const reaMutants: readonly Mutant[] = [
  reads({
    name: "rea-last-byte-of-page",
    description: "the last byte of whole pages of 4 KiB is never read",
    subtle: true,
    caughtBy: ["REA-1"],
    store: class extends MemoryObjectStore {
      protected override async read(
        call: Call,
        range: ByteRange,
      ): Promise<ObjectContent> {
        const size = await this.backing.size(call.key) ?? 0;
        const isPages = size > 0 && size % 4_096 === 0;
        const end = Math.min(range.end, size - 1);
        return await super.read(call, isPages ? { ...range, end } : range);
      }
    },
  }),
  reads({
    name: "rea-one-buffer",
    description: "all chunks of a stream are one buffer",
    caughtBy: [
      "REA-1",
      "REA-2",
      "REA-6",
      "REA-10",
      "REA-11",
      "REA-20",
      "DEL-7",
    ],
    store: class extends MemoryObjectStore {
      readonly #buffer = new Uint8Array(2 ** 16);
      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        const bytes = await super.readNext(call, object, position, end);
        this.#buffer.set(bytes);
        return this.#buffer.subarray(0, bytes.length);
      }
    },
  }),
  reads({
    name: "rea-text-by-chunks",
    description: "a text is decoded chunk by chunk",
    subtle: true,
    caughtBy: ["REA-1"],
    store: class extends MemoryObjectStore {
      protected override toContent(
        object: StoredObject,
        stream: ObjectContent["stream"],
      ): ObjectContent {
        const content = super.toContent(object, stream);
        const text = async () => {
          void new Response(stream);
          let text = "";
          for await (const chunk of stream) {
            text += new TextDecoder().decode(chunk);
          }
          return text;
        };
        return { ...content, text };
      }
    },
  }),
  reads({
    name: "rea-size-of-range",
    description: "the size that is told is the range's",
    caughtBy: ["REA-2"],
    store: class extends MemoryObjectStore {
      protected override async read(
        call: Call,
        range: ByteRange,
      ): Promise<ObjectContent> {
        const content = await super.read(call, range);
        const length = range.end - range.start;
        return { ...content, size: Math.min(content.size, length) };
      }
    },
  }),
  reads({
    name: "rea-offset-in-32-bits",
    description: "of an offset the last 32 bits are looked at",
    subtle: true,
    caughtBy: ["REA-2"],
    store: class extends MemoryObjectStore {
      protected override checkRange(options?: ReadObjectOptions): ByteRange {
        const range = super.checkRange(options);
        const start = range.start % 2 ** 32;
        return { start, end: range.end - range.start + start };
      }
    },
  }),
  reads({
    name: "rea-at-the-end",
    description: "a range that begins at the object's end is an error",
    subtle: true,
    caughtBy: ["REA-2"],
    store: class extends MemoryObjectStore {
      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        const object = await super.openRange(call, range);
        if (range.start > 0 && range.start === object.size) {
          throw this.transient(call, "416");
        }
        return object;
      }
    },
  }),
  reads({
    name: "rea-no-length",
    description: "a length of 0 is taken for none",
    subtle: true,
    caughtBy: ["REA-2"],
    store: class extends MemoryObjectStore {
      protected override checkRange(options?: ReadObjectOptions): ByteRange {
        const range = super.checkRange(options);
        return options?.length === 0 ? { ...range, end: Infinity } : range;
      }
    },
  }),
  reads({
    name: "rea-from-the-end",
    description: "a negative offset counts from the object's end",
    subtle: true,
    caughtBy: ["REA-3"],
    store: class extends MemoryObjectStore {
      protected override checkRange(options?: ReadObjectOptions): ByteRange {
        const { offset = 0 } = options ?? {};
        if (offset >= 0 || !Number.isSafeInteger(offset)) {
          return super.checkRange(options);
        }
        return { start: 0, end: -offset };
      }
    },
  }),
  reads({
    name: "rea-late-check",
    description: "a range is checked when the object is there",
    subtle: true,
    caughtBy: ["REA-3"],
    store: class extends MemoryObjectStore {
      override async readObject(
        objectName: string,
        options?: ReadObjectOptions,
      ): Promise<ObjectContent> {
        try {
          return await super.readObject(objectName, options);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          await this.getObjectSize(objectName);
          throw error;
        }
      }
    },
  }),
  reads({
    name: "rea-missing-in-stream",
    description: "a missing object is told by the stream",
    caughtBy: ["REA-4", "REA-20", "DEL-1", "DEL-2", "DEL-3", "DEL-4"],
    store: class extends MemoryObjectStore {
      protected override async read(
        call: Call,
        range: ByteRange,
      ): Promise<ObjectContent> {
        try {
          return await super.read(call, range);
        } catch (error) {
          const stream = new ReadableStream({
            pull: (controller) => controller.error(error),
          }, { highWaterMark: 0 });
          const bytes = () => Promise.reject(error);
          return { size: 0, stream, bytes, text: bytes };
        }
      }
    },
  }),
  reads({
    name: "rea-nothing-of-nothing",
    description: "no bytes of a missing object can be had",
    subtle: true,
    caughtBy: ["REA-4"],
    store: class extends MemoryObjectStore {
      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        if (range.start < range.end) return await super.openRange(call, range);
        const size = await this.backing.size(call.key) ?? 0;
        const read = () => Promise.resolve(new Uint8Array());
        return { size, read, close: () => Promise.resolve() };
      }
    },
  }),
  reads({
    name: "rea-bytes-of-the-rest",
    description: "bytes() and text() give what nobody has read yet",
    subtle: true,
    caughtBy: ["REA-5"],
    store: class extends MemoryObjectStore {
      protected override toContent(
        object: StoredObject,
        stream: ObjectContent["stream"],
      ): ObjectContent {
        const content = super.toContent(object, stream);
        const bytes = async () => {
          const chunks: Uint8Array<ArrayBuffer>[] = [];
          for await (const chunk of stream) chunks.push(chunk);
          return new Uint8Array(await new Blob(chunks).arrayBuffer());
        };
        const text = async () => new TextDecoder().decode(await bytes());
        return { ...content, bytes, text };
      }
    },
  }),
  reads({
    name: "rea-mixes-versions",
    description: "each chunk is one of the object as it is then",
    subtle: true,
    caughtBy: ["REA-6"],
    store: class extends MemoryObjectStore {
      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        const first = await super.openRange(call, range);
        return {
          ...first,
          read: async (position, length) => {
            const now = await this.backing.open(call.key);
            return await (now ?? first).read(position, length);
          },
        };
      }
    },
  }),
  reads({
    name: "rea-one-for-all",
    description: "an abort ends all streams of the object",
    subtle: true,
    caughtBy: ["REA-10"],
    store: class extends MemoryObjectStore {
      protected override startReading(
        call: Call,
        range: ByteRange,
        object: StoredObject,
      ): Reading {
        const { signal } = call.options;
        const endAll = () => {
          const error = this.transient(call, "the connection is lost");
          for (const other of [...this.readings]) other.fail(error);
        };
        const reading = super.startReading(call, range, object);
        if (reading.isOver) return reading;
        signal?.addEventListener("abort", endAll, { once: true });
        const { onOver } = reading;
        reading.onOver = () => {
          onOver();
          if (!signal?.aborted) signal?.removeEventListener("abort", endAll);
        };
        return reading;
      }
    },
  }),
  reads({
    name: "rea-own-bytes",
    description: "gives its readers the bytes that it keeps",
    subtle: true,
    caughtBy: ["REA-11"],
    store: class extends MemoryObjectStore {
      readonly #place;
      constructor(ctx: HarnessContext) {
        super(ctx);
        this.#place = memoryPlace(ctx);
      }
      protected override async openRange(
        call: Call,
        range: ByteRange,
      ): Promise<StoredObject> {
        const object = await super.openRange(call, range);
        const kept = this.#place.get(call.key) ?? new Uint8Array();
        return {
          ...object,
          read: (position, length) =>
            Promise.resolve(kept.subarray(position, position + length)),
        };
      }
    },
  }),
  ...reaEndMutants,
  ...reaWireMutants,
];
