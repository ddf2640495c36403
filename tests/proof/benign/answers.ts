import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import {
  MemoryBacking,
  MemoryObjectStore,
  memoryPlace,
} from "../reference/memory_store.ts";
import { PoweredReferenceStore } from "../reference/powered_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

const MIB = 2 ** 20;

/** The first attempt at everything fails inside; nobody sees it. */
class TriesAgain extends MemoryObjectStore {
  protected override async receive(
    call: Call,
    object: StoredObject,
    temporary: Temporary,
  ): Promise<void> {
    const half = Math.floor(object.size / 2);
    for (let done = 0; done < half; done += MIB) {
      const length = Math.min(MIB, half - done);
      const bytes = await this.raceAbort(call, object.read(done, length));
      await this.writeChunk(temporary, bytes, done);
      await this.report(call, done);
    }
    // Here the connection broke: from the start, without a step back in the count.
    await super.receive(call, object, temporary);
  }

  protected override async send(
    call: Call,
    source: OpenSource,
    object: NewObject,
  ): Promise<void> {
    const failing = await this.backing.create(call.key, call.total);
    const length = Math.min(this.chunkSize, Math.ceil(source.size / 2));
    await failing.write(await this.readSource(source, 0, length));
    await this.report(call, length);
    await failing.discard();
    await super.send(call, source, object);
  }
}

/** The answer to each commit is lost; it looks, and finds the object as it sent it. */
class LooksAfterLostAnswer extends PoweredReferenceStore {
  constructor(ctx: Parameters<typeof memoryPlace>[0]) {
    super(new LosingBacking(memoryPlace(ctx)), ctx.prefix);
  }

  protected override async commitObject(
    call: Call,
    object: NewObject,
  ): Promise<void> {
    await super.commitObject(call, object).catch(async (error) => {
      const isStored = (error as { lost?: boolean }).lost === true &&
        await this.backing.size(call.key) === call.total;
      if (!isStored) throw error;
    });
  }
}

class LosingBacking extends MemoryBacking {
  override async create(key: string, size: number): Promise<NewObject> {
    const object = await super.create(key, size);
    const commit = async () => {
      await object.commit();
      throw Object.assign(new Error("answer lost"), { lost: true });
    };
    return { ...object, commit };
  }
}

/** Asks for the size first, and then for the object. */
class AsksFirst extends MemoryObjectStore {
  protected override async openObject(call: Call): Promise<StoredObject> {
    await this.askSize(call);
    return await super.openObject(call);
  }
}

/** Correct stores that ask their service more often than they would have to. */
export const answerVariants: readonly Variant[] = [
  makeVariant({
    name: "tries-again",
    description: "a hidden retry inside each transfer",
    open: (ctx) => new TriesAgain(ctx),
  }),
  makeVariant({
    name: "looks-after-lost-answer",
    description: "resolves a lost answer to a commit by looking",
    open: (ctx) => new LooksAfterLostAnswer(ctx),
  }),
  makeVariant({
    name: "asks-first",
    description: "two requests for each download",
    open: (ctx) => new AsksFirst(ctx),
  }),
];
