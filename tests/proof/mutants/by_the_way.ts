import { openSync } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type {
  ObjectContent,
  ObjectData,
  ReadObjectOptions,
  UploadOptions,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import {
  MemoryBacking,
  MemoryObjectStore,
  memoryPlace,
} from "../reference/memory_store.ts";
import { PoweredReferenceStore } from "../reference/powered_store.ts";
import { HttpClient } from "../reference/http_client.ts";
import type { Failure } from "../../../src/driver.ts";
import type { Mutant } from "./mutant.ts";
import { ofHttp } from "./of_http.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

const mutant = (details: Omit<MemoryMutantDetails, "group">): Mutant =>
  ofMemory({ group: "by_the_way", subtle: true, ...details });

/** What is on its way under one key: both write into the same bytes. */
interface Shared {
  readonly bytes: Uint8Array;
  users: number;
}

/** Stages what has one key and one size in one place, for all uploads of a handle. */
class SharingBacking extends MemoryBacking {
  readonly #staged = new Map<string, Shared>();

  override async create(
    key: string,
    size: number | undefined,
  ): Promise<NewObject> {
    if (size === undefined) return await super.create(key, size);
    const id = `${size} ${key}`;
    const shared = this.#staged.get(id) ??
      { bytes: new Uint8Array(size), users: 0 };
    this.#staged.set(id, shared);
    shared.users++;
    let done = 0;
    const leave = () => {
      if (--shared.users === 0) this.#staged.delete(id);
      return Promise.resolve();
    };
    return {
      write: (chunk) => {
        shared.bytes.set(chunk, done);
        done += chunk.length;
        return Promise.resolve();
      },
      commit: () => {
        this.place.set(key, shared.bytes.slice());
        return leave();
      },
      discard: leave,
    };
  }
}

/** Stores that are wrong where two ways of using them meet. */
export const byTheWayMutants: readonly Mutant[] = [
  mutant({
    name: "atm-shares-staging",
    description:
      "two uploads of one name and size by one handle share a buffer",
    caughtBy: ["ATM-7"],
    store: class extends PoweredReferenceStore {
      constructor(ctx: HarnessContext) {
        super(new SharingBacking(memoryPlace(ctx)), ctx.prefix);
      }
    },
  }),
  mutant({
    name: "iso-tells-the-size",
    description: "writeObject notes the size of its bytes in the options",
    caughtBy: ["ISO-4"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      override async writeObject(
        objectName: string,
        data: ObjectData,
        options?: WriteObjectOptions,
      ): Promise<void> {
        if (
          options && data instanceof Uint8Array && !Object.isFrozen(options)
        ) {
          options.size ??= data.length;
        }
        await super.writeObject(objectName, data, options);
      }
    },
  }),
  mutant({
    name: "iso-fills-in-the-offset",
    description: "readObject writes the default offset into the options",
    caughtBy: ["ISO-4"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      override async readObject(
        objectName: string,
        options?: ReadObjectOptions,
      ): Promise<ObjectContent> {
        if (options) options.offset ??= 0;
        return await super.readObject(objectName, options);
      }
    },
  }),
  mutant({
    name: "cb-tries-the-callback-again",
    description:
      "an upload is tried again after a transient error, be it the callback's",
    caughtBy: ["CB-9"],
    store: class extends MemoryObjectStore {
      override async uploadObject(
        objectName: string,
        filename: string | URL,
        options?: UploadOptions,
      ): Promise<void> {
        try {
          await super.uploadObject(objectName, filename, options);
        } catch (error) {
          if ((error as { code?: unknown } | null)?.code !== "TRANSIENT") {
            throw error;
          }
          await super.uploadObject(objectName, filename, options);
        }
      }
    },
  }),
  mutant({
    name: "dst-follows-one-link",
    description: "a symlink to a symlink to a directory is a file",
    caughtBy: ["DST-9"],
    store: class extends MemoryObjectStore {
      protected override async meansDirectory(path: string): Promise<boolean> {
        const to = await readlink(path).catch(() => undefined);
        const next = to === undefined
          ? undefined
          : await lstat(resolve(dirname(path), to)).catch(() => undefined);
        return !next?.isSymbolicLink() && await super.meansDirectory(path);
      }
    },
  }),
  mutant({
    name: "con-leaks-cancelled-streams",
    description:
      "a stream that is not read to the object's end leaves a file open",
    caughtBy: ["CON-6"],
    hasPowers: true,
    store: class extends MemoryObjectStore {
      protected override closeRead(object: StoredObject): void {
        super.closeRead(object);
        if (!this.#isAtEnd) openSync("/dev/null", "r");
        this.#isAtEnd = false;
      }

      #isAtEnd = false;

      protected override async readNext(
        call: Call,
        object: StoredObject,
        position: number,
        end: number,
      ): Promise<Uint8Array> {
        const bytes = await super.readNext(call, object, position, end);
        this.#isAtEnd = position + bytes.length >= object.size;
        return bytes;
      }
    },
  }),
  mutant({
    name: "rea-trims-names",
    description: "readObject takes no notice of spaces at the end of a name",
    caughtBy: ["REA-21"],
    hasPowers: true,
    store: readingBy((name) => name.replace(/(.) +$/u, "$1")),
  }),
  mutant({
    name: "rea-decodes-names",
    description: "readObject decodes escapes in a name",
    subtle: false,
    caughtBy: ["REA-21"],
    hasPowers: true,
    store: readingBy(decode),
  }),
  ofHttp({
    group: "by_the_way",
    name: "wire-trn-511-is-a-refusal",
    description: "511 is taken for a refusal",
    subtle: true,
    caughtBy: ["TRN-1"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        return super.classify(status === 511 ? 403 : status, code);
      }
    },
  }),
  ofHttp({
    group: "by_the_way",
    name: "wire-trn-423-is-busy",
    description: "423 is taken for a service that is busy",
    subtle: true,
    caughtBy: ["TRN-6"],
    client: class extends HttpClient {
      override classify(status: number, code: string | null): Failure {
        return super.classify(status === 423 ? 429 : status, code);
      }
    },
  }),
];

/** A store whose readObject changes names first. */
function readingBy(change: (name: string) => string) {
  return class extends MemoryObjectStore {
    override async readObject(
      objectName: string,
      options?: ReadObjectOptions,
    ): Promise<ObjectContent> {
      const isName = typeof objectName === "string";
      const name = isName ? change(objectName) : objectName;
      return await super.readObject(name, options);
    }
  };
}

/** A name decoded, if it can be. */
export function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
