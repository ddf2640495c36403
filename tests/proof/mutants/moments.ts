import { lstat, rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const momentary = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "moments", ...details });

/** Milliseconds between what is taken away and what comes in its place. */
const MOMENT = 3;

/** A store that removes an object before it makes the new one visible. */
abstract class InTwoSteps extends MemoryObjectStore {
  /** Whether an object is replaced so. */
  protected abstract isAffected(call: Call): boolean;

  protected override async commitObject(
    call: Call,
    object: NewObject,
  ): Promise<void> {
    if (this.isAffected(call)) {
      await this.backing.remove(call.key);
      await wait(MOMENT);
    }
    await super.commitObject(call, object);
  }
}

/** A store that removes what is at a destination before it renames the new file. */
class ClearsTheWay extends MemoryObjectStore {
  /** Whether such a file is removed first. */
  protected isAffected(_mode: number, _isLink: boolean): boolean {
    return true;
  }

  protected override async publishReplacing(
    temporary: Temporary,
    target: string,
  ): Promise<void> {
    const old = await lstat(target).catch(() => undefined);
    if (
      old && !old.isDirectory() &&
      this.isAffected(old.mode, old.isSymbolicLink())
    ) {
      await rm(target);
      await wait(MOMENT);
    }
    await super.publishReplacing(temporary, target);
  }
}

/** Stores in which something is missing for a moment, or is there for longer than it should be. */
export const momentMutants: readonly Mutant[] = [
  momentary({
    name: "moment-put",
    description: "a small upload removes the old object first",
    caughtBy: ["ATM-8"],
    store: class extends InTwoSteps {
      protected override isAffected(call: Call): boolean {
        return call.action === "upload" && call.total < 100_000;
      }
    },
  }),
  momentary({
    name: "moment-write",
    description: "a write removes the old object first",
    subtle: true,
    hasPowers: true,
    caughtBy: ["WRI-10"],
    store: class extends InTwoSteps {
      protected override isAffected(call: Call): boolean {
        return call.action === "write";
      }
    },
  }),
  momentary({
    name: "moment-small-file",
    description: "a small download removes the old file first",
    caughtBy: ["OVW-2", "OVW-8", "OVW-9", "OVW-11", "OVW-13"],
    store: ClearsTheWay,
  }),
  momentary({
    name: "moment-read-only-file",
    description: "a read-only file is removed before the new one is there",
    subtle: true,
    caughtBy: ["OVW-9"],
    store: class extends ClearsTheWay {
      protected override isAffected(mode: number): boolean {
        return (mode & 0o200) === 0;
      }
    },
  }),
  momentary({
    name: "moment-link",
    description: "a symlink is removed before the new file is there",
    subtle: true,
    caughtBy: ["OVW-11", "OVW-13"],
    store: class extends ClearsTheWay {
      protected override isAffected(_mode: number, isLink: boolean): boolean {
        return isLink;
      }
    },
  }),
  momentary({
    name: "moment-deleted",
    description:
      "a deleted name stays missing for a moment, whoever has uploaded it",
    subtle: true,
    hasPowers: true,
    caughtBy: ["DEL-1"],
    store: class extends MemoryObjectStore {
      readonly #gone = new Map<string, number>();

      protected override async remove(call: Call): Promise<void> {
        await super.remove(call);
        this.#gone.set(call.key, performance.now() + 100);
      }

      protected override async askSize(call: Call): Promise<number> {
        const until = this.#gone.get(call.key) ?? 0;
        if (performance.now() < until) throw this.notFound(call);
        return await super.askSize(call);
      }

      protected override commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        this.#gone.delete(call.key);
        return super.commitObject(call, object);
      }
    },
  }),
  momentary({
    name: "con-keeps-sources-of-failed",
    description: "the source of an upload that fails stays open",
    subtle: true,
    caughtBy: ["CON-6"],
    store: class extends MemoryObjectStore {
      readonly #kept: (() => Promise<void>)[] = [];

      protected override async send(
        call: Call,
        source: OpenSource,
        object: NewObject,
      ): Promise<void> {
        try {
          await super.send(call, source, object);
        } catch (error) {
          const { file } = source;
          this.#kept.push(file.close.bind(file));
          file.close = () => Promise.resolve();
          throw error;
        }
      }

      override async close(): Promise<void> {
        await super.close();
        for (const close of this.#kept.splice(0)) await close();
      }
    },
  }),
];
