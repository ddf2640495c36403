import { Buffer } from "node:buffer";
import type { ObjectData } from "../../src/object_store.ts";
import type { StoreRequest } from "./store_process.ts";

/** Bytes that travel in one line: half of them would do, and twice as many are too long a line. */
const PIECE = 256 * 1024;

/** The caller's data, which a process of another language asks for piece by piece. */
export class ForeignData {
  /** The size of data that has one by itself. */
  readonly size: number | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #failure: { error: unknown } | undefined;

  /**
   * Takes the data; nothing is read of it before the store asks.
   *
   * @throws {TypeError} If it is none, or a stream that is locked.
   */
  constructor(data: ObjectData) {
    const stream = toStream(data);
    this.size = sizeOf(data);
    this.#reader = stream.getReader();
    this.#reader.closed.catch(() => {});
  }

  /** The failure of a stream that has failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Sends the next bytes, or their end, to the store. Never rejects. */
  async give(request: StoreRequest): Promise<void> {
    try {
      while (this.#rest.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return request.give({ end: true });
        if (!(value instanceof Uint8Array)) {
          const error = new TypeError("a chunk must be a Uint8Array");
          this.cancel(error);
          throw error;
        }
        this.#rest = value;
      }
      const piece = this.#rest.subarray(0, PIECE);
      this.#rest = this.#rest.subarray(PIECE);
      const { buffer, byteOffset, length } = piece;
      const chunk = Buffer.from(buffer, byteOffset, length).toString("base64");
      request.give({ chunk });
    } catch (error) {
      this.#failure = { error };
      request.give({ failed: true });
    }
  }

  /** The store wants no more of it. */
  cancel(reason?: unknown): void {
    this.#rest = new Uint8Array();
    this.#reader.cancel(reason).catch(() => {});
  }
}

function toStream(data: ObjectData): ReadableStream<Uint8Array> {
  if (data instanceof ReadableStream) {
    if (!data.locked) return data;
    throw new TypeError("'data' is a stream that is locked");
  }
  if (data instanceof Uint8Array) return streamOf(data);
  if (typeof data === "string") return streamOf(new TextEncoder().encode(data));
  if (data instanceof Blob) return data.stream();
  throw new TypeError(
    `'data' must be bytes, a string, a Blob or a stream: its type is ${typeof data}`,
  );
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function sizeOf(data: ObjectData): number | undefined {
  if (data instanceof Uint8Array) return data.length;
  if (typeof data === "string") return Buffer.byteLength(data);
  return data instanceof Blob ? data.size : undefined;
}
