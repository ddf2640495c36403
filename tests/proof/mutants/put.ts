import { lstat, open, readlink, stat, utimes } from "node:fs/promises";
import { ObjectStorePermissionError } from "../../../src/errors.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { OpenSource } from "../reference/local_steps.ts";
import { MemoryObjectStore, memoryPlace } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores whose uploads are wrong. */
export const putMutants: readonly Mutant[] = [
  ofMemory({
    group: "put",
    name: "put-text",
    description: "uploads as text of seven bits, where the eighth is lost",
    caughtBy: [
      "PUT-1",
      "PUT-2",
      "PUT-3",
      "PUT-4",
      "PUT-6",
      "PUT-8",
      "PUT-9",
      "PUT-11",
      "PUT-12",
      "PUT-13",
      "PUT-14",
      "GET-1",
      "GET-2",
      "GET-5",
      "GET-7",
      "GET-9",
      "GET-10",
      "OVW-2",
      "OVW-3",
      "OVW-8",
      "OVW-9",
      "OVW-10",
      "OVW-11",
      "OVW-13",
      "DST-1",
      "DST-2",
      "DST-3",
      "DST-4",
      "DST-6",
      "DST-7",
      "DST-8",
      "DST-9",
      "DST-11",
      "DST-12",
      "DST-14",
      "CB-1",
      "CB-8",
      "CB-9",
      "CB-14",
      "SIZ-8",
      "ERR-8",
      "ATM-1",
      "ATM-5",
      "ATM-6",
      "ATM-7",
      "ATM-8",
      "CON-1",
      "CON-2",
      "CON-3",
      "CON-4",
      "CON-5",
      "CON-7",
      "CON-8",
      "CON-10",
      "BIG-1",
      "NAM-1",
      "NAM-2",
      "NAM-3",
      "NAM-4",
      "NAM-5",
      "NAM-6",
      "NAM-7",
      "NAM-8",
      "NAM-9",
      "NAM-10",
      "NAM-11",
      "NAM-13",
      "NAM-14",
      "NAM-15",
      "NAM-16",
      "NAM-19",
      "ABT-1",
      "ABT-2",
      "ABT-4",
      "ABT-7",
      "ABT-8",
      "ABT-9",
      "CLS-3",
      "CLS-5",
      "CLS-6",
      "CLS-7",
      "ISO-1",
      "ISO-2",
    ],
    store: class extends MemoryObjectStore {
      protected override async readSource(
        source: OpenSource,
        position: number,
        length: number,
      ): Promise<Uint8Array> {
        const bytes = await super.readSource(source, position, length);
        return bytes.map((byte) => byte & 0x7f);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-full-last-buffer",
    description: "the last byte of an object of whole 64 KiB is lost",
    subtle: true,
    caughtBy: ["PUT-1", "GET-1"],
    store: class extends MemoryObjectStore {
      protected override async readSource(
        source: OpenSource,
        position: number,
        length: number,
      ): Promise<Uint8Array> {
        const bytes = await super.readSource(source, position, length);
        const end = position + length;
        if (end === source.size && end % 65536 === 0) bytes.fill(0, length - 1);
        return bytes;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-full-large-buffer",
    description: "the last byte of an object of exactly 256 KiB is lost",
    subtle: true,
    caughtBy: ["PUT-1", "GET-1"],
    store: class extends MemoryObjectStore {
      protected override async readSource(
        source: OpenSource,
        position: number,
        length: number,
      ): Promise<Uint8Array> {
        const bytes = await super.readSource(source, position, length);
        const isLast = position + length === source.size;
        if (isLast && source.size === 2 ** 18) bytes.fill(0, length - 1);
        return bytes;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-same-size-kept",
    description: "an upload of the size that the object has stores nothing",
    subtle: true,
    caughtBy: ["PUT-3", "PUT-13", "ATM-6", "NAM-16"],
    store: class extends MemoryObjectStore {
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        const size = await this.backing.size(call.key);
        if (size !== call.total) await super.commitObject(call, object);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-in-place",
    description: "a shorter object leaves the end of the longer one",
    caughtBy: [
      "PUT-3",
      "PUT-8",
      "GET-7",
      "SIZ-5",
      "SIZ-7",
      "ATM-6",
      "CON-4",
      "NAM-15",
    ],
    store: class extends MemoryObjectStore {
      readonly #place;
      constructor(ctx: HarnessContext) {
        super(ctx);
        this.#place = memoryPlace(ctx);
      }
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        const merged = this.#place.get(call.key)?.slice();
        await super.commitObject(call, object);
        const bytes = this.#place.get(call.key);
        if (!merged || !bytes || merged.length < bytes.length) return;
        merged.set(bytes);
        this.#place.set(call.key, merged);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-missing-source-not-found",
    description: "a missing source is an ObjectNotFoundError",
    subtle: true,
    caughtBy: ["PUT-4", "ERR-8", "TRN-7"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isMissing = codeOf(error) === "ENOENT";
        return isMissing && call.action === "upload"
          ? this.notFound(call)
          : error;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-missing-source-empty",
    description: "a missing source is stored as an empty object",
    caughtBy: ["PUT-4", "ERR-8", "TRN-7", "ATM-2", "LST-5"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        try {
          return await super.openSource(path);
        } catch (error) {
          if (codeOf(error) !== "ENOENT") throw error;
          const file = await open("/dev/null", "r");
          const { mtimeNs: changed } = await file.stat({ bigint: true });
          return { file, path, size: 0, changed };
        }
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-waits-for-fifo",
    description: "a FIFO as source is opened before it is looked at",
    caughtBy: ["PUT-5"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        await (await open(path, "r")).close();
        return await super.openSource(path);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-waits-for-fifo-behind-link",
    description: "a symlink as source is followed before it is looked at",
    subtle: true,
    caughtBy: ["PUT-5"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const isLink = (await lstat(path)).isSymbolicLink();
        if (isLink) await (await open(path, "r")).close();
        return await super.openSource(path);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-refuses-absolute-links",
    description: "a symlink as source is refused if its target is absolute",
    subtle: true,
    caughtBy: ["PUT-6"],
    store: class extends MemoryObjectStore {
      protected override async openSource(path: string): Promise<OpenSource> {
        const target = await readlink(path).catch(() => "");
        if (!target.startsWith("/")) return await super.openSource(path);
        throw Object.assign(new Error(`ELOOP: '${path}'`), { code: "ELOOP" });
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-remembers-missing",
    description:
      "a handle that has once found nothing looks again only after an upload of its own",
    subtle: true,
    caughtBy: ["PUT-8"],
    store: class extends MemoryObjectStore {
      readonly #missing = new Set<string>();

      protected override async askSize(call: Call): Promise<number> {
        if (this.#missing.has(call.key)) throw this.notFound(call);
        const size = await this.backing.size(call.key, call.signal);
        if (size === undefined) this.#missing.add(call.key);
        return await super.askSize(call);
      }

      protected override async upload(call: Call): Promise<void> {
        await super.upload(call);
        this.#missing.delete(call.key);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-skips-seen-source",
    description: "a source of the same path, size and time is not sent again",
    subtle: true,
    caughtBy: ["PUT-3"],
    store: class extends MemoryObjectStore {
      readonly #seen = new Set<string>();

      protected override async upload(call: Call): Promise<void> {
        const { size, mtimeMs } = await stat(call.path);
        const seen = JSON.stringify([call.key, call.path, size, mtimeMs]);
        if (this.#seen.has(seen)) {
          call.total = size;
          return await this.finishReport(call);
        }
        await super.upload(call);
        this.#seen.add(seen);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-locks-source",
    description: "the source is locked while it is uploaded",
    subtle: true,
    caughtBy: ["PUT-6"],
    store: class extends MemoryObjectStore {
      protected override async upload(call: Call): Promise<void> {
        this.checkRegular(await stat(call.path), call.path);
        using file = await Deno.open(call.path);
        await file.lock(false);
        await super.upload(call);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-device-empty",
    description: "a device is stored as an empty object",
    subtle: true,
    caughtBy: ["PUT-5"],
    store: class extends MemoryObjectStore {
      protected override checkRegular(
        stats: Parameters<MemoryObjectStore["checkRegular"]>[0],
        path: string,
      ): void {
        const { isCharacterDevice } = stats as {
          isCharacterDevice?(): boolean;
        };
        if (!isCharacterDevice?.call(stats)) super.checkRegular(stats, path);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-unreadable-permission",
    description: "an unreadable source is an ObjectStorePermissionError",
    subtle: true,
    caughtBy: ["PUT-5"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isDenied = codeOf(error) === "EACCES";
        return isDenied && call.action === "upload"
          ? new ObjectStorePermissionError("Cannot upload: denied", call)
          : error;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-touches-source",
    description: "an upload that fails gives the source a new time",
    subtle: true,
    caughtBy: ["PUT-6"],
    store: class extends MemoryObjectStore {
      protected override async discardObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.discardObject(call, object);
        await utimes(call.path, new Date(), new Date()).catch(() => {});
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-cached-by-handle",
    description: "a handle remembers sizes, and sees only its own uploads",
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
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.commitObject(call, object);
        this.#sizes.delete(call.key);
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-shrunk-padded",
    description: "a source that shrinks is filled up with zeros",
    subtle: true,
    caughtBy: ["PUT-9"],
    store: class extends MemoryObjectStore {
      protected override async checkSourceUnchanged(): Promise<void> {}
      protected override async readSource(
        source: OpenSource,
        position: number,
        length: number,
      ): Promise<Uint8Array> {
        const bytes = new Uint8Array(length);
        await source.file.read(bytes, 0, length, position);
        return bytes;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-opens-again",
    description: "each buffer is read from what has the source's path by then",
    subtle: true,
    caughtBy: ["PUT-9"],
    store: class extends MemoryObjectStore {
      protected override async readSource(
        source: OpenSource,
        position: number,
        length: number,
      ): Promise<Uint8Array> {
        const file = await open(source.path, "r");
        try {
          const { size } = await stat(source.path);
          if (size < position + length) throw new Error("it has shrunk");
          return await super.readSource({ ...source, file }, position, length);
        } finally {
          await file.close();
        }
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-without-holes",
    description: "a buffer of nothing but zeros is left out",
    caughtBy: ["PUT-11"],
    store: class extends MemoryObjectStore {
      protected override async createObject(call: Call): Promise<NewObject> {
        const object = await super.createObject(call);
        const isHole = (bytes: Uint8Array) =>
          bytes.length === this.chunkSize && bytes.every((byte) => byte === 0);
        return {
          write: async (bytes) => {
            if (!isHole(bytes)) await object.write(bytes);
          },
          commit: () => object.commit(),
          discard: () => object.discard(),
        };
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-relative-late",
    description: "a relative source is resolved when it is opened",
    subtle: true,
    caughtBy: ["PUT-2", "GET-5"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        const path = super.toPath(filename);
        return typeof filename === "string" ? filename : path;
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-size-as-told",
    description: "a source whose size is told as 0 is stored without its bytes",
    caughtBy: ["PUT-12"],
    store: class extends MemoryObjectStore {
      protected override checkSizeTold(): Promise<void> {
        return Promise.resolve();
      }
    },
  }),
  ofMemory({
    group: "put",
    name: "put-sizeless-first-piece",
    description:
      "of a source whose size is told as 0 the first 4 KiB are stored, and no more",
    subtle: true,
    caughtBy: ["PUT-12"],
    store: class extends MemoryObjectStore {
      protected override checkSizeTold(): Promise<void> {
        return Promise.resolve();
      }
      protected override async openSource(path: string): Promise<OpenSource> {
        const source = await super.openSource(path);
        if (source.size > 0) return source;
        const piece = new Uint8Array(4_096);
        const { bytesRead } = await source.file.read(piece, 0, 4_096, 0);
        return { ...source, size: bytesRead };
      }
      protected override checkSourceUnchanged(): Promise<void> {
        return Promise.resolve();
      }
    },
  }),
];

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
