/** Buffers of one size that are used again instead of being allocated for each part. */
export class BufferPool {
  /** The size of every buffer, in bytes. */
  readonly bufferSize: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  readonly #limit: number;

  /**
   * @param bufferSize The size of every buffer, in bytes.
   * @param limit How many free ones are kept.
   */
  constructor(bufferSize: number, limit: number) {
    this.bufferSize = bufferSize;
    this.#limit = limit;
  }

  /**
   * Takes a buffer, at least `size` bytes long unless that is more than
   * `bufferSize`.
   *
   * @param size How many bytes are to go through it.
   */
  take(size: number): Uint8Array<ArrayBuffer> {
    if (size < this.bufferSize) return new Uint8Array(size);
    return this.#free.pop() ?? new Uint8Array(this.bufferSize);
  }

  /**
   * Gives a buffer back that nobody reads or writes any more. After a failure
   * that is not certain: then it is left to the garbage collector.
   *
   * @param buffer What `take` has returned.
   */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const isReusable = buffer.length === this.bufferSize &&
      this.#free.length < this.#limit;
    if (isReusable) this.#free.push(buffer);
  }

  /** Lets go of the free buffers. */
  clear(): void {
    this.#free.length = 0;
  }
}
