import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ObjectStoreError } from "../../src/errors.ts";
import type { DownloadOptions } from "../../src/object_store.ts";
import type { NewObject, StoredObject } from "../reference/backing.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { type MemoryMutantDetails, ofMemory } from "./of_memory.ts";

type Details = Omit<MemoryMutantDetails, "group">;

const details: readonly Details[] = [{
  name: "like-increments",
  description: "the callback is told the bytes since the last call",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    readonly #told = new WeakMap<Call, number>();
    protected override makeCall(given: CallDetails): Call {
      const { callback, ...options } = given.options;
      if (!callback) return super.makeCall(given);
      const call: Call = super.makeCall({
        ...given,
        options: {
          ...options,
          callback: (bytes, total) => {
            const last = this.#told.get(call) ?? 0;
            this.#told.set(call, bytes);
            return callback(bytes - last, total);
          },
        },
      });
      return call;
    }
  },
}, {
  name: "like-directory-exists",
  description: "a directory as destination is taken for a file that exists",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override meansDirectory(): Promise<boolean> {
      return Promise.resolve(false);
    }
    protected override checkOverwrite(call: Call, path: string): void {
      if (!call.options.overwrite) throw this.fileExists(call, path);
    }
  },
}, {
  name: "like-check-then-rename",
  description: "looks whether the file exists, and renames at the end",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override publishNew(
      _call: Call,
      { path }: Temporary,
      target: string,
    ): Promise<void> {
      return rename(path, target);
    }
  },
}, {
  name: "like-constant-size",
  description: "every object has a size of 1000000 bytes",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async askSize(call: Call): Promise<number> {
      await super.askSize(call);
      return 1_000_000;
    }
  },
}, {
  name: "like-500-in-text",
  description: "an error that has 500 in its text is transient",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override translate(call: Call, error: unknown): unknown {
      return /\b500\b/.test(`${error}`)
        ? this.transient(call, `${error}`)
        : error;
    }
  },
}, {
  name: "like-generic-not-found",
  description: "the size of a missing object fails with the service's error",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override notFound(call: CallDetails): Error {
      if (call.action === "download") return super.notFound(call);
      const { objectName, uri } = call;
      const message = `Cannot ${call.action} "${uri}": 404 Not Found`;
      return new ObjectStoreError(message, { objectName, uri });
    }
  },
}, {
  name: "like-overwrites",
  description: "an existing file is replaced unless the caller says no",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override checkOptions(options: unknown): DownloadOptions {
      const checked = super.checkOptions(options);
      const { overwrite = true } = (options ?? {}) as DownloadOptions;
      return { ...checked, overwrite };
    }
  },
}, {
  name: "like-joined-as-path",
  description: "a name that begins with a slash is outside the prefix",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override keyOf(objectName: string): string {
      return objectName.startsWith("/")
        ? objectName.slice(1)
        : super.keyOf(objectName);
    }
  },
}, {
  name: "like-named-temporary",
  description: "the temporary file is named after the destination",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    #last = "";
    protected override createTemporary(target: string): Promise<Temporary> {
      this.#last = basename(target);
      return super.createTemporary(target);
    }
    protected override temporaryName(): string {
      return `${this.#last}.${crypto.randomUUID()}.tmp`;
    }
  },
}, {
  name: "like-parents-first",
  description: "parents are made before the object is asked for",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async openObject(call: Call): Promise<StoredObject> {
      await this.makeParents(dirname(call.path), []);
      return await super.openObject(call);
    }
  },
}, {
  name: "like-never-total",
  description: "reports what was done before each piece, never the end",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      if (call.total === 0) await super.finishReport(call);
    }
  },
}, {
  name: "like-no-callback",
  description: "takes a callback for uploads, and never calls it",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      if (call.action !== "upload") await super.tell(call, bytes);
    }
  },
}, {
  name: "like-source-not-found",
  description: "one error says that a local file or an object is missing",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override translate(call: Call, error: unknown): unknown {
      const { code } = Object(error) as { code?: unknown };
      return code === "ENOENT" ? this.notFound(call) : error;
    }
  },
}, {
  name: "like-partial-file-left",
  description: "a download that fails leaves its temporary file",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async removeTemporary(
      { file, made }: Temporary,
    ): Promise<void> {
      await file.close().catch(() => {});
      await this.removeParents(made);
    }
  },
}, {
  name: "like-copies-in-place",
  description: "bytes are visible under the name while they arrive",
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override async createObject(call: Call): Promise<NewObject> {
      const object = await super.createObject(call);
      await object.commit();
      return { ...object, discard: () => Promise.resolve() };
    }
  },
}, {
  name: "like-names-on-disk",
  description: "a download to a directory keeps the folders of the name",
  subtle: true,
  caughtBy: [],
  store: class extends MemoryObjectStore {
    protected override fileNameOf(objectName: string): string {
      const last = super.fileNameOf(objectName);
      return join(dirname(objectName), last);
    }
  },
}];

/** Stores that do what the documented stores of Composer do where the contract differs, and other bugs that are known from practice. */
export const lookAlikes: readonly Mutant[] = details.map((each) =>
  ofMemory({ group: "look_alikes", ...each })
);
