/** The lines of a stream of bytes, as they become complete. */
export class TextLineStream implements AsyncIterable<string> {
  readonly #bytes: ReadableStream<Uint8Array>;

  /** @param bytes UTF-8. */
  constructor(bytes: ReadableStream<Uint8Array>) {
    this.#bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of this.#bytes) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split(
        "\n",
      );
      rest = lines.pop() ?? "";
      yield* lines;
    }
  }
}
