import { nodeFs } from "../platform/builtins.ts";
import { localError } from "./local_error.ts";
import { Pace } from "../platform/pace.ts";

/** A local file that is read for an upload, as it was when it was opened. */
export interface Source {
  /** Its size in bytes. */
  readonly size: number;
  /**
   * Fills a buffer from a position; may be called side by side.
   *
   * @param buffer What to fill, whole.
   * @param position Bytes from the start; `position + buffer.length ≤ size`.
   * @param options Whether to `check()`.
   * @throws The local error, also if the file has changed since it was opened (clause 9).
   */
  read(
    buffer: Uint8Array,
    position: number,
    options?: ReadOptions,
  ): Promise<void>;
  /**
   * Looks if the file has changed since it was opened. One look vouches for
   * all reads that have ended before it.
   *
   * @throws The local error, if it has (clause 9).
   */
  check(): Promise<void>;
  /** Closes the file when the reads in flight have ended. Later reads reject. */
  close(): Promise<void>;
}

/** Options of {@linkcode Source.read}. */
export interface ReadOptions {
  /**
   * True to `check()` after the read, as somebody has to.
   *
   * @default {true}
   */
  readonly isChecked?: boolean;
}

/**
 * Opens a local file for an upload (clause 9): without waiting for the writer
 * of a FIFO, without a lock, and for reading only.
 *
 * @param path An absolute path.
 * @throws The local error, if it is missing, unreadable, not a regular file, or one whose size the system does not tell.
 *
 * @example Reading a file whole
 * ```ts
 * import { openSource } from "@storekit/object-store/local";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "hello");
 * const source = await openSource(path);
 * try {
 *   const bytes = new Uint8Array(source.size);
 *   await source.read(bytes, 0);
 *   console.log(new TextDecoder().decode(bytes)); // hello
 * } finally {
 *   await source.close();
 *   await Deno.remove(path);
 * }
 * ```
 */
export async function openSource(path: string): Promise<Source> {
  // Opening a device can have effects of its own, so look first.
  checkRegular(await look(path), path);
  const fd = await open(path);
  try {
    const opened = await lookAgain(fd);
    checkRegular(opened, path);
    if (opened.size === 0n) await checkEmpty(fd, path);
    return new FileSource(fd, path, opened);
  } catch (error) {
    await close(fd);
    throw error;
  }
}

type Stats = import("node:fs").BigIntStats;

/** The largest size in bytes of which reading at once costs less than through threads (`bench --only=cold`). */
const SYNC_SIZE = 2 ** 16;
const BIGINT = { bigint: true } as const;
const pace = new Pace();

class FileSource implements Source {
  readonly size: number;
  readonly #fd: number;
  readonly #path: string;
  readonly #opened: Stats;
  readonly #reading = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(fd: number, path: string, opened: Stats) {
    this.#fd = fd;
    this.#path = path;
    this.size = Number(opened.size);
    this.#opened = opened;
  }

  read(
    buffer: Uint8Array,
    position: number,
    { isChecked = true }: ReadOptions = {},
  ): Promise<void> {
    if (this.#closed) {
      return Promise.reject(this.#closedError());
    }
    return this.#track(this.#read(buffer, position, isChecked));
  }

  check(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError());
    return this.#track(this.#check());
  }

  #track(reading: Promise<void>): Promise<void> {
    this.#reading.add(reading);
    return reading.finally(() => this.#reading.delete(reading));
  }

  async #read(
    buffer: Uint8Array,
    position: number,
    isChecked: boolean,
  ): Promise<void> {
    for (let done = 0; done < buffer.length;) {
      const rest = buffer.subarray(done);
      const count = await readSome(this.#fd, rest, position + done);
      if (count === 0) throw this.#changedError();
      done += count;
    }
    // All bytes that are handed out are those of the moment of opening.
    if (isChecked) await this.#check();
  }

  async #check(): Promise<void> {
    const now = await lookAgain(this.#fd);
    const { size, mtimeNs } = this.#opened;
    if (now.size !== size || now.mtimeNs !== mtimeNs) {
      throw this.#changedError();
    }
  }

  #closedError(): Error {
    return localError("EBADF", "the source is closed", this.#path);
  }

  #changedError(): Error {
    return localError(
      "EBUSY",
      "the file changed while it was read",
      this.#path,
    );
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#reading);
    await close(this.#fd);
  }
}

function checkRegular(
  stats: { isFile(): boolean; isDirectory(): boolean },
  path: string,
): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) {
    throw localError("EISDIR", "the source is a directory", path);
  }
  throw localError("EINVAL", "the source is not a regular file", path);
}

/** Refuses a file whose size the system does not tell, as those of `/proc`: it would be stored empty. */
async function checkEmpty(fd: number, path: string): Promise<void> {
  if (await readSome(fd, new Uint8Array(1), 0) === 0) return;
  throw localError(
    "EINVAL",
    "the source has bytes although its size is told as 0",
    path,
  );
}

function look(path: string): Promise<Stats> {
  return pace.call(
    () => nodeFs.statSync(path, BIGINT),
    () => later<Stats>((done) => nodeFs.stat(path, BIGINT, done)),
  );
}

function open(path: string): Promise<number> {
  const { O_RDONLY, O_NONBLOCK = 0 } = nodeFs.constants;
  const flags = O_RDONLY | O_NONBLOCK;
  return pace.call(
    () => nodeFs.openSync(path, flags),
    () => later<number>((done) => nodeFs.open(path, flags, done)),
  );
}

function lookAgain(fd: number): Promise<Stats> {
  return pace.call(
    () => nodeFs.fstatSync(fd, BIGINT),
    () => later<Stats>((done) => nodeFs.fstat(fd, BIGINT, done)),
  );
}

function readSome(
  fd: number,
  buffer: Uint8Array,
  position: number,
): Promise<number> {
  const { length } = buffer;
  const read = () =>
    later<number>((done) => nodeFs.read(fd, buffer, 0, length, position, done));
  if (length > SYNC_SIZE) return read();
  return pace.call(
    () => nodeFs.readSync(fd, buffer, 0, length, position),
    read,
  );
}

function close(fd: number): Promise<void> {
  return pace.call(
    () => nodeFs.closeSync(fd),
    () => later<void>((done) => nodeFs.close(fd, done)),
  );
}

/** The callback of a function of Node's. */
function later<T>(
  call: (done: (error: Error | null | undefined, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => error ? reject(error) : resolve(value as T));
  });
}
