import { lstat, readlink, rename, rm, truncate } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const landing = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "landings", subtle: true, ...details });

/** Stores that publish well, but for one kind of object or destination. */
export const landingMutants: readonly Mutant[] = [
  landing({
    name: "ovw-renames-into-directories",
    description:
      "in a directory destination a file that has appeared is replaced",
    caughtBy: ["OVW-5"],
    store: renamingWhere((call, target) => target !== call.path),
  }),
  landing({
    name: "ovw-renames-empty-objects",
    description: "an empty object replaces a file that has appeared",
    caughtBy: ["OVW-5"],
    store: renamingWhere(({ total }) => total === 0),
  }),
  landing({
    name: "ovw-appeared-as-large",
    description:
      "a file of the object's size that has appeared is taken for another download's",
    caughtBy: ["OVW-5"],
    store: class extends MemoryObjectStore {
      protected override async publishNew(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const there = await look(target);
        if (there?.isFile() && there.size === call.total) {
          return await rm(temporary.path);
        }
        await super.publishNew(call, temporary, target);
      }
    },
  }),
  landing({
    name: "ovw-empties-in-place",
    description: "for an empty object the old file is emptied where it is",
    caughtBy: ["OVW-8"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const [fresh, old] = [await lstat(temporary.path), await look(target)];
        if (fresh.size > 0 || !old?.isFile() || !(old.mode & 0o200)) {
          return await super.publishReplacing(temporary, target);
        }
        await truncate(target);
        await rm(temporary.path);
      }
    },
  }),
  landing({
    name: "ovw-through-links-beside",
    description:
      "with overwrite the target of a symlink is replaced if it lies beside it",
    caughtBy: ["OVW-11"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await look(target);
        const to = old?.isSymbolicLink() ? await readlink(target) : "/";
        const path = to.includes("/") ? target : resolve(dirname(target), to);
        await super.publishReplacing(temporary, path);
      }
    },
  }),
  landing({
    name: "ovw-undefined-replaces",
    description: "only overwrite: false is told from overwrite: true",
    caughtBy: ["OVW-1"],
    store: class extends MemoryObjectStore {
      protected override checkOptions(options: unknown): DownloadOptions {
        const checked = super.checkOptions(options);
        const given = Object(options) as DownloadOptions;
        const isTold = "overwrite" in given && given.overwrite !== false;
        return { ...checked, overwrite: isTold };
      }
    },
  }),
];

/** A store whose downloads rename, and so replace, in some circumstances. */
function renamingWhere(isSo: (call: Call, target: string) => boolean) {
  return class extends MemoryObjectStore {
    protected override async publishNew(
      call: Call,
      temporary: Temporary,
      target: string,
    ): Promise<void> {
      if (isSo(call, target)) return await rename(temporary.path, target);
      await super.publishNew(call, temporary, target);
    }
  };
}

async function look(path: string) {
  return await lstat(path).catch(() => undefined);
}
