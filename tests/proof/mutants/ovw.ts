import { rmdirSync, type Stats } from "node:fs";
import {
  chmod,
  copyFile,
  lstat,
  lutimes,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { env } from "node:process";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

// Only where such a file system is mounted can the mutant be told from a correct store.
const noLinkDevice = env.OBJECT_STORE_NO_LINK_DEVICE;

/** Stores that treat what is at the destination wrongly. */
export const ovwMutants: readonly Mutant[] = [
  ofMemory({
    group: "ovw",
    name: "ovw-empty-is-absent",
    description:
      "an existing empty file is only seen when the file is published",
    subtle: true,
    caughtBy: ["OVW-1"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        if (existing.isFile() && existing.size === 0) return;
        super.checkOverwrite(call, path, existing);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-empty-clears-the-way",
    description:
      "the file of an empty object takes the place of one that has appeared",
    subtle: true,
    caughtBy: ["OVW-5"],
    store: class extends MemoryObjectStore {
      protected override async publishNew(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const { size } = await stat(temporary.path);
        if (size > 0) return await super.publishNew(call, temporary, target);
        const inTheWay = await lstat(target).catch(() => undefined);
        if (inTheWay && !inTheWay.isDirectory()) await rm(target);
        await super.publishNew(call, temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-touches",
    description: "a file that is not to be replaced gets a new time",
    subtle: true,
    caughtBy: ["GET-3", "GET-10", "OVW-1", "OVW-4", "ATM-2", "ATM-10"],
    store: class extends MemoryObjectStore {
      protected override async download(call: Call): Promise<void> {
        const now = new Date();
        await lutimes(call.path, now, now).catch(() => {});
        await super.download(call);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-same-size",
    description: "a file of the same size is taken for the same file and kept",
    subtle: true,
    caughtBy: ["OVW-2", "OVW-8", "OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await lstat(target).catch(() => undefined);
        const { size } = await stat(temporary.path);
        if (old?.isFile() && old.size === size) return await rm(temporary.path);
        await super.publishReplacing(temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-no-parents",
    description: "with overwrite missing parents are not made",
    subtle: true,
    caughtBy: ["OVW-3", "DST-14", "CON-2"],
    store: class extends MemoryObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        if (!call.options.overwrite) {
          return await super.publish(call, temporary, target);
        }
        await temporary.file.close();
        await this.publishReplacing(temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-asks-first",
    description: "the object is asked for before the destination is looked at",
    subtle: true,
    caughtBy: ["OVW-4", "ERR-13"],
    store: class extends MemoryObjectStore {
      protected override async download(call: Call): Promise<void> {
        const object = await this.openObject(call);
        await object.close();
        await super.download(call);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-check-then-rename",
    description: "a check, and at the end a rename, which replaces",
    caughtBy: ["OVW-5", "OVW-10", "CON-3"],
    store: class extends MemoryObjectStore {
      protected override async publishNew(
        _call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await rename(temporary.path, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-late-check-then-rename",
    description:
      "a check just before the rename, which does not see a dangling symlink",
    subtle: true,
    caughtBy: ["OVW-5", "OVW-10", "CON-3"],
    store: class extends MemoryObjectStore {
      protected override async publishNew(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const found = await stat(target).catch(() => undefined);
        if (found) throw this.fileExists(call, target);
        await rename(temporary.path, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-looks-through-links",
    description: "a dangling symlink is only seen when the file is published",
    subtle: true,
    caughtBy: ["OVW-7"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        if (!existing.isSymbolicLink()) {
          super.checkOverwrite(call, path, existing);
        }
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-keeps-hard-links",
    description: "a file with other hard links is written in place",
    subtle: true,
    caughtBy: ["OVW-8"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await lstat(target).catch(() => undefined);
        if (!old?.isFile() || old.nlink === 1) {
          return await super.publishReplacing(temporary, target);
        }
        await copyFile(temporary.path, target);
        await rm(temporary.path);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-old-mode",
    description: "the new file gets the mode of the old one",
    subtle: true,
    caughtBy: ["GET-8", "OVW-9", "OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await lstat(target).catch(() => undefined);
        if (old?.isFile()) await chmod(temporary.path, old.mode);
        await super.publishReplacing(temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-denied-is-missing",
    description:
      "a directory that may not be written is told as a missing object",
    subtle: true,
    caughtBy: ["PUT-5", "GET-10", "OVW-9"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const { code } = error as { code?: unknown };
        return code === "EACCES" ? this.notFound(call) : error;
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-through-links",
    description: "with overwrite the target of a symlink is replaced",
    subtle: true,
    caughtBy: ["OVW-11", "OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const path = await realpath(target).catch(() => target);
        await super.publishReplacing(temporary, path);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-is-there-already",
    description:
      "without overwrite, a file of the object's size is taken for a download that was made before",
    subtle: true,
    caughtBy: ["OVW-1"],
    store: class extends MemoryObjectStore {
      protected override async download(call: Call): Promise<void> {
        const size = await this.backing.size(call.key, call.signal);
        const there = await stat(call.path).catch(() => undefined);
        const isSame = there?.isFile() && there.size === size;
        if (isSame && !call.options.overwrite) return;
        await super.download(call);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-clears-the-way-before",
    description:
      "an empty directory in the way is removed before the transfer, with overwrite",
    subtle: true,
    caughtBy: ["OVW-12"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        try {
          if (call.options.overwrite) return rmdirSync(path);
        } catch {
          // It is no empty directory.
        }
        super.checkOverwrite(call, path, existing);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-clears-empty-directories",
    description:
      "an empty directory at the destination is removed and replaced",
    subtle: true,
    caughtBy: ["OVW-12", "DST-13"],
    store: class extends MemoryObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await rmdir(target).catch(() => {});
        await super.publish(call, temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-up-to-date",
    description:
      "what gives the object's bytes when it is read is kept, be it a link",
    caughtBy: ["OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const isSame = await haveSameBytes(temporary.path, target);
        if (isSame) return await rm(temporary.path);
        await super.publishReplacing(temporary, target);
      }
    },
  }),
  ofMemory({
    group: "ovw",
    name: "ovw-file-up-to-date",
    description: "a regular file with the object's bytes is kept",
    subtle: true,
    caughtBy: ["OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await lstat(target).catch(() => undefined);
        const isSame = old?.isFile() &&
          await haveSameBytes(temporary.path, target);
        if (isSame) return await rm(temporary.path);
        await super.publishReplacing(temporary, target);
      }
    },
  }),
  ...(noLinkDevice === undefined ? [] : [ofMemory({
    group: "ovw",
    name: "ovw-reserves-nothing",
    description: "without hard links the file is renamed, which replaces",
    subtle: true,
    caughtBy: ["OVW-10"],
    members: { noLinkDevice },
    store: class extends MemoryObjectStore {
      protected override async publishReserved(
        _call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await rename(temporary.path, target);
      }
    },
  })]),
];

async function haveSameBytes(path: string, other: string): Promise<boolean> {
  const read = (each: string) => readFile(each).catch(() => undefined);
  const [bytes, old] = await Promise.all([read(path), read(other)]);
  return bytes !== undefined && old !== undefined && bytes.equals(old);
}
