import { setTimeout } from "node:timers/promises";
import type { ObjectStore } from "../../../src/object_store.ts";
import type {
  Harness,
  HarnessContext,
  HarnessLimits,
} from "../../../conformance/model/harness.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import { memoryHarness } from "../reference/memory_harness.ts";
import { MemoryBacking, memoryPlace } from "../reference/memory_store.ts";
import { ReferenceStore } from "../reference/reference_store.ts";

const MIB = 2 ** 20;

/** How slow a store is. */
interface Slowness {
  /** Milliseconds of every operation, whatever it moves. */
  readonly operationMs?: number;
  /** Bytes a second, both ways. @default No bound. */
  readonly rate?: number;
  /** Bytes that are moved, and reported, at once. @default {65536} */
  readonly chunkSize?: number;
}

/** Objects in memory, far away or behind a thin line. */
class SlowBacking extends MemoryBacking {
  readonly #slowness: Slowness;

  constructor(ctx: HarnessContext, slowness: Slowness) {
    super(memoryPlace(ctx));
    this.#slowness = slowness;
  }

  override async size(key: string): Promise<number | undefined> {
    await this.#wait(0);
    return await super.size(key);
  }

  override async open(key: string): Promise<StoredObject | undefined> {
    await this.#wait(0);
    const object = await super.open(key);
    return object && {
      ...object,
      read: async (position, length) => {
        await this.#move(length);
        return await object.read(position, length);
      },
    };
  }

  override async create(key: string, size: number): Promise<NewObject> {
    const object = await super.create(key, size);
    return {
      ...object,
      write: async (chunk) => {
        await this.#move(chunk.length);
        await object.write(chunk);
      },
      commit: async () => {
        await this.#wait(0);
        await object.commit();
      },
    };
  }

  async #wait(ms: number): Promise<void> {
    await setTimeout(ms + (this.#slowness.operationMs ?? 0));
  }

  async #move(bytes: number): Promise<void> {
    const { rate } = this.#slowness;
    if (rate !== undefined) await setTimeout(1000 * bytes / rate);
  }
}

/** A correct store that takes its time. */
class SlowStore extends ReferenceStore {
  readonly #chunkSize: number;

  constructor(ctx: HarnessContext, slowness: Slowness) {
    super(new SlowBacking(ctx, slowness), ctx.prefix);
    this.#chunkSize = slowness.chunkSize ?? 2 ** 16;
  }

  protected override get chunkSize(): number {
    return this.#chunkSize;
  }
}

/** A store that is slow and correct: no clause promises speed. */
export interface SlowHarness {
  /** Short: `one-mib-a-second`. */
  readonly name: string;
  /** Opens it. */
  readonly harness: Harness;
}

/** Correct stores that are slow, each in its way. */
export const slowHarnesses: readonly SlowHarness[] = [
  slow("one-mib-a-second", { rate: MIB }),
  // As over SFTP: packets of 32 KiB, and an operation is some round trips.
  slow("sftp-like", { rate: 2_000_000, chunkSize: 2 ** 15, operationMs: 60 }),
  slow("calls-for-each-kilobyte", { chunkSize: 2 ** 10 }),
  slow("three-hundred-ms", { operationMs: 300 }),
];

/** A slow store in which one operation hangs. */
export type Hanging = "getObjectSize" | "uploadObject" | "downloadObject";

/** Opens a store of 1 MiB a second that never ends one of its operations on objects of more than a few bytes. */
export function hangingHarness(method: Hanging): Harness {
  const hang = (): Promise<never> => new Promise(() => {});
  return {
    ...slow("hangs", { rate: MIB }).harness,
    name: `hangs in ${method}`,
    open(ctx) {
      const store = new SlowStore(ctx, { rate: MIB });
      return Object.assign(store, { [method]: hang }) as ObjectStore;
    },
  };
}

function slow(name: string, slowness: Slowness): SlowHarness {
  const limits: HarnessLimits = {
    progressGranularity: slowness.chunkSize ?? 2 ** 16,
  };
  const { module: _, ...rest } = memoryHarness;
  const harness: Harness = {
    ...rest,
    name: `slow: ${name}`,
    // The powers are those of the store in memory alone.
    capabilities: ["flat", "reopen"],
    limits,
    open: (ctx) => new SlowStore(ctx, slowness),
  };
  return { name, harness };
}
