import { openSync } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Call } from "../reference/call.ts";
import { JoiningStore } from "./joining_store.ts";
import type { ByteRange, StoredObject } from "../reference/backing.ts";
import type { OpenSource, Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

type Details = Omit<MemoryMutantDetails, "group">;

const details: readonly Details[] = [{
  name: "con-one-buffer",
  description: "all uploads read into one buffer",
  caughtBy: ["PUT-11", "CB-14", "CON-1", "CON-2", "CON-3", "CON-4", "CON-7"],
  store: class extends MemoryObjectStore {
    readonly #buffer = new Uint8Array(this.chunkSize);

    protected override async readSource(
      source: OpenSource,
      position: number,
      length: number,
    ): Promise<Uint8Array> {
      this.#buffer.set(await super.readSource(source, position, length));
      await Promise.resolve();
      return this.#buffer.subarray(0, length);
    }
  },
}, {
  name: "con-thirty-at-once",
  description: "more than thirty operations at once are refused",
  subtle: true,
  caughtBy: ["SIZ-7", "CON-1", "LST-4"],
  store: class extends MemoryObjectStore {
    #running = 0;

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      if (this.#running >= 30) throw this.transient(call, "too many at once");
      this.#running++;
      return await super.run(call, action).finally(() => this.#running--);
    }
  },
}, {
  name: "con-one-temporary",
  description: "the temporary file of a path always has the same name",
  subtle: true,
  caughtBy: ["OVW-10", "CON-2", "CON-3"],
  store: class extends MemoryObjectStore {
    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const { file, path, made } = await super.createTemporary(target);
      await file.close();
      const label = target.replaceAll(/[^a-z0-9]/gi, "").slice(-150);
      const own = join(dirname(path), `.${label}.tmp`);
      await rename(path, own);
      return { file: await open(own, "r+"), path: own, made };
    }
  },
}, {
  name: "con-writes-in-place",
  description: "with 'overwrite' the file is written under its own name",
  caughtBy: ["GET-8", "OVW-8", "OVW-9", "OVW-11", "OVW-13", "ATM-1", "CON-2"],
  store: class extends MemoryObjectStore {
    protected override async publishReplacing(
      { path }: Temporary,
      target: string,
    ): Promise<void> {
      const from = await open(path, "r");
      const to = await open(target, "w").catch(async (error) => {
        await from.close();
        throw error;
      });
      const bytes = await from.readFile();
      for (let at = 0; at < bytes.length; at += 4_096) {
        await to.write(bytes.subarray(at, at + 4_096), 0, null, at);
      }
      await from.close();
      await to.close();
      await rm(path);
    }
  },
}, {
  name: "con-none-of-them",
  description:
    "of several downloads that replace one path at once none makes its file, and all succeed",
  subtle: true,
  caughtBy: ["CON-2"],
  store: class extends MemoryObjectStore {
    readonly #running = new Map<string, number>();
    readonly #contested = new Set<string>();

    protected override async download(call: Call): Promise<void> {
      const { path } = call;
      const others = this.#running.get(path) ?? 0;
      this.#running.set(path, others + 1);
      if (others > 0) this.#contested.add(path);
      try {
        await super.download(call);
      } finally {
        const rest = this.#running.get(path)! - 1;
        this.#running.set(path, rest);
        if (rest === 0) this.#contested.delete(path);
      }
    }

    protected override async publishReplacing(
      temporary: Temporary,
      target: string,
    ): Promise<void> {
      if (this.#contested.has(target)) await rm(temporary.path);
      else await super.publishReplacing(temporary, target);
    }
  },
}, {
  name: "con-check-then-rename",
  description: "without 'overwrite' the path is checked, then renamed onto",
  subtle: true,
  caughtBy: ["OVW-10", "CON-3"],
  store: class extends MemoryObjectStore {
    protected override async publishNew(
      call: Call,
      { path }: Temporary,
      target: string,
    ): Promise<void> {
      const isThere = await lstat(target).then(() => true, () => false);
      if (isThere) throw this.fileExists(call, target);
      await rename(path, target);
    }
  },
}, {
  name: "con-raw-exists",
  description: "a file that appears meanwhile gives the raw error",
  subtle: true,
  caughtBy: ["OVW-5", "OVW-10", "CON-3"],
  store: class extends MemoryObjectStore {
    protected override async publishNew(
      call: Call,
      temporary: Temporary,
      target: string,
    ): Promise<void> {
      try {
        await super.publishNew(call, temporary, target);
      } catch (error) {
        if ((error as { code: unknown }).code !== "FILE_EXISTS") throw error;
        throw Object.assign(new Error("file exists"), { code: "EEXIST" });
      }
    }
  },
}, {
  name: "con-remembers-sizes",
  description: "a handle keeps the sizes that it has seen or made",
  subtle: true,
  caughtBy: [
    "PUT-3",
    "PUT-8",
    "SIZ-5",
    "SIZ-7",
    "CON-4",
    "NAM-9",
    "NAM-13",
    "NAM-15",
  ],
  store: class extends MemoryObjectStore {
    readonly #sizes = new Map<string, number>();

    protected override async askSize(call: Call): Promise<number> {
      const size = this.#sizes.get(call.key) ?? await super.askSize(call);
      this.#sizes.set(call.key, size);
      return size;
    }

    protected override async upload(call: Call): Promise<void> {
      this.#sizes.delete(call.key);
      await super.upload(call);
    }
  },
}, {
  name: "con-one-at-a-time",
  description: "operations wait for each other",
  caughtBy: ["CON-5"],
  store: class extends MemoryObjectStore {
    #before: Promise<unknown> = Promise.resolve();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = this.#before;
      this.#before = promise;
      return await super.run(call, async () => {
        await this.raceAbort(call, before);
        return await action();
      }).finally(() => before.then(() => resolve()));
    }
  },
}, {
  name: "con-size-waits-for-uploads",
  description: "getObjectSize waits until no upload is in progress",
  subtle: true,
  caughtBy: ["CON-5"],
  store: class extends MemoryObjectStore {
    readonly #uploads = new Set<Promise<void>>();

    protected override async upload(call: Call): Promise<void> {
      const upload = super.upload(call);
      this.#uploads.add(upload);
      await upload.finally(() => this.#uploads.delete(upload));
    }

    protected override async askSize(call: Call): Promise<number> {
      await this.raceAbort(call, Promise.allSettled(this.#uploads));
      return await super.askSize(call);
    }
  },
}, {
  name: "con-leaks-sources",
  description: "an upload opens its source twice and closes it once",
  caughtBy: ["CON-6"],
  store: class extends MemoryObjectStore {
    protected override async openSource(path: string): Promise<OpenSource> {
      const source = await super.openSource(path);
      if (source.size < 5_000) openSync(path, "r");
      return source;
    }
  },
}, {
  name: "con-fails-together",
  description: "an operation that fails makes the others fail",
  caughtBy: ["SIZ-7", "CON-6", "CON-7", "CON-8", "ABT-7", "CLS-7"],
  store: class extends MemoryObjectStore {
    readonly #calls = new Set<Call>();

    protected override async run<T>(
      call: Call,
      action: () => Promise<T>,
    ): Promise<T> {
      this.#calls.add(call);
      try {
        return await super.run(call, action);
      } catch (error) {
        for (const other of this.#calls) other.fail(error);
        throw error;
      } finally {
        this.#calls.delete(call);
      }
    }
  },
}, {
  name: "con-resets-client",
  description: "a callback that throws makes requests of others fail",
  subtle: true,
  caughtBy: ["CON-6", "CON-7", "CON-8"],
  store: class extends MemoryObjectStore {
    #resets = 0;

    protected override async tell(call: Call, bytes: number): Promise<void> {
      const before = this.#resets;
      try {
        await super.tell(call, bytes);
      } catch (error) {
        if (!call.options.signal?.aborted) this.#resets++;
        throw error;
      }
      if (this.#resets > before) throw this.transient(call, "connection lost");
    }
  },
}, {
  name: "con-removes-all",
  description:
    "a failed download removes the directories that it made with what is in them, unless its own file is there",
  caughtBy: ["ATM-2", "CON-8", "CON-9"],
  store: class extends MemoryObjectStore {
    readonly #targets = new WeakMap<Temporary, string>();

    protected override async removeTemporary(
      temporary: Temporary,
    ): Promise<void> {
      await super.removeTemporary(temporary);
      const [top] = temporary.made;
      const target = this.#targets.get(temporary);
      const isThere = target && await lstat(target).catch(() => undefined);
      if (top && !isThere) await rm(top, { recursive: true, force: true });
    }

    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const made = await mkdir(dirname(target), { recursive: true });
      const temporary = await super.createTemporary(target);
      this.#targets.set(temporary, target);
      if (made) temporary.made.push(made);
      return temporary;
    }
  },
}, {
  name: "con-removes-strangers",
  description:
    "a failed download removes the directories above its destination that were not there, unless another download of the store uses them",
  caughtBy: ["DST-13", "CON-3", "CON-9"],
  mayBeCaughtBy: ["CON-8"],
  store: class extends MemoryObjectStore {
    readonly #fresh = new Map<Temporary, string>();

    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const top = await findMissing(dirname(target));
      const temporary = await super.createTemporary(target);
      if (top) this.#fresh.set(temporary, top);
      return temporary;
    }

    protected override async publish(
      call: Call,
      temporary: Temporary,
      target: string,
    ): Promise<void> {
      await super.publish(call, temporary, target);
      this.#fresh.delete(temporary);
    }

    protected override async removeTemporary(
      temporary: Temporary,
    ): Promise<void> {
      await super.removeTemporary(temporary);
      const top = this.#fresh.get(temporary);
      this.#fresh.delete(temporary);
      const isShared = [...this.#fresh.values()].includes(top ?? "");
      if (top && !isShared) await rm(top, { recursive: true, force: true });
    }
  },
}, {
  name: "con-removes-parent",
  description:
    "a failed download removes the directory of its destination, if it was not there, with files that hold less than a kilobyte",
  subtle: true,
  caughtBy: ["DST-13", "CON-8", "CON-9"],
  store: class extends MemoryObjectStore {
    readonly #fresh = new WeakMap<Temporary, string>();

    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const parent = dirname(target);
      const isThere = await lstat(parent).catch(() => undefined);
      const temporary = await super.createTemporary(target);
      if (!isThere) this.#fresh.set(temporary, parent);
      return temporary;
    }

    protected override async removeTemporary(
      temporary: Temporary,
    ): Promise<void> {
      await super.removeTemporary(temporary);
      const parent = this.#fresh.get(temporary);
      if (parent === undefined) return;
      const names = await readdir(parent).catch(() => []);
      const sizes = await Promise.all(
        names.map(async (name) => (await lstat(join(parent, name))).size),
      );
      if (sizes.some((size) => size >= 1000)) return;
      await rm(parent, { recursive: true, force: true });
    }
  },
}, {
  name: "con-joins-downloads",
  description: "a download gets the object that another one has opened",
  caughtBy: ["CON-11"],
  store: class extends JoiningStore {
    protected override openObject(call: Call): Promise<StoredObject> {
      return this.join(call.key, () => super.openObject(call));
    }
  },
}, {
  name: "con-joins-readings",
  description: "a whole reading gets the object that another one has opened",
  subtle: true,
  hasPowers: true,
  caughtBy: ["CON-11"],
  store: class extends JoiningStore {
    protected override openRange(
      call: Call,
      range: ByteRange,
    ): Promise<StoredObject> {
      const open = () => super.openRange(call, range);
      const isWhole = range.start === 0 && range.end === Infinity;
      return isWhole ? this.join(call.key, open) : open();
    }
  },
}, {
  name: "con-makes-parents-once",
  description: "a publish that finds its new directory gone fails",
  subtle: true,
  caughtBy: ["ATM-2", "CON-8"],
  store: class extends MemoryObjectStore {
    protected override async createTemporary(
      target: string,
    ): Promise<Temporary> {
      const temporary = await super.createTemporary(target);
      await this.makeParents(dirname(target), temporary.made);
      return temporary;
    }

    protected override async publish(
      call: Call,
      temporary: Temporary,
      target: string,
    ): Promise<void> {
      await temporary.file.close();
      if (call.options.overwrite) {
        return await this.publishReplacing(temporary, target);
      }
      await this.publishNew(call, temporary, target);
    }
  },
}];

/** The highest directory of a path that is missing, if one is. */
async function findMissing(path: string): Promise<string | undefined> {
  const isThere = await lstat(path).catch(() => undefined);
  return isThere ? undefined : await findMissing(dirname(path)) ?? path;
}

/** Faults in what operations do to each other. */
export const conMutants: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "concurrency", ...each })
);
