import { ConnectionError } from "./answer_error.ts";
import { failureOf, isSilence } from "../../failure.ts";
import { findCertificateError } from "./certificate_error.ts";
import type {
  HttpExchange,
  HttpExchangeOptions,
  HttpRequest,
} from "./http_exchange.ts";
import { proxyOptions } from "../../platform/proxy.ts";
import { readBytes } from "./read_bytes.ts";
import { readText } from "./read_text.ts";
import { Silence } from "./silence.ts";
import type { S3Response } from "./transport.ts";

/** Idle connections are given up before the servers do so. */
const IDLE_TIMEOUT = 10_000;

/**
 * Requests through Deno's `fetch`, for bodies that come in: it is the only
 * client in Deno that holds back a fast server. What goes out is in memory.
 */
export class FetchExchange implements HttpExchange {
  readonly #options: HttpExchangeOptions;
  readonly #other: HttpExchange;
  #client: Deno.HttpClient | undefined;

  /**
   * Makes the exchange.
   *
   * @param options How long to wait, and whom to trust.
   * @param other Sends a request again that `fetch` cannot send or does not say what became of. It is not closed.
   */
  constructor(options: HttpExchangeOptions, other: HttpExchange) {
    this.#options = options;
    this.#other = other;
  }

  async send(request: HttpRequest): Promise<S3Response> {
    const { origin, target, method, headers, body, signal } = request;
    const silence = new Silence(signal, this.#options.timeout);
    const { host: _, ...rest } = headers;
    const init: RequestInit & { client: Deno.HttpClient } = {
      method,
      // Otherwise `fetch` decompresses objects that are stored compressed.
      headers: { ...rest, "accept-encoding": "identity" },
      redirect: "manual",
      signal: silence.signal,
      client: this.#open(),
      ...(typeof body === "object" ? { body: body.bytes! } : {}),
    };
    try {
      const response = await fetch(origin + target, init);
      return new FetchResponse(response, silence);
    } catch (error) {
      silence.end();
      if (silence.signal.aborted) throw silence.signal.reason;
      return await this.#sendOtherwise(error, request);
    }
  }

  close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    return Promise.resolve();
  }

  #open(): Deno.HttpClient {
    this.#client ??= Deno.createHttpClient({
      caCerts: [...this.#options.caCerts],
      http1: true,
      http2: false,
      poolIdleTimeout: IDLE_TIMEOUT,
    });
    return this.#client;
  }

  /**
   * `fetch` tells only by a text why it failed, and that is not searched. The
   * other way tells it by a code, and every way out then has the same errors.
   *
   * @returns The answer, where a repetition that nobody has asked for does no harm.
   */
  async #sendOtherwise(
    error: unknown,
    request: HttpRequest,
  ): Promise<S3Response> {
    if (!(error instanceof TypeError)) throw error;
    const { origin, method, signal } = request;
    // It does not go through a proxy.
    const certificateError = proxyOptions()
      ? undefined
      : await findCertificateError(origin, { ...this.#options, signal });
    if (certificateError) throw certificateError;
    const noAnswer = new ConnectionError("no answer came", { cause: error });
    let response: S3Response;
    try {
      response = await this.#other.send(request);
    } catch (reason) {
      if (signal.aborted) throw signal.reason;
      throw isSilence(reason) || isReset(reason) ? noAnswer : reason;
    }
    // Ports that `fetch` refuses: these errors have no cause. (Up to Deno 2.9.2 no error has one.)
    const isRefusedByFetch = error.cause === undefined;
    // An object that comes this way is not used, as it would not wait for a slow reader; of a
    // request with a body the answer tells what its repetition has done.
    if (method !== "GET" || isRefusedByFetch) return response;
    await response.cancel();
    throw noAnswer;
  }
}

/** Tells whether a connection was lost on the way, which says nothing new. */
function isReset(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ECONNRESET" &&
    failureOf(error)?.code === "TRANSIENT";
}

/** Bytes: an answer may have more than it announces where the runtime unpacks it. */
const TEXT_BUFFER = { least: 2 ** 10, most: 2 ** 16 };

class FetchResponse implements S3Response {
  readonly status: number;
  readonly #response: Response;
  readonly #silence: Silence;

  constructor(response: Response, silence: Silence) {
    this.status = response.status;
    this.#response = response;
    this.#silence = silence;
    silence.pause();
  }

  header(name: string): string | undefined {
    return this.#response.headers.get(name) ?? undefined;
  }

  async *chunks(
    size: number,
    bufferSize?: number,
  ): AsyncGenerator<Uint8Array> {
    const { body } = this.#response;
    if (!body) return this.#silence.end();
    try {
      yield* readBytes(body, size, this.#silence, bufferSize);
    } catch (error) {
      throw this.#lost(error);
    }
  }

  text(): Promise<string> {
    return readText({
      status: this.status,
      chunks: (size) => this.chunks(size, this.#textBuffer()),
      silence: this.#silence,
    });
  }

  /** Bytes of the buffer for a text: those that the answer announces, as most announce none. */
  #textBuffer(): number {
    const announced = Number(this.header("content-length") ?? NaN);
    const { least, most } = TEXT_BUFFER;
    return announced < most ? Math.max(announced, least) : most;
  }

  async cancel(): Promise<void> {
    this.#silence.end();
    if (this.#response.body?.locked) return;
    await this.#response.body?.cancel().catch(() => {});
  }

  #lost(error: unknown): unknown {
    const { signal } = this.#silence;
    if (signal.aborted) return signal.reason;
    return new ConnectionError("the body was cut off", { cause: error });
  }
}
