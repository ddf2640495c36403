import type { Operation } from "../operation/operation.ts";

/** A stream may have few bytes. */
const FIRST_BUFFER = 2 ** 16;

/**
 * A caller's stream that is read piece by piece into buffers. What goes wrong with the stream ends the
 * operation, with the stream's very error (clause 33).
 */
export class StreamSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #operation: Operation;
  #rest: Uint8Array = new Uint8Array(0);
  #isEnd = false;

  /**
   * Locks the stream.
   *
   * @param stream The stream, which is not locked.
   * @param operation The operation, which ends the waiting for bytes.
   */
  constructor(stream: ReadableStream<Uint8Array>, operation: Operation) {
    this.#reader = stream.getReader();
    this.#operation = operation;
  }

  /**
   * Fills a buffer with the bytes that come next.
   *
   * @param buffer The buffer.
   * @returns How many bytes; fewer than it has only where the stream ends.
   */
  async fill(buffer: Uint8Array): Promise<number> {
    let done = 0;
    while (done < buffer.length && !await this.isAtEnd()) {
      const piece = this.#rest.subarray(0, buffer.length - done);
      buffer.set(piece, done);
      done += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return done;
  }

  /**
   * Takes the bytes that come next, into a buffer that grows with them.
   *
   * @param limit How many at most.
   */
  async take(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    let buffer = new Uint8Array(Math.min(FIRST_BUFFER, limit));
    for (let done = 0;;) {
      done += await this.fill(buffer.subarray(done));
      if (done < buffer.length || done === limit) {
        return buffer.subarray(0, done);
      }
      const larger = new Uint8Array(Math.min(2 * done, limit));
      larger.set(buffer);
      buffer = larger;
    }
  }

  /** Tells whether no more bytes come; it waits until that is known. */
  async isAtEnd(): Promise<boolean> {
    while (!this.#isEnd && this.#rest.length === 0) {
      const { done, value } = await this.#read();
      if (done) this.#isEnd = true;
      else this.#rest = checkChunk(value, this.#operation);
    }
    return this.#isEnd;
  }

  /** Ends the operation as the stream has not the size that was said, in bytes. */
  refuseSize(size: number, problem: string): never {
    const error = new RangeError(
      `Cannot write the object as its stream has ${problem} than the ${size} bytes that 'size' says`,
    );
    this.#operation.failByCaller(error);
    throw error;
  }

  /** Gives the stream back: cancelled, if there was an error. What it says to that is of no interest to anybody. */
  async release(
    failure: { readonly error: unknown } | undefined,
  ): Promise<void> {
    try {
      if (failure) await this.#reader.cancel(failure.error);
    } catch {
      // The stream has errored itself, which is known already.
    } finally {
      this.#reader.releaseLock();
    }
  }

  async #read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const operation = this.#operation;
    // The stream's own error is the caller's, and is never tried again.
    const reading = this.#reader.read().catch((error) => {
      operation.failByCaller(error);
      throw error;
    });
    return await operation.race(reading);
  }
}

function checkChunk(chunk: unknown, operation: Operation): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  const error = new TypeError(
    `Cannot write the object as its stream must give Uint8Array chunks: one is ${
      chunk === null ? "null" : `of type '${typeof chunk}'`
    }`,
  );
  operation.failByCaller(error);
  throw error;
}
