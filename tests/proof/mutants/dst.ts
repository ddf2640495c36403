import type { Stats } from "node:fs";
import { chmod, lstat, readdir, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Call } from "../reference/call.ts";
import type { Temporary } from "../reference/local_steps.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import type { Mutant } from "./mutant.ts";
import { ofMemory } from "./of_memory.ts";

/** Stores that take a destination for another one. */
export const dstMutants: readonly Mutant[] = [
  ofMemory({
    group: "dst",
    name: "dst-second-segment",
    description: "in a directory the file has the name's second segment",
    subtle: true,
    caughtBy: ["DST-1", "DST-2", "DST-7"],
    store: class extends MemoryObjectStore {
      protected override fileNameOf(objectName: string): string {
        return super.fileNameOf(objectName.split("/").slice(0, 2).join("/"));
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-separator-exists",
    description: "an existing directory with a separator is FILE_EXISTS",
    subtle: true,
    caughtBy: [
      "OVW-4",
      "DST-2",
      "DST-4",
      "DST-6",
      "DST-8",
      "DST-9",
      "DST-11",
      "DST-12",
    ],
    store: class extends MemoryObjectStore {
      protected override async meansDirectory(path: string): Promise<boolean> {
        const found = await stat(path).catch(() => undefined);
        if (found && this.endsAsDirectory(path)) return false;
        return await super.meansDirectory(path);
      }

      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        if (!call.options.overwrite) throw this.fileExists(call, path);
        super.checkOverwrite(call, path, existing);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-decodes-the-name",
    description: "in a directory escapes of the last segment are decoded",
    caughtBy: ["DST-16"],
    store: class extends MemoryObjectStore {
      protected override fileNameOf(objectName: string): string {
        const name = super.fileNameOf(objectName);
        return name.replace(/%[2-7][0-9a-e]/gi, (escape) => {
          const char = decodeURIComponent(escape);
          return char === "/" ? escape : char;
        });
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-composes-the-name",
    description: "in a directory accents of the last segment are composed",
    subtle: true,
    caughtBy: ["DST-16"],
    store: class extends MemoryObjectStore {
      protected override fileNameOf(objectName: string): string {
        return super.fileNameOf(objectName).normalize("NFC");
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-drops-separator",
    description: "a missing directory with a separator becomes a file",
    subtle: true,
    caughtBy: [
      "GET-7",
      "DST-3",
      "DST-8",
      "DST-10",
      "DST-11",
      "DST-12",
      "DST-14",
    ],
    store: class extends MemoryObjectStore {
      protected override endsAsDirectory(_path: string): boolean {
        return false;
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-keeps-a-segment",
    description:
      "a directory made for the file gets one for a segment of its name",
    subtle: true,
    caughtBy: ["DST-3"],
    store: class extends MemoryObjectStore {
      protected override async lookAtDestination(call: Call): Promise<string> {
        const path = await super.lookAtDestination(call);
        const [segment] = call.objectName.split("/").slice(-2, -1);
        const isMissing = await stat(call.path).then(() => false, () => true);
        return isMissing && segment && this.endsAsDirectory(call.path)
          ? join(dirname(path), segment, basename(path))
          : path;
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-used-directory-exists",
    description:
      "a directory with something in it is taken for an existing file",
    subtle: true,
    caughtBy: ["DST-1", "DST-2", "DST-4"],
    store: class extends MemoryObjectStore {
      protected override async lookAtDestination(call: Call): Promise<string> {
        const path = await super.lookAtDestination(call);
        const found = await readdir(call.path).catch(() => []);
        const isUsed = found.length > 0 && !call.options.overwrite;
        if (isUsed) throw this.fileExists(call, path);
        return path;
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-replaces-links-inside",
    description: "inside a directory a symlink is replaced without overwrite",
    subtle: true,
    caughtBy: ["OVW-5", "DST-5"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        if (path !== call.path && existing.isSymbolicLink()) return;
        super.checkOverwrite(call, path, existing);
      }

      protected override async publishNew(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const old = await lstat(target).catch(() => undefined);
        const isLink = target !== call.path && old?.isSymbolicLink();
        if (isLink) return await rename(temporary.path, target);
        await super.publishNew(call, temporary, target);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-resets-mode",
    description: "with overwrite the directory's mode is set to 0755",
    subtle: true,
    caughtBy: ["DST-6"],
    store: class extends MemoryObjectStore {
      protected override async publishReplacing(
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        await super.publishReplacing(temporary, target);
        await chmod(dirname(target), 0o755);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-numbers",
    description: "in a directory a name that is taken gets a number",
    subtle: true,
    caughtBy: ["OVW-4", "DST-5", "DST-7", "ERR-13", "ATM-2"],
    store: class extends MemoryObjectStore {
      protected override async lookAtDestination(call: Call): Promise<string> {
        try {
          return await super.lookAtDestination(call);
        } catch (error) {
          const isInside = await this.meansDirectory(call.path);
          const { code } = error as { code?: unknown };
          if (!isInside || code !== "FILE_EXISTS") throw error;
          return join(call.path, `${this.fileNameOf(call.objectName)}.1`);
        }
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-last-full-segment",
    description:
      "for a name that ends in a slash the segment before it is used",
    subtle: true,
    caughtBy: ["DST-8"],
    store: class extends MemoryObjectStore {
      protected override fileNameOf(objectName: string): string {
        return super.fileNameOf(objectName.replace(/\/+$/, ""));
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-backslash-separates",
    description: "a backslash separates segments also on POSIX",
    subtle: true,
    caughtBy: ["DST-8"],
    store: class extends MemoryObjectStore {
      protected override fileNameOf(objectName: string): string {
        return super.fileNameOf(objectName.replaceAll("\\", "/"));
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-link-is-file",
    description:
      "a symlink to a directory without separator is taken for a file",
    subtle: true,
    caughtBy: ["DST-9"],
    store: class extends MemoryObjectStore {
      protected override async meansDirectory(path: string): Promise<boolean> {
        const found = await lstat(path).catch(() => undefined);
        return !found?.isSymbolicLink() && await super.meansDirectory(path);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-file-parent-is-missing",
    description:
      "a file where a directory is needed is told as a missing object",
    subtle: true,
    caughtBy: ["PUT-4", "DST-10", "ERR-8"],
    store: class extends MemoryObjectStore {
      protected override translate(call: Call, error: unknown): unknown {
        const { code } = error as { code?: unknown };
        return code === "ENOTDIR" ? this.notFound(call) : error;
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-no-last-call",
    description: "a directory destination with a separator gets no last call",
    subtle: true,
    caughtBy: ["DST-11", "ATM-2"],
    store: class extends MemoryObjectStore {
      protected override async finishReport(call: Call): Promise<void> {
        if (!this.endsAsDirectory(call.path)) await super.finishReport(call);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-url-separator",
    description: "the slash at the end of a file: URL is lost",
    subtle: true,
    caughtBy: ["DST-12"],
    store: class extends MemoryObjectStore {
      protected override toPath(filename: unknown): string {
        const path = super.toPath(filename);
        return filename instanceof URL ? path.replace(/\/+$/, "") : path;
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-looks-twice",
    description:
      "the destination is looked at again when the file is published",
    subtle: true,
    caughtBy: ["OVW-12", "DST-13"],
    store: class extends MemoryObjectStore {
      protected override async publish(
        call: Call,
        temporary: Temporary,
        target: string,
      ): Promise<void> {
        const found = await stat(target).catch(() => undefined);
        const path = found?.isDirectory()
          ? join(target, this.fileNameOf(call.objectName))
          : target;
        await super.publish(call, temporary, path);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-a-directory-an-attempt",
    description: "each attempt to publish makes one of the missing directories",
    caughtBy: ["DST-14"],
    store: class extends MemoryObjectStore {
      protected override async makeParents(
        path: string,
        made: string[],
      ): Promise<void> {
        let outermost = path;
        for (let above = dirname(path); !await exists(above);) {
          outermost = above;
          above = dirname(above);
        }
        await super.makeParents(outermost, made);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-forty-are-too-many",
    description: "no more than 39 missing directories are made",
    subtle: true,
    caughtBy: ["DST-14"],
    store: class extends MemoryObjectStore {
      protected override async makeParents(
        path: string,
        made: string[],
      ): Promise<void> {
        await super.makeParents(path, made);
        if (made.length < 40) return;
        throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-replaces-devices",
    description: "with overwrite a FIFO or a socket is replaced by the file",
    caughtBy: ["DST-15"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        const isFile = existing.isFile() || existing.isSymbolicLink();
        const isReplaced = call.options.overwrite && !existing.isDirectory();
        if (isFile || !isReplaced) super.checkOverwrite(call, path, existing);
      }
    },
  }),
  ofMemory({
    group: "dst",
    name: "dst-replaces-sockets",
    description: "with overwrite a socket is replaced by the file",
    subtle: true,
    caughtBy: ["DST-15"],
    store: class extends MemoryObjectStore {
      protected override checkOverwrite(
        call: Call,
        path: string,
        existing: Stats,
      ): void {
        if (call.options.overwrite && existing.isSocket()) return;
        super.checkOverwrite(call, path, existing);
      }
    },
  }),
];

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
