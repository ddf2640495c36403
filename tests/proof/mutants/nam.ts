import { execFile } from "node:child_process";
import { posix } from "node:path";
import { promisify } from "node:util";
import {
  ObjectNameConflictError,
  ObjectStoreError,
} from "../../../src/errors.ts";
import type { NewObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { MemoryObjectStore, memoryPlace } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** A mutant whose only fault is that a name becomes another. */
function renaming(
  details: Omit<Parameters<typeof ofMemory>[0], "group" | "store">,
  rename: (objectName: string, prefix: string) => string,
): Mutant {
  return ofMemory({
    ...details,
    group: "nam",
    store: class extends MemoryObjectStore {
      protected override keyOf(objectName: string): string {
        return super.keyOf(rename(objectName, this.prefix));
      }
    },
  });
}

/** A store that is not flat. */
abstract class Nested extends MemoryObjectStore {
  /** The error for a name that is a directory of another, or in one. */
  protected abstract conflict(call: Call): Error;

  protected override async createObject(call: Call): Promise<NewObject> {
    const { key } = call;
    for (const other of await this.backing.list("")) {
      const isInside = key.startsWith(`${other}/`) ||
        other.startsWith(`${key}/`);
      if (isInside) throw this.conflict(call);
    }
    return await super.createObject(call);
  }
}

/** A store that fails for new names of so many segments, as one that makes one directory an attempt. */
function missingDirectories(
  from: number,
  to: number,
): new (ctx: HarnessContext) => MemoryObjectStore {
  return class extends MemoryObjectStore {
    protected override async createObject(call: Call): Promise<NewObject> {
      const segments = call.objectName.split("/");
      const isDeep = segments.length >= from && segments.length <= to;
      const above = this.keyOf(`${segments[0]}/`);
      if (isDeep && (await this.backing.list(above)).length === 0) {
        throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      }
      return await super.createObject(call);
    }
  };
}

/** Stores that take one name for another, or refuse what they have to keep. */
export const namMutants: readonly Mutant[] = [
  renaming({
    name: "nam-byte-order-mark",
    description: "a byte order mark at the beginning of a name is dropped",
    subtle: true,
    caughtBy: ["URI-3", "NAM-1", "LST-2"],
  }, (name) => name.replace(/^\ufeff/, "")),
  renaming({
    name: "nam-latin-only",
    description: "characters beyond U+00FF become question marks",
    caughtBy: ["URI-3", "NAM-1", "LST-2"],
  }, (name) => name.replace(/[^\0-\xff]/gu, "?")),
  renaming({
    name: "nam-composed",
    description: "names are normalised",
    subtle: true,
    caughtBy: ["URI-3", "NAM-2", "LST-2"],
  }, (name) => name.normalize("NFC")),
  renaming({
    name: "nam-first-letter",
    description: "the first letter is taken without its case",
    subtle: true,
    caughtBy: ["URI-3", "NAM-3", "LST-1", "LST-2", "LST-3"],
  }, (name) => name.slice(0, 1).toLowerCase() + name.slice(1)),
  renaming({
    name: "nam-plus",
    description: "a plus is a space",
    subtle: true,
    caughtBy: ["URI-3", "NAM-4", "LST-2"],
  }, (name) => name.replaceAll("+", " ")),
  renaming(
    {
      name: "nam-decoded",
      description: "escapes are decoded",
      caughtBy: ["URI-3", "NAM-4", "LST-2"],
    },
    (name) =>
      name.replace(/%[2-7][0-9a-f]/gi, (escape) => decodeURIComponent(escape)),
  ),
  renaming({
    name: "nam-trimmed",
    description: "a space at the end is dropped",
    subtle: true,
    caughtBy: ["URI-3", "NAM-5", "NAM-10", "LST-2"],
  }, (name) => name.replace(/(?<=.) $/, "")),
  renaming({
    name: "nam-backslash",
    description: "a backslash is a slash",
    caughtBy: ["URI-3", "NAM-5", "LST-2"],
  }, (name) => name.replaceAll("\\", "/")),
  renaming({
    name: "nam-empty-segments",
    description: "an empty segment is left out",
    subtle: true,
    caughtBy: ["URI-3", "NAM-6", "LST-2", "LST-6"],
  }, (name) => name.replace(/(?<=[^/])\/{2,}/g, "/")),
  ofMemory({
    group: "nam",
    name: "nam-resolved",
    description: "dots are resolved, out of the prefix, too",
    caughtBy: ["URI-3", "NAM-6", "ISO-2", "LST-2", "LST-3", "LST-6"],
    store: class extends MemoryObjectStore {
      protected override keyOf(objectName: string): string {
        const key = super.keyOf(objectName);
        return objectName === "" ? key : posix.normalize(key);
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-characters",
    description: "a name's length is counted in characters, without the prefix",
    subtle: true,
    caughtBy: ["NAM-7"],
    store: class extends MemoryObjectStore {
      protected override nameFault(objectName: string): string | undefined {
        const fault = super.nameFault(objectName);
        const isLong = fault?.startsWith("it has 1") ||
          fault?.startsWith("it has 7");
        return isLong && objectName.length <= 1024 ? undefined : fault;
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-short",
    description: "names of 512 characters are refused",
    caughtBy: ["NAM-7", "NAM-16"],
    store: class extends MemoryObjectStore {
      protected override nameFault(objectName: string): string | undefined {
        return objectName.length < 512
          ? super.nameFault(objectName)
          : "it is long";
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-shell",
    description: "the name is a word of a shell's command",
    caughtBy: ["NAM-8"],
    store: class extends MemoryObjectStore {
      protected override async commitObject(
        call: Call,
        object: NewObject,
      ): Promise<void> {
        await super.commitObject(call, object);
        if (!/[`$]/.test(call.objectName)) return;
        const command = `: "${call.objectName}"`;
        await promisify(execFile)("sh", ["-c", command]).catch(() => {});
      }
    },
  }),
  renaming({
    name: "nam-format",
    description: "%s is filled in with nothing",
    subtle: true,
    caughtBy: ["NAM-8", "LST-2"],
  }, (name) => name.replaceAll("%s", "")),
  ofMemory({
    group: "nam",
    name: "nam-not-flat",
    description: "says that it is flat, and is not",
    caughtBy: ["NAM-6", "NAM-7", "NAM-9", "LST-6"],
    store: class extends Nested {
      protected conflict(call: Call): Error {
        return new ObjectNameConflictError(`Cannot upload ${call.uri}`, call);
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-conflict-other",
    description: "is not flat and says so, but not with the right error",
    subtle: true,
    caughtBy: ["NAM-6", "NAM-9"],
    store: class extends Nested {
      protected conflict(call: Call): Error {
        return new ObjectStoreError(`Cannot upload ${call.uri}`, call);
      }
    },
    members: { capabilities: ["reopen", "list"] },
  }),
  renaming({
    name: "nam-last-dot",
    description: "a dot at the end is dropped",
    subtle: true,
    caughtBy: ["URI-3", "NAM-10", "LST-1", "LST-2"],
  }, (name) => name.replace(/(?<=\w)\.$/, "")),
  ofMemory({
    group: "nam",
    name: "nam-plain-table",
    description: "remembers sizes in a plain object",
    subtle: true,
    caughtBy: ["NAM-11"],
    store: class extends MemoryObjectStore {
      readonly #sizes: Record<string, number | undefined> = {};
      protected override async askSize(call: Call): Promise<number> {
        const known = this.#sizes[call.objectName];
        return known === undefined ? await super.askSize(call) : Number(known);
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-nul-alone",
    description: "a NUL is not seen where the name begins with it",
    subtle: true,
    caughtBy: ["NAM-12"],
    store: class extends MemoryObjectStore {
      protected override nameFault(objectName: string): string | undefined {
        return objectName.indexOf("\0") === 0
          ? undefined
          : super.nameFault(objectName);
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-converted",
    description: "what is not a string is made one",
    caughtBy: ["ERR-7", "NAM-12"],
    store: class extends MemoryObjectStore {
      protected override checkName(objectName: unknown): string {
        return super.checkName(String(objectName));
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-sweeps",
    description: "an upload removes what looks like its own leftovers",
    subtle: true,
    caughtBy: ["NAM-13"],
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
        await super.commitObject(call, object);
        this.#place.delete(`${call.key}.part`);
      }
    },
  }),
  renaming(
    {
      name: "nam-prefix-stripped",
      description: "a name that begins with the prefix is taken without it",
      subtle: true,
      caughtBy: ["NAM-14"],
    },
    (name, prefix) =>
      name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name,
  ),
  ofMemory({
    group: "nam",
    name: "nam-empty-missing",
    description: "the size 0 is taken for none",
    subtle: true,
    caughtBy: [
      "PUT-1",
      "PUT-3",
      "CB-7",
      "CB-9",
      "SIZ-1",
      "SIZ-5",
      "SIZ-8",
      "NAM-15",
    ],
    store: class extends MemoryObjectStore {
      protected override async askSize(call: Call): Promise<number> {
        const size = await super.askSize(call);
        if (!size) throw this.notFound(call);
        return size;
      }
    },
  }),
  ofMemory({
    group: "nam",
    name: "nam-missing-directories",
    description: "a name whose first directories are missing has 12 segments",
    caughtBy: ["NAM-7", "NAM-16"],
    store: missingDirectories(12, Infinity),
  }),
  ofMemory({
    group: "nam",
    name: "nam-sixty-segments",
    description:
      "a name of 60 to 100 segments is refused if its first directory is missing",
    subtle: true,
    caughtBy: ["NAM-16"],
    store: missingDirectories(60, 100),
  }),
  renaming({
    name: "nam-flattened",
    description: "two underscores stand for a slash",
    caughtBy: [
      ...["URI-4", "NAM-9", "NAM-16", "NAM-17", "ISO-1"],
      ...["LST-1", "LST-2", "LST-3", "LST-4", "LST-5", "LST-6"],
    ],
  }, (name) => name.replaceAll("/", "__")),
  renaming({
    name: "nam-leading-zeros",
    description: "numbers at the end of a directory have no leading zeros",
    subtle: true,
    caughtBy: ["NAM-17"],
  }, (name) => name.replace(/(?<=-)0+(?=\d+\/)/g, "")),
  renaming({
    name: "nam-trimmed-segments",
    description: "a space at the end of a segment is dropped",
    caughtBy: ["NAM-18"],
  }, (name) => name.replace(/ (?=\/)/g, "")),
  renaming({
    name: "nam-line-ends",
    description: "a carriage return before a line feed is dropped",
    subtle: true,
    caughtBy: ["URI-3", "NAM-18"],
  }, (name) => name.replaceAll("\r\n", "\n")),
  renaming({
    name: "nam-far-capitals",
    description: "letters far behind in a name become small ones",
    subtle: true,
    caughtBy: ["NAM-17"],
  }, (name) => name.replace(/(?<=.{80}).+/s, (far) => far.toLowerCase())),
  renaming({
    name: "nam-composed-ending",
    description: "what follows the last dot is normalised",
    subtle: true,
    caughtBy: ["NAM-18"],
  }, (name) => name.replace(/\.[^.]*$/, (end) => end.normalize("NFKC"))),
];
