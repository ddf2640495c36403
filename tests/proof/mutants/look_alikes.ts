import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ObjectStoreError } from "../../../src/errors.ts";
import type { DownloadOptions } from "../../../src/object_store.ts";
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
  caughtBy: [
    "OVW-5",
    "DST-11",
    "DST-13",
    "CB-2",
    "CB-3",
    "CB-5",
    "CB-9",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-2",
    "ATM-6",
    "BIG-1",
    "ABT-4",
  ],
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
  caughtBy: [
    "GET-3",
    "GET-6",
    "GET-7",
    "OVW-5",
    "OVW-8",
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
    "DST-15",
    "ERR-13",
  ],
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
  caughtBy: ["OVW-5", "OVW-10", "CON-3"],
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
    "CB-1",
    "CB-7",
    "CB-8",
    "CB-9",
    "CB-14",
    "SIZ-1",
    "SIZ-5",
    "SIZ-7",
    "SIZ-8",
    "ERR-8",
    "ATM-6",
    "ATM-7",
    "ATM-8",
    "CON-1",
    "CON-4",
    "CON-5",
    "CON-7",
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
    "CLS-6",
    "ISO-1",
  ],
  mayBeCaughtBy: ["ABT-5", "BIG-5", "CB-17", "NAM-17", "NAM-18"],
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
  caughtBy: ["TRN-7"],
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
  caughtBy: [
    "PUT-4",
    "PUT-5",
    "PUT-8",
    "PUT-12",
    "CB-9",
    "SIZ-2",
    "SIZ-3",
    "SIZ-7",
    "ERR-1",
    "TRN-7",
    "ATM-8",
    "NAM-6",
    "NAM-11",
    "NAM-14",
    "NAM-16",
    "ABT-1",
    "ABT-2",
    "ABT-7",
    "ABT-8",
    "ISO-1",
    "ISO-2",
  ],
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
  caughtBy: [
    "OVW-1",
    "OVW-5",
    "OVW-7",
    "OVW-10",
    "DST-5",
    "DST-7",
    "CB-12",
    "ERR-13",
    "TRN-7",
    "ATM-2",
    "CON-3",
  ],
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
  caughtBy: ["NAM-6", "LST-2", "LST-3", "LST-6"],
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
  caughtBy: ["GET-9"],
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
  caughtBy: [
    "GET-4",
    "GET-10",
    "DST-14",
    "CB-8",
    "CB-9",
    "CB-13",
    "CB-15",
    "ATM-2",
    "ATM-10",
    "CON-7",
    "ABT-2",
    "ABT-5",
    "ABT-7",
    "ABT-8",
  ],
  store: class extends MemoryObjectStore {
    protected override async openObject(call: Call): Promise<StoredObject> {
      await this.makeParents(dirname(call.path), []);
      return await super.openObject(call);
    }
  },
}, {
  name: "like-never-total",
  description: "reports what was done before each piece, never the end",
  caughtBy: [
    "OVW-5",
    "OVW-10",
    "OVW-12",
    "DST-11",
    "DST-13",
    "CB-3",
    "CB-9",
    "CB-10",
    "CB-14",
    "SIZ-8",
    "ATM-2",
    "ATM-6",
    "CON-8",
    "BIG-1",
    "ABT-4",
  ],
  store: class extends MemoryObjectStore {
    protected override async finishReport(call: Call): Promise<void> {
      if (call.total === 0) await super.finishReport(call);
    }
  },
}, {
  name: "like-no-callback",
  description: "takes a callback for uploads, and never calls it",
  caughtBy: [
    "PUT-9",
    "CB-1",
    "CB-3",
    "CB-5",
    "CB-7",
    "CB-9",
    "CB-10",
    "CB-14",
    "CB-15",
    "SIZ-8",
    "ATM-2",
    "CON-5",
    "BIG-1",
    "NAM-15",
    "ABT-4",
    "CLS-3",
    "CLS-5",
    "CLS-7",
    "LST-5",
  ],
  store: class extends MemoryObjectStore {
    protected override async tell(call: Call, bytes: number): Promise<void> {
      if (call.action !== "upload") await super.tell(call, bytes);
    }
  },
}, {
  name: "like-source-not-found",
  description: "one error says that a local file or an object is missing",
  subtle: true,
  caughtBy: ["PUT-4", "ERR-8", "TRN-7"],
  store: class extends MemoryObjectStore {
    protected override translate(call: Call, error: unknown): unknown {
      const { code } = Object(error) as { code?: unknown };
      return code === "ENOENT" ? this.notFound(call) : error;
    }
  },
}, {
  name: "like-partial-file-left",
  description: "a download that fails leaves its temporary file",
  caughtBy: [
    "GET-10",
    "OVW-5",
    "OVW-10",
    "OVW-12",
    "DST-11",
    "DST-13",
    "CB-8",
    "CB-9",
    "CB-13",
    "CB-15",
    "ATM-2",
    "ATM-10",
    "CON-3",
    "CON-6",
    "CON-7",
    "CON-8",
    "ABT-2",
    "ABT-5",
    "ABT-6",
    "ABT-7",
    "ABT-8",
  ],
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
  caughtBy: ["PUT-6", "PUT-9", "CB-9", "ATM-8", "ABT-2", "ABT-7", "ABT-8"],
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
  caughtBy: ["DST-1", "DST-2", "DST-7", "DST-8"],
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
