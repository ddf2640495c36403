import { rememberCallerError } from "../operation/caller_error.ts";

/**
 * A caller's stream that each attempt at storing it gets anew, as long as none of its bytes were read:
 * then they are gone, and there is no further attempt (clause 30).
 */
export class RetriedStream {
  readonly #stream: ReadableStream<Uint8Array>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** @param stream The caller's, which is not locked. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#stream = stream;
  }

  /**
   * Makes an attempt.
   *
   * @param store Stores the stream that it is given.
   */
  async attempt(
    store: (stream: ReadableStream<Uint8Array>) => Promise<void>,
  ): Promise<void> {
    // With a buffer of its own this stream would read from the caller's before the store asks, and what it has read could not be given to a further attempt.
    const fresh = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => this.#reader?.cancel(reason),
    }, { highWaterMark: 0 });
    try {
      await store(fresh);
    } catch (error) {
      if (this.#reader) rememberCallerError(error);
      throw error;
    }
  }

  /** Cancels the caller's stream, as no further attempt is made. What it says to that is of no interest to anybody. */
  cancel(reason: unknown): void {
    const cancelled = this.#reader
      ? this.#reader.cancel(reason)
      : this.#stream.cancel(reason);
    // The caller's stream may take long to be cancelled, or fail at it.
    cancelled.catch(() => {});
    this.#reader?.releaseLock();
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    this.#reader ??= this.#stream.getReader();
    const { done, value } = await this.#reader.read();
    if (!done) return controller.enqueue(value);
    this.#reader.releaseLock();
    controller.close();
  }
}
