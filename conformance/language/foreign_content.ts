import { Buffer } from "node:buffer";
import { concatenate } from "../checks/concatenate.ts";
import { CaseStop } from "../model/case_stop.ts";
import type { ObjectContent } from "../../src/object_store.ts";
import type { ForeignHandle } from "./foreign_handle.ts";
import type { StoreRequest, StreamListener } from "./store_process.ts";

/**
 * An object that is read from a process of another language: a chunk comes for
 * each that is asked for. That the bytes can be had once is made here, and says
 * nothing about the store.
 */
export class ForeignContent {
  /** Hears what the process says of the object. */
  readonly listener: StreamListener;
  readonly #stream: ObjectContent["stream"];
  readonly #handle: ForeignHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #over = Promise.withResolvers<void>();
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #request: StoreRequest | undefined;
  #stopListening: () => void = () => {};
  #onPulled: () => void = () => {};
  #isUsed = false;
  #isOver = false;
  #isCancelled = false;

  /** @param handle The store. @param signal What errors the stream. */
  constructor(handle: ForeignHandle, signal: AbortSignal | undefined) {
    this.#handle = handle;
    this.#signal = signal;
    this.listener = {
      onChunk: (data) => this.#take(data),
      onEnd: () => this.#end(() => this.#controller.close()),
      onFailed: (error) => this.#fail(error),
    };
    this.#stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 });
  }

  /** The content for the caller, once the process has told the object's size. */
  open(request: StoreRequest, size: number): ObjectContent {
    this.#request = request;
    if (!this.#isOver) {
      this.#stopListening = this.#handle.abortWith(this.#signal, request);
    }
    // It has fired while the answer was on its way.
    if (this.#signal?.aborted && !this.#isOver) request.abort();
    const bytes = async () => await this.#readAll();
    return {
      size,
      stream: this.#stream,
      bytes,
      text: async () => new TextDecoder().decode(await bytes()),
    };
  }

  async #readAll(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isUsed || this.#stream.locked) {
      throw new TypeError("the object's bytes have been used");
    }
    this.#isUsed = true;
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#stream) chunks.push(chunk);
    return concatenate(chunks);
  }

  async #pull(): Promise<void> {
    this.#isUsed = true;
    const pulled = new Promise<void>((resolve) => this.#onPulled = resolve);
    this.#request?.pull();
    await pulled;
  }

  async #cancel(): Promise<void> {
    this.#isUsed = true;
    if (this.#isOver) return;
    this.#isCancelled = true;
    this.#request?.cancel();
    await this.#over.promise;
  }

  #take(data: string): void {
    if (this.#isCancelled) return;
    const bytes = new Uint8Array(Buffer.from(data, "base64"));
    if (bytes.length === 0) {
      return this.#handle.process.fail(
        new CaseStop(
          "error",
          "the store's process is no use: it has sent a chunk without a byte",
        ),
      );
    }
    this.#controller.enqueue(bytes);
    this.#onPulled();
  }

  #fail(error: unknown): void {
    const signal = this.#signal;
    const context = { thrown: new Map(), signal };
    // Ends the stream first, as a claim that cannot be true ends the process, which tells it of that.
    const isNew = !this.#isOver;
    this.#end(() => {});
    if (!isNew || this.#isCancelled) return;
    this.#controller.error(this.#handle.translate(error, context));
  }

  #end(close: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    if (!this.#isCancelled) close();
    this.#onPulled();
    this.#over.resolve();
  }
}
