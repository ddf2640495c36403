import { constants } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Call } from "./call.ts";
import { Checks, IS_WINDOWS } from "./checks.ts";

/** The local file of an upload, as it was when it was opened. */
export interface OpenSource {
  /** Its handle. */
  readonly file: FileHandle;
  /** Its path. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was changed last, in nanoseconds. */
  readonly changed: bigint;
}

/** The file that a download writes before it has its name. */
export interface Temporary {
  /** Its handle. */
  readonly file: FileHandle;
  /** Its path. */
  readonly path: string;
  /** The directories that the call made, outermost first. */
  readonly made: string[];
}

/** The steps of a reference store that touch the local disk; each can be overridden. */
export abstract class LocalSteps extends Checks {
  /** Opens the file of an upload, without waiting for the writer of a FIFO (clause 9). */
  protected async openSource(path: string): Promise<OpenSource> {
    this.checkRegular(await stat(path), path);
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags);
    try {
      const stats = await file.stat({ bigint: true });
      this.checkRegular(stats, path);
      const source = {
        file,
        path,
        size: Number(stats.size),
        changed: stats.mtimeNs,
      };
      await this.checkSizeTold(source);
      return source;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Refuses what is not a regular file. */
  protected checkRegular(stats: Kind, path: string): void {
    if (stats.isFile()) return;
    throw localError(stats.isDirectory() ? "EISDIR" : "EINVAL", path);
  }

  /** Refuses a source that has bytes although its size is told as 0 (clause 9). */
  protected async checkSizeTold(
    { file, path, size }: OpenSource,
  ): Promise<void> {
    if (size > 0) return;
    const { bytesRead } = await file.read(new Uint8Array(1), 0, 1, 0);
    if (bytesRead > 0) throw localError("EINVAL", path);
  }

  /** Reads the bytes of a source at a position, all of one moment. */
  protected async readSource(
    source: OpenSource,
    position: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await source.file.read(
        bytes,
        done,
        length - done,
        position + done,
      );
      if (bytesRead === 0) throw localError("EBUSY", source.path);
      done += bytesRead;
    }
    return bytes;
  }

  /** Refuses a source that is not as it was when it was opened (clause 9). */
  protected async checkSourceUnchanged(source: OpenSource): Promise<void> {
    const now = await source.file.stat({ bigint: true });
    const isSame = Number(now.size) === source.size &&
      now.mtimeNs === source.changed;
    if (!isSame) throw localError("EBUSY", source.path);
  }

  /** Which file a download is to make; looks at it once (clauses 10 to 12). */
  protected async lookAtDestination(call: Call): Promise<string> {
    const path = await this.meansDirectory(call.path)
      ? join(call.path, this.fileNameOf(call.objectName))
      : call.path;
    const existing = await lstat(path).catch(missing);
    if (existing) this.checkOverwrite(call, path, existing);
    return path;
  }

  /** Whether a path is a directory, or is meant as one. */
  protected async meansDirectory(path: string): Promise<boolean> {
    const stats = await stat(path).catch(missing);
    return stats ? stats.isDirectory() : this.endsAsDirectory(path);
  }

  /** What the file of an object is called in a directory. */
  protected fileNameOf(objectName: string): string {
    const segment = objectName.slice(objectName.lastIndexOf("/") + 1);
    const isPlain = !/^\.{0,2}$/.test(segment) &&
      !(IS_WINDOWS && WINDOWS_ODD.test(segment));
    if (isPlain) return segment;
    throw this.invalidName(objectName, "its last segment is no file name");
  }

  /** Refuses a destination that is not to be replaced. */
  protected checkOverwrite(call: Call, path: string, existing: Kind): void {
    if (existing.isDirectory()) throw localError("EISDIR", path);
    if (!call.options.overwrite) throw this.fileExists(call, path);
    const isReplaceable = existing.isFile() || existing.isSymbolicLink();
    if (!isReplaceable) throw localError("EINVAL", path);
  }

  /** Makes the temporary file, in the nearest directory that exists (clause 13). */
  protected async createTemporary(target: string): Promise<Temporary> {
    for (let directory = dirname(target);;) {
      const path = join(directory, this.temporaryName());
      try {
        return { file: await open(path, "wx", 0o666), path, made: [] };
      } catch (error) {
        const parent = dirname(directory);
        if (codeOf(error) !== "ENOENT" || parent === directory) throw error;
        directory = parent;
      }
    }
  }

  /** A fresh name, `.reference-<uuid>.tmp`. */
  protected temporaryName(): string {
    return `.reference-${crypto.randomUUID()}.tmp`;
  }

  /** Writes bytes at a position, whole. */
  protected async writeChunk(
    { file }: Temporary,
    bytes: Uint8Array,
    position: number,
  ): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const left = bytes.length - done;
      const { bytesWritten } = await file.write(
        bytes,
        done,
        left,
        position + done,
      );
      done += bytesWritten;
    }
  }

  /** Gives the complete file its name; makes parents that are missing. */
  protected async publish(
    call: Call,
    temporary: Temporary,
    target: string,
  ): Promise<void> {
    await temporary.file.close();
    for (let attempt = 1;; attempt++) {
      try {
        if (call.options.overwrite) {
          return await this.publishReplacing(temporary, target);
        }
        return await this.publishNew(call, temporary, target);
      } catch (error) {
        if (codeOf(error) !== "ENOENT" || attempt === 10) throw error;
      }
      await this.makeParents(dirname(target), temporary.made);
    }
  }

  /** Replaces the target in one step. */
  protected async publishReplacing(
    { path }: Temporary,
    target: string,
  ): Promise<void> {
    await rename(path, target);
  }

  /** Gives the file its name unless something has it (clause 11). */
  protected async publishNew(
    call: Call,
    temporary: Temporary,
    target: string,
  ): Promise<void> {
    try {
      await link(temporary.path, target);
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw this.fileExists(call, target);
      if (!NO_LINKS.has(codeOf(error))) throw error;
      return await this.publishReserved(call, temporary, target);
    }
    await rm(temporary.path, { force: true });
  }

  /** As `publishNew`, where there are no hard links. */
  protected async publishReserved(
    call: Call,
    { path }: Temporary,
    target: string,
  ): Promise<void> {
    try {
      await (await open(target, "wx", 0o666)).close();
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw this.fileExists(call, target);
      throw error;
    }
    try {
      await rename(path, target);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
  }

  /** Makes a directory and those above it, one by one, to know which are the call's own. */
  protected async makeParents(path: string, made: string[]): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        await mkdir(path);
        if (!made.includes(path)) made.push(path);
        return;
      } catch (error) {
        if (codeOf(error) === "EEXIST") return;
        const isLast = path === dirname(path) || attempt === 10;
        if (codeOf(error) !== "ENOENT" || isLast) throw error;
      }
      // Another call may remove it before the next attempt: it had made it.
      await this.makeParents(dirname(path), made);
    }
  }

  /** Removes the temporary file and the directories that the call made; what fails here is not told. */
  protected async removeTemporary(temporary: Temporary): Promise<void> {
    await temporary.file.close().catch(() => {});
    await rm(temporary.path, { force: true }).catch(() => {});
    await this.removeParents(temporary.made);
  }

  /** Removes the directories that the call made, unless others use them. */
  protected async removeParents(made: readonly string[]): Promise<void> {
    for (const directory of made.toReversed()) {
      await rmdir(directory).catch(() => {});
    }
  }
}

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

const WINDOWS_ODD = /[\\:]|^(?:aux|con|nul|prn|com\d|lpt\d)(?:\.|$)/i;
const NO_LINKS = new Set<unknown>(
  ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EINVAL"],
);

function missing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function localError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code, path });
}
