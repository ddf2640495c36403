import type { FileHandle } from "node:fs/promises";
import { nodePromises } from "./builtins.ts";
import type { FileKind, Files, NewFile } from "./file_access.ts";
import { writeAll } from "./write_all.ts";

/** The file system as `node:fs` offers it: for other runtimes than Deno, and for files to which several parts are written at once. */
export const nodeFiles: Files = {
  stat: async (path) => readKind(await nodePromises.stat(path)),
  lstat: async (path) => readKind(await nodePromises.lstat(path)),
  create: async (path) =>
    new NodeNewFile(await nodePromises.open(path, "wx", 0o666)),
  link: (from, to) => nodePromises.link(from, to),
  rename: (from, to) => nodePromises.rename(from, to),
  makeDirectory: async (path) => {
    await nodePromises.mkdir(path);
  },
  removeFile: (path) => nodePromises.unlink(path),
  removeDirectory: (path) => nodePromises.rmdir(path),
};

function readKind(
  stats: Record<"isFile" | "isDirectory" | "isSymbolicLink", () => boolean>,
): FileKind {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymlink: stats.isSymbolicLink(),
  };
}

class NodeNewFile implements NewFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#file, bytes, position);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
