import type {
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { DataReader } from "../reference/data.ts";
import { fileHarness } from "../reference/file_harness.ts";
import { FileObjectStore } from "../reference/file_store.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";
import { wriFailureMutants } from "./wri_failures.ts";
import { wriWireMutants } from "./wri_wire.ts";

const writes = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "wri", hasPowers: true, ...details });

/** Stores that store data wrongly. */
export const wriMutants: readonly Mutant[] = [
  writes({
    name: "wri-whole-buffer",
    description: "of a view the whole buffer is stored",
    caughtBy: ["WRI-1"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const isView = data instanceof Uint8Array && options === undefined;
        const all = isView ? new Uint8Array(data.buffer) : data;
        await super.writeObject(objectName, all, options);
      }
    },
  }),
  writes({
    name: "wri-from-the-start",
    description: "a view is stored from the beginning of its buffer",
    subtle: true,
    caughtBy: ["WRI-1", "WRI-11"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const shifted = data instanceof Uint8Array
          ? new Uint8Array(data.buffer, 0, data.length)
          : data;
        await super.writeObject(objectName, shifted, options);
      }
    },
  }),
  writes({
    name: "wri-told-at-the-end",
    description: "a write is only reported when it is over",
    caughtBy: ["WRI-21"],
    store: class extends MemoryObjectStore {
      protected override async report(
        call: Call,
        bytes: number,
      ): Promise<void> {
        if (call.action !== "write") await super.report(call, bytes);
      }
    },
  }),
  writes({
    name: "wri-latin",
    description: "a character becomes one byte",
    caughtBy: ["WRI-2"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const bytes = typeof data === "string"
          ? Uint8Array.from(data, (char) => char.charCodeAt(0))
          : data;
        await super.writeObject(objectName, bytes, options);
      }
    },
  }),
  writes({
    name: "wri-refuses-too-late",
    description: "a text that has no UTF-8 is refused, and stored",
    subtle: true,
    caughtBy: ["WRI-2"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        await super.writeObject(objectName, data, options);
        if (typeof data !== "string" || data.isWellFormed()) return;
        throw new TypeError("A text with a lone surrogate has no UTF-8");
      }
    },
  }),
  writes({
    name: "wri-drops-the-mark",
    description: "a byte order mark at the beginning of a text is lost",
    subtle: true,
    caughtBy: ["WRI-2"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const isMarked = typeof data === "string" && data[0] === "\ufeff" &&
          options?.size === undefined;
        const text = isMarked ? data.slice(1) : data;
        await super.writeObject(objectName, text, options);
      }
    },
  }),
  writes({
    name: "wri-empty-is-the-end",
    description: "an empty chunk is taken for the stream's end",
    subtle: true,
    caughtBy: ["WRI-3"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const chunk = await super.nextChunk(call, reader);
        return chunk?.length === 0 ? undefined : chunk;
      }
    },
  }),
  writes({
    name: "wri-reads-first",
    description: "reads a chunk before it looks whether it is closed",
    subtle: true,
    caughtBy: ["WRI-4"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        if (!(data instanceof ReadableStream) || !this.closing) {
          return await super.writeObject(objectName, data, options);
        }
        const reader = data.getReader();
        await reader.read();
        await reader.cancel();
        await super.writeObject(objectName, "", options);
      }
    },
  }),
  writes({
    name: "wri-text-of-anything",
    description: "what is no data is stored as a text",
    caughtBy: ["WRI-4"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const isText = typeof data === "number" || typeof data === "boolean";
        await super.writeObject(
          objectName,
          isText ? String(data) : data,
          options,
        );
      }
    },
  }),
  writes({
    name: "wri-in-place",
    description: "writes into the object while the stream comes",
    caughtBy: ["WRI-5", "WRI-6", "WRI-8", "WRI-9", "WRI-10"],
    store: class extends FileObjectStore {
      protected override async createData(
        call: Call,
        size: number | undefined,
      ): Promise<NewObject> {
        const object = await super.createData(call, size);
        await this.backing.remove(call.key);
        return object;
      }
    },
    members: { oracle: fileHarness.oracle },
  }),
  writes({
    name: "wri-gone-meanwhile",
    description: "the old object is gone while a stream without a size comes",
    subtle: true,
    caughtBy: ["WRI-10"],
    store: class extends MemoryObjectStore {
      protected override async createData(
        call: Call,
        size: number | undefined,
      ): Promise<NewObject> {
        const object = await super.createData(call, size);
        if (size !== undefined) return object;
        const old = await this.backing.open(call.key);
        const bytes = await old?.read(0, old.size);
        await this.backing.remove(call.key);
        return {
          ...object,
          discard: async () => {
            await object.discard();
            if (!bytes) return;
            const again = await this.backing.create(call.key, bytes.length);
            await again.write(bytes);
            await again.commit();
          },
        };
      }
    },
  }),
  writes({
    name: "wri-keeps-the-bytes",
    description: "keeps the caller's bytes as they are, without a copy",
    subtle: true,
    caughtBy: ["WRI-11"],
    store: class extends MemoryObjectStore {
      readonly #kept = new Map<string, Uint8Array>();
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        await super.writeObject(objectName, data, options);
        if (!(data instanceof Uint8Array)) return;
        const key = this.keyOf(objectName);
        this.#kept.set(key, data);
      }
      protected override async receive(
        ...args: Parameters<MemoryObjectStore["receive"]>
      ): Promise<void> {
        const [call, object, temporary] = args;
        const kept = this.#kept.get(call.key);
        if (kept?.length !== object.size) return await super.receive(...args);
        const read = (position: number, length: number) =>
          Promise.resolve(kept.slice(position, position + length));
        await super.receive(call, { ...object, read }, temporary);
      }
    },
  }),
  writes({
    name: "wri-trims-names",
    description: "the name that data is written to is trimmed",
    subtle: true,
    caughtBy: ["WRI-13"],
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        const name = typeof objectName === "string"
          ? objectName.replace(/(?<=.) +$/, "")
          : objectName;
        await super.writeObject(name, data, options);
      }
    },
  }),
  writes({
    name: "wri-closed-meanwhile",
    description: "close() ends the writes that are under way",
    subtle: true,
    caughtBy: ["WRI-14"],
    store: class extends MemoryObjectStore {
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const chunk = await super.nextChunk(call, reader);
        this.checkOpen(call);
        return chunk;
      }
    },
  }),
  writes({
    name: "wri-collects",
    description: "a stream without a size is collected before it is stored",
    subtle: true,
    caughtBy: ["WRI-17"],
    store: class extends FileObjectStore {
      protected override async createData(
        call: Call,
        size: number | undefined,
      ): Promise<NewObject> {
        const object = await super.createData(call, size);
        if (size !== undefined) return object;
        const chunks: Uint8Array[] = [];
        return {
          ...object,
          write: (bytes) => Promise.resolve(void chunks.push(bytes.slice())),
          commit: async () => {
            for (const chunk of chunks) await object.write(chunk);
            await object.commit();
          },
        };
      }
    },
    members: {
      capabilities: [...fileHarness.capabilities ?? [], "streaming"],
      limits: {},
      oracle: fileHarness.oracle,
    },
  }),
  writes({
    name: "wri-holds-two",
    description: "a chunk is used when the next one has come",
    caughtBy: ["WRI-19"],
    store: class extends MemoryObjectStore {
      readonly #held = new WeakMap<DataReader, Uint8Array>();
      protected override async nextChunk(
        call: Call,
        reader: DataReader,
      ): Promise<Uint8Array | undefined> {
        const held = this.#held.get(reader) ??
          await super.nextChunk(call, reader);
        const next = held && await super.nextChunk(call, reader);
        if (next) this.#held.set(reader, next);
        else this.#held.delete(reader);
        return held;
      }
    },
  }),
  writes({
    name: "wri-one-signal",
    description: "a write that is aborted ends the others",
    subtle: true,
    caughtBy: ["WRI-20"],
    store: class extends MemoryObjectStore {
      readonly #writing = new Set<Call>();
      protected override async write(
        ...args: Parameters<MemoryObjectStore["write"]>
      ): Promise<void> {
        const [call] = args;
        this.#writing.add(call);
        try {
          await super.write(...args);
        } catch (error) {
          if (call.options.signal?.aborted) {
            for (const each of this.#writing) each.fail(error);
          }
          throw error;
        } finally {
          this.#writing.delete(call);
        }
      }
    },
  }),
  ...wriFailureMutants,
  ...wriWireMutants,
];
