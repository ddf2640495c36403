import { ConnectionError } from "./answer_error.ts";
import { findTlsError } from "./find_tls_error.ts";
import type {
  HttpExchange,
  HttpExchangeOptions,
  HttpRequest,
} from "./http_exchange.ts";
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
  #client: Deno.HttpClient | undefined;

  /** @param options How long to wait, and whom to trust. */
  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<S3Response> {
    const { origin, target, method, headers, body, signal } = request;
    const silence = new Silence(signal, this.#options.timeout);
    const { host: _, ...rest } = headers;
    const init: RequestInit & { client: Deno.HttpClient } = {
      method,
      // Otherwise `fetch` unpacks objects that are stored packed.
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
      throw await this.#explain(error, request);
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

  /** `fetch` tells only by a text why it failed; a certificate is looked at with `node:tls`, which has codes. */
  async #explain(
    error: unknown,
    { origin, signal }: HttpRequest,
  ): Promise<unknown> {
    // Without a cause it was not the network: a port that is blocked, a permission.
    if (!(error instanceof TypeError) || error.cause === undefined) {
      return error;
    }
    const tlsError = await findTlsError(origin, { ...this.#options, signal });
    return tlsError ?? new ConnectionError("no answer came", { cause: error });
  }
}

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

  async *chunks(size: number): AsyncGenerator<Uint8Array> {
    const { body } = this.#response;
    if (!body) return this.#silence.end();
    try {
      yield* readBytes(body, size, this.#silence);
    } catch (error) {
      throw this.#lost(error);
    }
  }

  text(): Promise<string> {
    return readText({
      status: this.status,
      chunks: (size) => this.chunks(size),
      silence: this.#silence,
    });
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
