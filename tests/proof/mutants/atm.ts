import { randomUUID } from "node:crypto";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryBacking, MemoryObjectStore } from "../reference/memory_store.ts";
import { memoryPlace } from "../reference/memory_store.ts";
import { ReferenceStore } from "../reference/reference_store.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { diskOracle, DiskPlace } from "./disk_place.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** What uploads of one size to one key share in a store that is wrong. */
const shared = new Map<string, Uint8Array>();

/** Stores in which something is half there. */
export const atmMutants: readonly Mutant[] = [
  ofMemory({
    group: "atm",
    name: "atm-removes-then-renames",
    description:
      "with overwrite the old file goes just before the new one comes",
    subtle: true,
    caughtBy: ["ATM-1"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await rm(target, { force: true });
        await new Promise((resolve) => setTimeout(resolve, 0));
        await super.publishReplacing(temporary, target);
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-reserves",
    description: "a name is reserved by an empty file also where links work",
    subtle: true,
    caughtBy: ["ATM-1"],
    store: class extends MemoryObjectStore {
      protected override async publishNew(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const file = await open(target, "wx").catch((error) => {
          if (error.code !== "EEXIST") throw error;
          throw this.fileExists(call, target);
        });
        await file.close();
        // As long as a busy disk takes.
        await wait(5);
        await rename(temporary.path, target);
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-keeps-empty-temporary",
    description: "a temporary file without bytes stays after a failure",
    subtle: true,
    caughtBy: [
      "OVW-10",
      "DST-11",
      "CB-8",
      "CB-9",
      "CB-13",
      "CB-15",
      "ATM-2",
      "ATM-10",
      "CON-6",
      "CON-7",
      "ABT-2",
      "ABT-5",
      "ABT-6",
      "ABT-7",
      "ABT-8",
    ],
    store: class extends MemoryObjectStore {
      protected override async removeTemporary(
        temporary: Temporary,
      ): Promise<void> {
        const stats = await temporary.file.stat().catch(() => undefined);
        if (stats?.size !== 0) return await super.removeTemporary(temporary);
        await temporary.file.close();
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-spool-stays",
    description:
      "what an upload puts into TMPDIR stays until the store is closed, if the upload fails",
    subtle: true,
    caughtBy: ["ATM-3", "CLS-3", "CLS-5", "CLS-7"],
    store: class extends MemoryObjectStore {
      readonly #spools: string[] = [];

      protected override async createObject(call: Call): Promise<NewObject> {
        const object = await super.createObject(call);
        const path = join(tmpdir(), `spool-${randomUUID()}`);
        this.#spools.push(path);
        await writeFile(path, "");
        return { ...object, commit: () => rm(path).then(object.commit) };
      }

      protected override async doClose(): Promise<void> {
        for (const path of this.#spools) await rm(path, { force: true });
        await super.doClose();
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-spool-of-streams-stays",
    description:
      "what a stream of unknown size puts into TMPDIR stays when it is stored",
    subtle: true,
    hasPowers: true,
    caughtBy: ["ATM-3"],
    store: class extends MemoryObjectStore {
      protected override async createData(
        call: Call,
        size: number | undefined,
      ): Promise<NewObject> {
        const path = join(tmpdir(), `spool-${randomUUID()}`);
        if (size === undefined) await writeFile(path, "");
        return await super.createData(call, size);
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-part-of-aborted-stays",
    description:
      "an abort in the middle of a download leaves what came in TMPDIR",
    subtle: true,
    caughtBy: ["ATM-3"],
    store: class extends MemoryObjectStore {
      protected override async receive(
        call: Call,
        object: StoredObject,
        temporary: Temporary,
      ): Promise<void> {
        try {
          await super.receive(call, object, temporary);
        } catch (error) {
          const path = join(tmpdir(), `part-${randomUUID()}`);
          const isMiddle = call.reported * 2 >= call.total;
          const { aborted = false } = call.options.signal ?? {};
          if (isMiddle && aborted) await writeFile(path, "");
          throw error;
        }
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-never-total",
    description:
      "the last call of a download of more than 1 MiB lacks its last byte",
    // It has no last call at which ATM-4 could end its process.
    caughtBy: [
      "CB-3",
      "CB-9",
      "CB-10",
      "CB-14",
      "ATM-6",
      "BIG-1",
      "NAM-7",
      "NAM-16",
    ],
    members: {
      capabilities: ["flat", "reopen", "process"],
      oracle: diskOracle,
      cleanup() {},
    },
    store: class extends ReferenceStore {
      constructor(ctx: HarnessContext) {
        super(new MemoryBacking(new DiskPlace(ctx)), ctx.prefix);
      }

      protected override async finishReport(call: Call): Promise<void> {
        const isLarge = call.total > 2 ** 20 &&
          call.action === "download";
        await this.tell(call, isLarge ? call.total - 1 : call.total);
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-one-temporary-name",
    description:
      "the temporary file of one destination always has one name, which must be free",
    subtle: true,
    caughtBy: ["GET-9", "OVW-10", "ATM-4", "ATM-5", "CON-3", "NAM-7", "NAM-16"],
    members: {
      capabilities: ["flat", "reopen", "process"],
      oracle: diskOracle,
      cleanup() {},
    },
    store: class extends ReferenceStore {
      constructor(ctx: HarnessContext) {
        super(new MemoryBacking(new DiskPlace(ctx)), ctx.prefix);
      }

      protected override async createTemporary(
        target: string,
      ): Promise<Temporary> {
        const path = `${target}.reference`;
        try {
          return { file: await open(path, "wx", 0o666), path, made: [] };
        } catch (error) {
          if ((error as { code?: unknown }).code !== "ENOENT") throw error;
          return await super.createTemporary(target);
        }
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-leftover-not-cut",
    description:
      "a leftover is written over, and its rest stays if it is longer",
    subtle: true,
    caughtBy: ["ATM-5"],
    store: class extends MemoryObjectStore {
      protected override async createTemporary(
        target: string,
      ): Promise<Temporary> {
        const path = `${target}.part`;
        const file = await open(path, "r+", 0o666).catch(() => undefined);
        if (!file) return await super.createTemporary(target);
        return { file, path, made: [] };
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-reads-what-is-there",
    description: "each piece is read from the object of that moment",
    subtle: true,
    caughtBy: ["ATM-6"],
    store: class extends MemoryObjectStore {
      protected override async openObject(call: Call): Promise<StoredObject> {
        const first = await super.openObject(call);
        const read: StoredObject["read"] = async (position, length) => {
          const now = await this.backing.open(call.key);
          return await (now ?? first).read(position, length);
        };
        return { ...first, read };
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-shared-upload",
    description: "uploads of one size to one name at once share a buffer",
    subtle: true,
    caughtBy: ["ATM-7"],
    store: class extends MemoryObjectStore {
      protected override async createObject(call: Call): Promise<NewObject> {
        const key = `${call.total} ${call.key}`;
        const bytes = shared.get(key) ?? new Uint8Array(call.total);
        shared.set(key, bytes);
        const object = await super.createObject(call);
        let done = 0;
        return {
          ...object,
          write: (chunk) => {
            bytes.set(chunk, done);
            done += chunk.length;
            return Promise.resolve();
          },
          commit: async () => {
            // Whoever comes second takes the first one's object for its own.
            if (!shared.delete(key)) return;
            await object.write(bytes);
            await object.commit();
          },
        };
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-visible-early",
    description: "a large object is visible as soon as half of it is written",
    subtle: true,
    caughtBy: ["ATM-8"],
    store: class extends ReferenceStore {
      constructor(ctx: HarnessContext) {
        super(new EarlyBacking(memoryPlace(ctx)), ctx.prefix);
      }
    },
  }),
  ofMemory({
    group: "atm",
    name: "atm-full-disk-residue",
    description: "a temporary file that the full disk has cut stays",
    subtle: true,
    caughtBy: ["GET-10", "ATM-10"],
    store: class extends MemoryObjectStore {
      #isFull = false;

      protected override async writeChunk(
        temporary: Temporary,
        bytes: Uint8Array,
        position: number,
      ): Promise<void> {
        try {
          await super.writeChunk(temporary, bytes, position);
        } catch (error) {
          this.#isFull = true;
          throw error;
        }
      }

      protected override async removeTemporary(
        temporary: Temporary,
      ): Promise<void> {
        if (!this.#isFull) return await super.removeTemporary(temporary);
        await temporary.file.close();
      }
    },
  }),
];

/** Makes objects visible before they are complete, if they are larger than most. */
class EarlyBacking extends MemoryBacking {
  override async create(key: string, size: number): Promise<NewObject> {
    const object = await super.create(key, size);
    const bytes = new Uint8Array(size);
    let done = 0;
    return {
      ...object,
      write: (chunk) => {
        bytes.set(chunk, done);
        done += chunk.length;
        const isEarly = size > 2 ** 20 && done >= size / 2;
        if (isEarly) this.place.set(key, bytes);
        return object.write(chunk);
      },
    };
  }
}
