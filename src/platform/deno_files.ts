import { nodePromises } from "./builtins.ts";
import type { FileKind, Files, NewFile } from "./file_access.ts";
import { Pace } from "./pace.ts";

/** The largest size in bytes of which writing at once costs less than through threads (`bench --only=cold`), and holds everything else up for less than a millisecond. */
const SYNC_SIZE = 2 ** 20;

const pace = new Pace();

/** The file system as Deno offers it, without `node:fs`. */
export const denoFiles: Files = {
  stat: (path): Promise<FileKind> =>
    pace.call(() => Deno.statSync(path), () => Deno.stat(path)),
  lstat: (path): Promise<FileKind> =>
    pace.call(() => Deno.lstatSync(path), () => Deno.lstat(path)),
  create: async (path) => {
    const options = { write: true, createNew: true, mode: 0o666 };
    const file = await pace.call(
      () => Deno.openSync(path, options),
      () => Deno.open(path, options),
    );
    return new DenoNewFile(file);
  },
  link: (from, to) =>
    pace.call(() => Deno.linkSync(from, to), () => Deno.link(from, to)),
  rename: (from, to) =>
    pace.call(() => Deno.renameSync(from, to), () => Deno.rename(from, to)),
  makeDirectory: (path) =>
    pace.call(() => Deno.mkdirSync(path), () => Deno.mkdir(path)),
  removeFile: (path) =>
    pace.call(() => Deno.removeSync(path), () => Deno.remove(path)),
  // `Deno.remove()` would remove a file as well.
  removeDirectory: (path) => nodePromises.rmdir(path),
};

/** Writes at one position after the other, as the system's file has only one. */
class DenoNewFile implements NewFile {
  readonly #file: Deno.FsFile;
  #position = 0;
  #last: Promise<void> | undefined;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const isQueued = this.#last !== undefined || bytes.length > SYNC_SIZE ||
      pace.isSlow();
    if (isQueued) return await this.#queue(bytes, position);
    pace.measure(() => {
      for (let done = 0; done < bytes.length;) {
        this.#seek(position + done);
        const written = this.#file.writeSync(bytes.subarray(done));
        this.#position += written;
        done += written;
      }
    });
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  #queue(bytes: Uint8Array, position: number): Promise<void> {
    const turn = (this.#last ?? Promise.resolve()).then(() =>
      this.#writeLater(bytes, position)
    );
    const last = turn.catch(() => {}).then(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return turn;
  }

  async #writeLater(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      this.#seek(position + done);
      const written = await this.#file.write(bytes.subarray(done));
      this.#position += written;
      done += written;
    }
  }

  #seek(position: number): void {
    if (position === this.#position) return;
    this.#file.seekSync(position, Deno.SeekMode.Start);
    this.#position = position;
  }
}
