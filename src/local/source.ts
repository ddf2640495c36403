import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { localError } from "./local_error.ts";

/** A local file that is read for an upload, as it was when it was opened. */
export interface Source {
  /** Its size in bytes. */
  readonly size: number;
  /**
   * Fills a buffer from a position; may be called side by side.
   *
   * @param buffer What to fill, whole.
   * @param position Bytes from the start; `position + buffer.length ≤ size`.
   * @throws The local error, also if the file has changed since it was opened (clause 9).
   */
  read(buffer: Uint8Array, position: number): Promise<void>;
  /** Closes the file when the reads in flight have ended. Later reads reject. */
  close(): Promise<void>;
}

/**
 * Opens a local file for an upload (clause 9): without waiting for the writer
 * of a FIFO, without a lock, and for reading only.
 *
 * @param path An absolute path.
 * @throws The local error, if it is missing, unreadable or not a regular file.
 */
export async function openSource(path: string): Promise<Source> {
  // Opening a device can have effects of its own, so look first.
  checkRegular(await stat(path), path);
  const file = await open(
    path,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const opened = await file.stat({ bigint: true });
    checkRegular(opened, path);
    return new FileSource(file, path, Number(opened.size), opened);
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Moment = { size: bigint; mtimeNs: bigint; ctimeNs: bigint };

class FileSource implements Source {
  readonly size: number;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #moment: Moment;
  readonly #reading = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(file: FileHandle, path: string, size: number, moment: Moment) {
    this.#file = file;
    this.#path = path;
    this.size = size;
    this.#moment = moment;
  }

  read(buffer: Uint8Array, position: number): Promise<void> {
    if (this.#closed) {
      return Promise.reject(
        localError("EBADF", "the source is closed", this.#path),
      );
    }
    const reading = this.#read(buffer, position);
    this.#reading.add(reading);
    return reading.finally(() => this.#reading.delete(reading));
  }

  async #read(buffer: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < buffer.length;) {
      const { bytesRead } = await this.#file.read(
        buffer,
        done,
        buffer.length - done,
        position + done,
      );
      if (bytesRead === 0) throw this.#changed();
      done += bytesRead;
    }
    // After each read, so that all bytes handed out are of the moment of opening.
    const now = await this.#file.stat({ bigint: true });
    const { size, mtimeNs } = this.#moment;
    if (now.size !== size || now.mtimeNs !== mtimeNs) throw this.#changed();
  }

  #changed(): Error {
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
    await this.#file.close();
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
