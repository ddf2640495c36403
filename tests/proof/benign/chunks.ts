import type {
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import { fileHarness } from "../reference/file_harness.ts";
import { FileObjectStore } from "../reference/file_store.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { refuseLarger } from "./refuse_larger.ts";
import { makeVariant, type Variant } from "./variant.ts";

/** As many as are moved one by one in a reasonable time. */
const MOST = 300;
const MIB = 2 ** 20;
const RING = 160 * MIB;
/** Made when it is needed, as most cases need little of it. */
let ring: Uint8Array | undefined;

class OneByteChunks extends MemoryObjectStore {
  protected override get chunkSize(): number {
    return 1;
  }

  protected override createObject(call: Call): Promise<NewObject> {
    refuseLarger(call, MOST);
    return super.createObject(call);
  }
}

class LargeChunks extends MemoryObjectStore {
  protected override get chunkSize(): number {
    return 4 * MIB;
  }
}

class OddChunks extends MemoryObjectStore {
  protected override get chunkSize(): number {
    return 99_991;
  }
}

/** Has the whole object in memory before it begins to write, as with `arrayBuffer()`. */
class WholeObject extends MemoryObjectStore {
  protected override async send(
    call: Call,
    source: OpenSource,
    object: NewObject,
  ): Promise<void> {
    const bytes = await this.readSource(source, 0, source.size);
    await this.checkSourceUnchanged(source);
    for (let done = 0; done < bytes.length; done += MIB) {
      await this.report(call, done);
      await this.raceAbort(call, object.write(bytes.slice(done, done + MIB)));
    }
  }
}

/** Moves the chunks last to first. */
class LastFirst extends MemoryObjectStore {
  protected override async send(
    call: Call,
    source: OpenSource,
    object: NewObject,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    for (const { start, length, done } of backwards(source.size)) {
      await this.report(call, done);
      chunks.unshift(await this.readSource(source, start, length));
      await this.checkSourceUnchanged(source);
      this.checkAborted(call);
    }
    for (const chunk of chunks) {
      await this.raceAbort(call, object.write(chunk));
    }
  }

  protected override async receive(
    call: Call,
    object: StoredObject,
    temporary: Temporary,
  ): Promise<void> {
    for (const { start, length, done } of backwards(object.size)) {
      await this.report(call, done);
      const bytes = await this.raceAbort(call, object.read(start, length));
      this.checkAborted(call);
      await this.writeChunk(temporary, bytes, start);
    }
  }
}

/** Moves the bytes of a download through a ring of 160 MiB, which it has once and for all objects. */
class LargeRing extends FileObjectStore {
  protected override async receive(
    call: Call,
    object: StoredObject,
    temporary: Temporary,
  ): Promise<void> {
    let end = 0;
    const read = async (position: number, length: number) => {
      const bytes = await object.read(position, length);
      ring ??= new Uint8Array(RING);
      if (end + bytes.length > RING) end = 0;
      ring.set(bytes, end);
      end += bytes.length;
      return ring.slice(end - bytes.length, end);
    };
    await super.receive(call, { ...object, read }, temporary);
  }
}

/** Refuses a text that cannot be UTF-8, and so cannot be kept as it is. */
class WellFormedTexts extends MemoryObjectStore {
  override async writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void> {
    if (typeof data === "string" && !data.isWellFormed()) {
      throw new TypeError("A text with a lone surrogate has no UTF-8");
    }
    await super.writeObject(objectName, data, options);
  }
}

/** Correct stores that move bytes in pieces of their own. */
export const chunkVariants: readonly Variant[] = [
  makeVariant({
    name: "one-byte-chunks",
    description: "moves and reports single bytes, up to 300",
    open: (ctx) => new OneByteChunks(ctx),
    members: { limits: { largestObject: MOST, progressGranularity: 1 } },
  }),
  makeVariant({
    name: "large-chunks",
    description: "moves and reports 4 MiB at once",
    open: (ctx) => new LargeChunks(ctx),
    members: { limits: { progressGranularity: 4 * MIB } },
  }),
  makeVariant({
    name: "odd-chunks",
    description: "moves chunks of a prime number of bytes",
    open: (ctx) => new OddChunks(ctx),
  }),
  makeVariant({
    name: "whole-object",
    description: "reads the whole source before it sends",
    open: (ctx) => new WholeObject(ctx),
    members: { limits: { progressGranularity: MIB } },
  }),
  makeVariant({
    name: "last-first",
    description: "stores and fetches parts out of order",
    open: (ctx) => new LastFirst(ctx),
  }),
  makeVariant({
    name: "well-formed-texts",
    description: "refuses texts that have no UTF-8",
    open: (ctx) => new WellFormedTexts(ctx),
  }),
  makeVariant({
    name: "large-ring",
    description: "may hold 160 MiB, whatever an object's size",
    open: (ctx) => new LargeRing(ctx),
    base: fileHarness,
    members: {
      capabilities: ["flat", "reopen", "list", "process", "streaming"],
      limits: {},
    },
  }),
];

function* backwards(
  size: number,
): Generator<{ start: number; length: number; done: number }> {
  for (let end = size; end > 0; end -= 2 ** 16) {
    const start = Math.max(0, end - 2 ** 16);
    yield { start, length: end - start, done: size - end };
  }
}
