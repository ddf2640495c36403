import type { ClientRequest, IncomingMessage } from "node:http";
import { AnswerError, ConnectionError } from "./answer_error.ts";
import { holdWriteError } from "./hold_write_error.ts";
import type { Silence } from "./silence.ts";
import type { S3RequestBody } from "./transport.ts";

/** Bytes that are read at once. */
const BUFFER_SIZE = 2 ** 20;
/** Bytes that are handed to the connection at once: it tells only of all of them together that it has taken them. */
const PIECE_SIZE = 2 ** 16;
/** The same on a slow connection, so that silence is told from slowness. */
const SLOW_PIECE_SIZE = 2 ** 12;
/** Milliseconds for one piece from which on a connection counts as slow. */
const SLOW_MS = 50;
/** Bytes that the buffers of both ends hold at most, where the system is not set up otherwise. */
const LARGEST_BUFFER = 10 * 2 ** 20;
/** Milliseconds for which a service may take its time to say that it wants the body. One that never says so gets it anyway. */
const PERMISSION_TIME = 1000;

/** The progress of sending a body, for whoever wants to know afterwards. */
export interface Sending {
  /** True once bytes of the body have gone out. */
  hasBegun: boolean;
}

/**
 * Sends the body of a request and waits for the head of the answer, which may
 * come before the body has gone: then it decides, and the rest is not sent.
 * When this settles, the body is not being read any more.
 *
 * With the header `expect: 100-continue` the body is sent only when the
 * service asks for it, or says nothing for a second.
 *
 * @param request The request, whose head is complete.
 * @param body The body.
 * @param silence Listens while this is under way.
 * @param sending Is told how far the body has got.
 * @throws {AnswerError} If the answer is another protocol.
 * @throws {ConnectionError} If no answer came, or a success before the body had gone.
 */
export async function exchange(
  request: ClientRequest,
  body: S3RequestBody | string | undefined,
  silence: Silence,
  sending: Sending = { hasBegun: false },
): Promise<IncomingMessage> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<
    IncomingMessage
  >();
  answer.catch(() => {});
  const sender = typeof body === "object"
    ? new BodySender(request, body, silence, sending)
    : undefined;
  const fail = (error: unknown) => {
    reject(error);
    sender?.stop();
  };
  const onAbort = () => {
    request.destroy();
    fail(silence.signal.reason);
  };
  request.on("response", (message) => {
    silence.break();
    silence.tolerate(0);
    resolve(message);
    sender?.stop();
  });
  // A server that switches protocols unasked: without a listener Node would report a lost connection.
  request.on("upgrade", (_message, socket) => {
    fail(new AnswerError({ status: 101 }));
    socket.destroy();
  });
  request.on("socket", holdWriteError);
  request.on("error", fail);
  request.on("close", () => {
    fail(new ConnectionError("the connection was closed before an answer"));
  });
  silence.signal.addEventListener("abort", onAbort);
  try {
    if (sender) {
      // A failure of the local file decides only where no answer has come.
      const sent = sender.send().catch(fail);
      await answer.catch(() => {});
      // The caller closes the file when this is over, so its last read has to have ended.
      await sent;
    } else request.end(body);
    const message = await answer;
    silence.signal.throwIfAborted();
    const isSuccess = message.statusCode !== undefined &&
      message.statusCode >= 200 && message.statusCode < 300;
    if (isSuccess && sender && !sender.isSent) {
      message.on("error", () => {});
      throw new ConnectionError("the answer came before the body had gone");
    }
    return message;
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    silence.signal.removeEventListener("abort", onAbort);
  }
}

/** Sends one body, until it has gone or is not wanted any more. */
class BodySender {
  readonly #request: ClientRequest;
  readonly #body: S3RequestBody;
  readonly #silence: Silence;
  readonly #sending: Sending;
  #isStopped = false;
  #slowSince: number | undefined;
  #slowBytes = 0;
  #handedOver = 0;
  #proceed = () => {};

  /** True once all of the body was handed over. */
  isSent = false;

  constructor(
    request: ClientRequest,
    body: S3RequestBody,
    silence: Silence,
    sending: Sending,
  ) {
    this.#request = request;
    this.#body = body;
    this.#silence = silence;
    this.#sending = sending;
  }

  /** Sends no more. */
  stop(): void {
    this.#isStopped = true;
    this.#proceed();
  }

  async send(): Promise<void> {
    const { size } = this.#body;
    if (this.#request.getHeader("expect") !== undefined) {
      await this.#awaitPermission();
    }
    if (this.#isStopped) return;
    // One buffer for all of the body: a new one for each chunk costs CPU time (`bench --only=large`).
    const buffer = new Uint8Array(Math.min(BUFFER_SIZE, size));
    let done = 0;
    // While the file is read it is not the service that is silent.
    this.#silence.pause();
    for await (const chunk of this.#body.chunks(buffer)) {
      if (this.#isStopped) return;
      this.#silence.break();
      done += chunk.length;
      await this.#write(chunk, done >= size);
      // The answer has come, and the file may be closed already.
      if (this.#isStopped) return;
      this.#silence.pause();
    }
    this.#silence.break();
    this.isSent = true;
    this.#request.end();
  }

  async #write(chunk: Uint8Array, isLast: boolean): Promise<void> {
    let length = SLOW_PIECE_SIZE;
    for (let offset = 0; offset < chunk.length && !this.#isStopped;) {
      const piece = chunk.subarray(offset, offset + length);
      offset += piece.length;
      const began = performance.now();
      const written = new Promise<void>((resolve) => this.#proceed = resolve);
      if (isLast && offset === chunk.length) this.isSent = true;
      // Waits until these bytes are taken, and not for 'drain': the buffer is filled with others next.
      this.#request.write(piece, (error?: Error | null) => {
        this.#sending.hasBegun = true;
        // There may still be an answer to read.
        this.#isStopped ||= Boolean(error);
        this.#proceed();
      });
      await written;
      this.#silence.break();
      const isSlow = performance.now() - began > SLOW_MS;
      length = isSlow ? SLOW_PIECE_SIZE : PIECE_SIZE;
      this.#handedOver += piece.length;
      if (isSlow) this.#slowSince ??= began;
      if (this.#slowSince !== undefined) this.#count(piece.length);
    }
  }

  /** Buffers on the way have taken bytes at once that then go as slowly as the further ones do. */
  #count(bytes: number): void {
    this.#slowBytes += bytes;
    const rate = this.#slowBytes / (performance.now() - this.#slowSince!);
    const buffered = Math.min(this.#handedOver, LARGEST_BUFFER);
    this.#silence.tolerate(buffered / rate);
  }

  async #awaitPermission(): Promise<void> {
    const permitted = new Promise<void>((resolve) => this.#proceed = resolve);
    const timer = setTimeout(this.#proceed, PERMISSION_TIME);
    this.#request.once("continue", this.#proceed);
    this.#request.flushHeaders();
    await permitted;
    clearTimeout(timer);
  }
}
