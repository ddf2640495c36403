import { type OpenObject, StoreFailure } from "../driver.ts";
import type { Operation } from "../operation/operation.ts";
import { type Crc32, loadCrc32 } from "../platform/crc32.ts";
import { type Piece, readPiece } from "./read_piece.ts";

/** Milliseconds without a read after which a stream of a store that is being closed counts as not being read. */
const CLOSING_GRACE = 100;

/** Options of an {@linkcode ObjectStream}. */
export interface ObjectStreamOptions {
  /** The object; it is closed with the stream. */
  readonly object: OpenObject;
  /** The wanted bytes of it; `undefined` for none. */
  readonly piece: Piece | undefined;
  /** The operation, which lives as long as the stream. */
  readonly operation: Operation;
  /** Makes the store's error of what a driver threw. */
  readonly translate: (error: unknown) => unknown;
  /** Called with what `close()` of the store has to wait for. */
  readonly background: <T>(promise: Promise<T>) => Promise<T>;
  /** The same, and waits a moment for it. */
  readonly cleanUp: (promise: Promise<unknown>) => Promise<void>;
}

/**
 * The bytes of an object as a stream that is pulled: nothing is asked of the driver before somebody
 * reads. Its last chunk is given out only when the object is known to be whole and its checksum to be
 * right, so that nobody who counts bytes takes a damaged one for whole.
 */
export class ObjectStream {
  /** The stream, a stream of bytes: it can be read into buffers of the reader's own, too. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #options: ObjectStreamOptions;
  readonly #ended = Promise.withResolvers<void>();
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #crc32: Crc32 | undefined;
  #sum = 0;
  #done = 0;
  #isUsed = false;
  #isReading = false;
  #isEnded = false;
  #closingError: (() => unknown) | undefined;
  #closingTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param options The object, and which of its bytes. */
  constructor(options: ObjectStreamOptions) {
    this.#options = options;
    const { signal } = options.operation;
    let stop = (_error: unknown) => {};
    this.readable = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        stop = (error) => controller.error(error);
        if (options.piece === undefined) controller.close();
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;
    const onFailure = () => {
      if (this.#isEnded) return;
      stop(options.operation.failure?.error);
      this.#end();
    };
    if (options.piece === undefined) this.#end();
    else if (signal.aborted) onFailure();
    else signal.addEventListener("abort", onFailure, { once: true });
  }

  /** Resolves when the stream has ended, in whatever way. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** True once somebody has read the stream or cancelled it. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /**
   * Lets a stream that is being read go on to its end, and errors it as soon as nobody reads (clause 32).
   *
   * @param makeError Makes the error.
   * @returns When it has ended.
   */
  finish(makeError: () => unknown): Promise<void> {
    this.#closingError = makeError;
    if (!this.#isReading) this.#fail(makeError());
    return this.#ended.promise;
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    this.#isUsed = true;
    this.#isReading = true;
    clearTimeout(this.#closingTimer);
    const { operation, background } = this.#options;
    try {
      // Errors of the driver count only if it has not failed otherwise.
      const next = background(this.#next());
      const { chunk, isLast } = await operation.race(next);
      if (this.#isEnded) return;
      controller.enqueue(chunk);
      if (!isLast) return;
      controller.close();
      // A reader that waits for more than there is gets what there is.
      controller.byobRequest?.respond(0);
      this.#end();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isReading = false;
      this.#awaitRead();
    }
  }

  async #next(): Promise<{ chunk: Uint8Array<ArrayBuffer>; isLast: boolean }> {
    const { object, operation } = this.#options;
    const piece = this.#options.piece!;
    const { length } = piece;
    const isWhole = length === object.size;
    if (!this.#chunks) {
      if (isWhole && object.crc32 !== undefined) {
        this.#crc32 = await loadCrc32(length);
      }
      const { signal } = operation;
      this.#chunks = readPiece(object, piece, { signal });
    }
    const { value, done } = await this.#chunks.next();
    if (done) throw new TypeError("Cannot read on as the piece has ended");
    // The driver uses its buffer again. (`slice()` of a Node buffer would share it.)
    const chunk = new Uint8Array(value);
    if (this.#crc32) this.#sum = this.#crc32(chunk, this.#sum);
    this.#done += chunk.length;
    const isLast = this.#done === length;
    if (isLast) await this.#verify();
    return { chunk, isLast };
  }

  /** Everything has come but for the end itself. */
  async #verify(): Promise<void> {
    const { object } = this.#options;
    // The driver's own checks come behind the last chunk.
    await this.#chunks!.next();
    if (this.#crc32 && this.#sum !== object.crc32) {
      throw new StoreFailure(
        "TRANSIENT",
        "the bytes that came are not those that the service has a checksum of",
      );
    }
  }

  async #cancel(): Promise<void> {
    this.#isUsed = true;
    if (this.#isEnded) return;
    const released = this.#end();
    // What still runs in the driver is to stop.
    this.#options.operation.fail(CANCELLED);
    await this.#options.cleanUp(released);
  }

  #fail(error: unknown): void {
    const { operation, translate } = this.#options;
    // The signal's listener errors the stream with it.
    if (!this.#isEnded) operation.fail(translate(error));
  }

  #awaitRead(): void {
    const makeError = this.#closingError;
    if (!makeError || this.#isEnded) return;
    this.#closingTimer = setTimeout(
      () => this.#fail(makeError()),
      CLOSING_GRACE,
    );
  }

  /** Releases everything; resolves when it is released. */
  #end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#closingTimer);
    const { operation, background } = this.#options;
    operation.end();
    const released = background(this.#release()).catch(() => {});
    this.#ended.resolve();
    return released;
  }

  async #release(): Promise<void> {
    try {
      await this.#chunks?.return?.();
    } finally {
      await this.#options.object.close?.();
    }
  }
}

/** The error that ends an operation whose stream nobody wants to read on. */
const CANCELLED = new Error("The stream was cancelled");
