import type { UploadPart } from "../driver.ts";

const MIB = 2 ** 20;

/** Options of a {@linkcode HeldPart}. */
export interface HeldPartOptions {
  /** The part's number, from 0. */
  readonly index: number;
  /** Offset in the object of its first byte. */
  readonly offset: number;
  /** Called with the number of further bytes of it that were asked for, never of the same ones again. */
  readonly onProgress: (bytes: number) => void;
}

/** A part whose bytes are held in memory until the service has confirmed them, so that it can be sent again. */
export class HeldPart implements UploadPart {
  readonly index: number;
  readonly offset: number;
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #onProgress: (bytes: number) => void;
  #counted = 0;

  /**
   * Makes the part.
   *
   * @param bytes Its bytes.
   * @param options Which part it is.
   */
  constructor(bytes: Uint8Array<ArrayBuffer>, options: HeldPartOptions) {
    this.bytes = bytes;
    this.size = bytes.length;
    this.index = options.index;
    this.offset = options.offset;
    this.#onProgress = options.onProgress;
  }

  async *chunks(
    into: number | Uint8Array<ArrayBuffer> = MIB,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const length = typeof into === "number" ? into : into.length;
    for (let done = 0; done < this.size;) {
      const piece = this.bytes.subarray(done, done + length);
      // Without a buffer to read into, a chunk belongs to the reader, who may change it.
      yield typeof into === "number" ? piece.slice() : piece;
      done += piece.length;
      this.count(done);
    }
  }

  read(buffer: Uint8Array, position: number): Promise<void> {
    buffer.set(this.bytes.subarray(position, position + buffer.length));
    return Promise.resolve();
  }

  /** Counts the part up to here. @param done Bytes from its start. */
  count(done: number): void {
    if (done <= this.#counted) return;
    this.#onProgress(done - this.#counted);
    this.#counted = done;
  }
}
