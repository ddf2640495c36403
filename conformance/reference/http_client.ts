import type { DriverOptions } from "../../src/driver.ts";
import { HttpAnswer, HttpRequest } from "./http_answer.ts";

const TIMEOUT = 10_000;

/** How a reference server is reached. */
export interface HttpClientOptions {
  /** The server's base URL, without a trailing slash. */
  readonly url: string;
  /** The bucket. */
  readonly bucket: string;
  /** What proves who asks. */
  readonly token: string;
  /** Milliseconds without a byte of an answer after which a request ends. @default {10000} */
  readonly timeout?: number;
}

/** What a request has besides its URL. */
export interface RequestOptions extends DriverOptions {
  /** The method. @default {"GET"} */
  readonly method?: string;
  /** Further headers. */
  readonly headers?: Record<string, string>;
  /** What is sent. */
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** Requests to one bucket, on connections of its own. */
export class HttpClient {
  /** The bucket's URL. */
  readonly base: string;
  readonly #token: string;
  readonly #timeout: number;
  readonly #client = Deno.createHttpClient({});

  /** @param options How the server is reached. */
  constructor({ url, bucket, token, timeout = TIMEOUT }: HttpClientOptions) {
    this.base = `${url}/${bucket}`;
    this.#token = token;
    this.#timeout = timeout;
  }

  /** The URL of a request. */
  url(what: string, query: Record<string, string>): string {
    const pairs = Object.entries(query).map(([name, value]) =>
      `${name}=${encodeURIComponent(value)}`
    );
    return `${this.base}/${what}?${pairs.join("&")}`;
  }

  /** Sends a request and waits for the head of the answer, whatever its status. */
  async send(url: string, options: RequestOptions): Promise<HttpAnswer> {
    const { signal, headers, ...rest } = options;
    const request = new HttpRequest(signal, this.#timeout);
    const init: RequestInit & { client: Deno.HttpClient } = {
      ...rest,
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
      signal: request.signal,
      client: this.#client,
    };
    return new HttpAnswer(await request.wait(fetch(url, init)), request);
  }

  /** As {@linkcode HttpClient.send}; throws what a status means that is not a success. */
  async ask(url: string, options: RequestOptions): Promise<HttpAnswer> {
    const answer = await this.send(url, options);
    await answer.expectOk();
    return answer;
  }

  /** As {@linkcode HttpClient.ask}, without a body in the answer. */
  async tell(url: string, options: RequestOptions): Promise<void> {
    await (await this.ask(url, options)).cancel();
  }

  /** Releases the connections. */
  close(): void {
    this.#client.close();
  }
}
