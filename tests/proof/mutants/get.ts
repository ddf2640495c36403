import { chmod, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cwd } from "node:process";
import type { StoredObject } from "../reference/backing.ts";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

const START = cwd();

/** Makes parents before the object is known to exist, and removes them again after a failure. */
class ParentsFirst extends MemoryObjectStore {
  protected override async download(call: Call): Promise<void> {
    const made: string[] = [];
    await this.makeParents(dirname(await this.lookAtDestination(call)), made);
    try {
      await super.download(call);
    } catch (error) {
      await this.removeParents(made);
      throw error;
    }
  }
}

/** Keeps no second copy: an object is read from the file it was downloaded to, as long as that one ends like it. */
class ReadsDownloadedFile extends MemoryObjectStore {
  readonly #files = new Map<string, string>();

  protected override async publish(
    call: Call,
    temporary: Temporary,
    target: string,
  ): Promise<void> {
    await super.publish(call, temporary, target);
    this.#files.set(call.key, target);
  }

  protected override async openObject(call: Call): Promise<StoredObject> {
    const object = await super.openObject(call);
    const path = this.#files.get(call.key);
    const bytes = path && await readFile(path).catch(() => undefined);
    if (!bytes || bytes.length !== object.size) return object;
    const half = object.size >> 1;
    const end = await object.read(half, object.size);
    if (!bytes.subarray(half).equals(end)) return object;
    const read = (position: number, length: number) =>
      Promise.resolve(bytes.subarray(position, position + length));
    return { ...object, read };
  }
}

/** Stores whose downloads are wrong. */
export const getMutants: readonly Mutant[] = [
  ofMemory({
    group: "get",
    name: "get-shares-its-file",
    description:
      "a downloaded file is the object itself, and what is written into it, too",
    subtle: true,
    caughtBy: ["GET-1"],
    store: ReadsDownloadedFile,
  }),
  ofMemory({
    group: "get",
    name: "get-last-byte",
    description: "a last byte that is alone in its buffer is not written",
    subtle: true,
    caughtBy: ["PUT-1", "GET-1", "CB-1"],
    store: class extends MemoryObjectStore {
      protected override async writeChunk(
        temporary: Temporary,
        bytes: Uint8Array,
        position: number,
      ): Promise<void> {
        if (position > 0 && bytes.length === 1) return;
        await super.writeChunk(temporary, bytes, position);
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-one-parent",
    description: "of missing parents only one is made",
    subtle: true,
    caughtBy: ["GET-2", "GET-6", "GET-7", "OVW-3", "DST-3", "DST-14", "CON-8"],
    store: class extends MemoryObjectStore {
      protected override async makeParents(
        path: string,
        made: string[],
      ): Promise<void> {
        if (!await isThere(dirname(path))) throw new Error("no such directory");
        await super.makeParents(path, made);
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-clears-first",
    description: "with overwrite the old file is removed first",
    subtle: true,
    caughtBy: ["GET-3", "GET-10", "OVW-4", "ATM-1", "ATM-2", "ATM-10", "ABT-2"],
    store: class extends MemoryObjectStore {
      protected override async lookAtDestination(call: Call): Promise<string> {
        const path = await super.lookAtDestination(call);
        if (call.options.overwrite) await rm(path, { force: true });
        return path;
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-parents-first",
    description:
      "parents are made before the object is known to exist, and not all removed again",
    subtle: true,
    caughtBy: ["GET-4", "GET-10", "DST-14", "ATM-2", "ATM-10"],
    store: class extends ParentsFirst {
      protected override removeParents(
        made: readonly string[],
      ): Promise<void> {
        return super.removeParents(made.slice(-1));
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-parents-for-a-moment",
    description:
      "parents are made before the object is known to exist, and all removed again",
    subtle: true,
    caughtBy: ["GET-4"],
    store: ParentsFirst,
  }),
  ofMemory({
    group: "get",
    name: "get-relative-to-start",
    description:
      "relative paths are below the directory of the program's start",
    subtle: true,
    caughtBy: ["PUT-2", "GET-5"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        const path = super.toPath(filename);
        return typeof filename !== "string" || filename.startsWith("/")
          ? path
          : join(START, filename);
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-scheme-cut",
    description: "a path that begins with file: loses it",
    subtle: true,
    caughtBy: ["PUT-2", "GET-5"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        return super.toPath(
          typeof filename === "string"
            ? filename.replace(/^file:/, "")
            : filename,
        );
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-no-empty-file",
    description: "an empty object gives no file",
    subtle: true,
    caughtBy: [
      "PUT-1",
      "PUT-3",
      "GET-1",
      "GET-6",
      "OVW-2",
      "OVW-5",
      "OVW-8",
      "CB-7",
      "CB-9",
      "SIZ-8",
      "NAM-15",
    ],
    store: class extends MemoryObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        if (call.total > 0) await super.publish(call, temporary, target);
        else await this.removeTemporary(temporary);
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-through-tmpdir",
    description: "the temporary file lies in the system's directory",
    subtle: true,
    caughtBy: ["GET-7", "OVW-10"],
    store: class extends MemoryObjectStore {
      protected override async createTemporary(): Promise<Temporary> {
        return await super.createTemporary(join(tmpdir(), "file"));
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-private-mode",
    description: "the file has mode 0600, as mkstemp() makes it",
    caughtBy: ["GET-8", "OVW-9", "OVW-13"],
    store: class extends MemoryObjectStore {
      protected override async createTemporary(
        target: string,
      ): Promise<Temporary> {
        const temporary = await super.createTemporary(target);
        await temporary.file.chmod(0o600);
        return temporary;
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-fixed-mode",
    description: "the file has mode 0644, whatever the umask is",
    subtle: true,
    caughtBy: ["GET-8"],
    store: class extends MemoryObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await chmod(temporary.path, 0o644);
        await super.publish(call, temporary, target);
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-decodes-path",
    description: "a path with escapes in it is decoded",
    subtle: true,
    caughtBy: ["PUT-2", "GET-9", "DST-12"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        return super.toPath(filename).replaceAll("%41", "A");
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-url-undecoded",
    description: "the path of a file: URL is taken as it stands in the URL",
    subtle: true,
    caughtBy: ["PUT-2", "GET-9", "DST-12"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        const path = super.toPath(filename);
        return filename instanceof URL ? filename.pathname : path;
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-denied-transient",
    description: "a local directory without permission is a transient error",
    caughtBy: ["GET-10", "OVW-9"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isDenied = codeOf(error) === "EACCES";
        return isDenied && call.action === "download"
          ? this.transient(call, "denied")
          : error;
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-too-long-transient",
    description:
      "a local error without a code, as EFBIG in Deno, is a transient error",
    subtle: true,
    caughtBy: ["GET-10"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const isUnknown = error instanceof Error && error.name === "Error" &&
          codeOf(error) === undefined;
        return isUnknown && call.action === "download"
          ? this.transient(call, "unknown")
          : error;
      }
    },
  }),
  ofMemory({
    group: "get",
    name: "get-failed-write-left",
    description: "the temporary file stays where writing it failed",
    subtle: true,
    caughtBy: ["GET-10", "CB-8", "CB-13", "ATM-10", "ABT-5"],
    store: class extends MemoryObjectStore {
      readonly #failed = new WeakSet<Temporary>();
      protected override async receive(
        call: Call,
        object: StoredObject,
        temporary: Temporary,
      ): Promise<void> {
        try {
          await super.receive(call, object, temporary);
        } catch (error) {
          if (codeOf(error) !== undefined) this.#failed.add(temporary);
          throw error;
        }
      }
      protected override async removeTemporary(
        temporary: Temporary,
      ): Promise<void> {
        if (!this.#failed.has(temporary)) {
          await super.removeTemporary(temporary);
        } else await temporary.file.close();
      }
    },
  }),
];

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
