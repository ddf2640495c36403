import { StoreFailure, type UploadBody } from "../driver.ts";
import type { StreamSource } from "./stream_source.ts";

const MIB = 2 ** 20;

/** Options of a {@linkcode PassingBody}. */
export interface PassingBodyOptions {
  /** The number of bytes that the stream has to have. */
  readonly size: number;
  /** Called with the number of further bytes that were asked for. */
  readonly onProgress: (bytes: number) => void;
}

/**
 * A large stream for a driver that stores every object in one request: its bytes are not held, and so
 * it can be sent only once. Its last bytes are given out only when the stream is known to have no more.
 */
export class PassingBody implements UploadBody {
  readonly size: number;
  readonly #source: StreamSource;
  readonly #onProgress: (bytes: number) => void;
  #at = 0;

  /**
   * Makes the body.
   *
   * @param source The stream, from its start.
   * @param options Its size.
   */
  constructor(source: StreamSource, { size, onProgress }: PassingBodyOptions) {
    this.size = size;
    this.#source = source;
    this.#onProgress = onProgress;
  }

  async *chunks(
    into: number | Uint8Array<ArrayBuffer> = MIB,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (let done = 0; done < this.size;) {
      const left = this.size - done;
      const chunk = typeof into === "number"
        ? new Uint8Array(Math.min(into, left))
        : into.subarray(0, left);
      await this.read(chunk, done);
      yield chunk;
      done += chunk.length;
      this.#onProgress(chunk.length);
    }
  }

  async read(buffer: Uint8Array, position: number): Promise<void> {
    if (position !== this.#at) {
      throw new StoreFailure(
        "TRANSIENT",
        "the upload broke off, and the bytes of the stream that were sent are gone",
      );
    }
    const count = await this.#source.fill(buffer);
    this.#at += count;
    if (count < buffer.length) this.#source.refuseSize(this.size, "fewer");
    if (this.#at < this.size || await this.#source.isAtEnd()) return;
    this.#source.refuseSize(this.size, "more");
  }
}
