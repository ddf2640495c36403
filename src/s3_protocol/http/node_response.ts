import type { ClientRequest, IncomingMessage } from "node:http";
import { ConnectionError } from "./answer_error.ts";
import { readText } from "./read_text.ts";
import type { Silence } from "./silence.ts";
import type { S3Response } from "./transport.ts";

/** An answer that `node:http` has brought. */
export class NodeResponse implements S3Response {
  readonly status: number;
  readonly readsAhead: boolean;
  readonly #message: IncomingMessage;
  readonly #request: ClientRequest;
  readonly #silence: Silence;

  constructor(
    message: IncomingMessage,
    request: ClientRequest,
    silence: Silence,
  ) {
    this.status = message.statusCode ?? 0;
    this.#message = message;
    this.#request = request;
    this.#silence = silence;
    // Deno's `node:https` does not hold a fast server back; its `node:http` does.
    this.readsAhead = "Deno" in globalThis &&
      (message.socket as { encrypted?: boolean }).encrypted === true;
    silence.signal.addEventListener("abort", () => request.destroy());
    message.on("error", () => {});
    silence.pause();
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  async *chunks(size: number): AsyncGenerator<Uint8Array> {
    try {
      let done = 0;
      this.#silence.break();
      for await (const chunk of this.#message as AsyncIterable<Uint8Array>) {
        this.#silence.pause();
        const wanted = chunk.subarray(0, size - done);
        done += wanted.length;
        yield wanted;
        if (done === size && wanted.length < chunk.length) return;
        this.#silence.break();
      }
      if (!this.#message.complete) {
        throw new ConnectionError("the body was cut off");
      }
    } catch (error) {
      const { signal } = this.#silence;
      throw signal.aborted ? signal.reason : cutOff(error) ?? error;
    } finally {
      await this.cancel();
    }
  }

  text(): Promise<string> {
    return readText({
      status: this.status,
      chunks: (size) => this.chunks(size),
      silence: this.#silence,
    });
  }

  cancel(): Promise<void> {
    this.#silence.end();
    const isRead = this.#message.complete && this.#message.readableEnded;
    // Where the answer came before the body was sent, the server still waits for the rest on this connection.
    if (!isRead || !this.#request.writableFinished) {
      this.#request.destroy();
      this.#message.destroy();
    }
    return Promise.resolve();
  }
}

/** Node says with an error of its own what Deno tells by `complete` alone: that a body ended early. */
const CUT_OFF: readonly unknown[] = [
  "ECONNRESET",
  "ERR_STREAM_PREMATURE_CLOSE",
];

function cutOff(error: unknown): ConnectionError | undefined {
  if (error instanceof ConnectionError) return error;
  const { code } = error as { code?: unknown };
  if (!CUT_OFF.includes(code)) return undefined;
  return new ConnectionError("the body was cut off", { cause: error });
}
