import type { ByteRange } from "./backing.ts";
import type { Call } from "./call.ts";

/** How the bytes of a range come. */
export interface ReadingSteps {
  /** Reads what follows, at most as far as the range's end; nothing would end the stream. */
  next(position: number, end: number): Promise<Uint8Array>;
  /** What the stream errors with for what a step threw. */
  explain(error: unknown): unknown;
  /** Releases what is held, once. */
  release(): void;
}

/** An object that is being read: its stream reads when it is pulled, and closes with its last byte. */
export class Reading {
  /** The stream. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Called when it has ended, been cancelled, or failed; not if there is nothing to read. */
  onOver: () => void = () => {};
  readonly #call: Call;
  readonly #steps: ReadingSteps;
  readonly #end: number;
  #position: number;
  #isOver = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param call The call. @param range What is read, within the object. @param steps How. */
  constructor(call: Call, range: ByteRange, steps: ReadingSteps) {
    this.#call = call;
    this.#steps = steps;
    this.#position = range.start;
    this.#end = range.end;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        if (this.#position >= this.#end) this.#close();
      },
      pull: () => this.#pull(),
      cancel: (reason) => {
        if (this.#isOver) return;
        this.#finish();
        call.fail(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Whether it has ended, been cancelled, or failed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Errors the stream, unless it is over. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#controller?.error(error);
    this.#finish();
    this.#call.fail(error);
  }

  async #pull(): Promise<void> {
    try {
      const bytes = await this.#steps.next(this.#position, this.#end);
      if (this.#isOver) return;
      this.#position += bytes.length;
      if (bytes.length > 0) this.#controller?.enqueue(bytes);
      if (bytes.length === 0 || this.#position >= this.#end) this.#close();
    } catch (error) {
      this.fail(this.#steps.explain(error));
    }
  }

  #close(): void {
    this.#controller?.close();
    this.#finish();
  }

  #finish(): void {
    this.#isOver = true;
    this.#steps.release();
    this.onOver();
  }
}
