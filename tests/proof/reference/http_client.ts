import { crc32 } from "node:zlib";
import type { DriverOptions, Failure } from "../../../src/driver.ts";
import { HttpAnswer } from "./http_answer.ts";
import {
  checkCertificate,
  checkProxy,
  classifyAnswer,
} from "./http_failures.ts";
import { HttpRequest } from "./http_request.ts";

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
  /** Further authorities of certificates, in PEM. @default None. */
  readonly caCerts?: readonly string[];
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

/** Requests to one bucket, on connections of its own; each step can be overridden. */
export class HttpClient {
  /** The bucket's URL. */
  readonly base: string;
  /** Milliseconds that a silent server has. */
  protected readonly timeout: number;
  readonly #token: string;
  readonly #caCerts: string[];
  readonly #client: Deno.HttpClient;

  /** @param options How the server is reached. */
  constructor(
    { url, bucket, token, timeout = TIMEOUT, caCerts = [] }: HttpClientOptions,
  ) {
    this.#caCerts = [...caCerts];
    this.#client = Deno.createHttpClient({ caCerts: this.#caCerts });
    this.base = `${url}/${bucket}`;
    this.timeout = timeout;
    this.#token = token;
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
    const request = this.makeRequest(options.signal);
    let response: Response;
    try {
      response = await request.wait(this.fetch(url, options, request.signal));
    } catch (error) {
      if (url.startsWith("https:") && !options.signal.aborted) {
        await this.checkProxy(url);
        await this.checkCertificate(url);
      }
      throw error;
    }
    return this.makeAnswer(response, request);
  }

  /** As {@linkcode HttpClient.send}; throws what an answer means that is not a success. */
  async ask(url: string, options: RequestOptions): Promise<HttpAnswer> {
    const answer = await this.send(url, options);
    await answer.expectOk();
    return answer;
  }

  /** As {@linkcode HttpClient.ask}, without a body in the answer. */
  async tell(url: string, options: RequestOptions): Promise<void> {
    await (await this.ask(url, options)).cancel();
  }

  /** What a status means that is no success, and its code. */
  classify(status: number, code: string | null): Failure {
    return classifyAnswer(status, code);
  }

  /** Releases the connections. */
  close(): void {
    this.#client.close();
  }

  /** Begins a request. */
  protected makeRequest(signal: AbortSignal): HttpRequest {
    return new HttpRequest(signal, this.timeout);
  }

  /** Sends a request, with who asks and with the body's checksum. */
  protected fetch(
    url: string,
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const { signal: _, headers, body, ...rest } = options;
    const init: RequestInit & { client: Deno.HttpClient } = {
      ...rest,
      headers: {
        ...headers,
        ...(body && { "x-body-crc32": `${crc32(body)}` }),
        authorization: `Bearer ${this.#token}`,
      },
      signal,
      redirect: this.redirectOf(options),
      client: this.#client,
    };
    if (body !== undefined) init.body = this.bodyOf(body);
    return fetch(url, init);
  }

  /** What `fetch` does with a redirect: it is an answer. */
  protected redirectOf(_options: RequestOptions): RequestRedirect {
    return "manual";
  }

  /** What `fetch` is given to send. */
  protected bodyOf(body: Uint8Array<ArrayBuffer> | string): BodyInit {
    return body;
  }

  /** Makes the answer to a request. */
  protected makeAnswer(response: Response, request: HttpRequest): HttpAnswer {
    const classify = this.classify.bind(this);
    return new HttpAnswer(response, request, classify);
  }

  /** Throws if it is a proxy's refusal that made a request fail. */
  protected checkProxy(url: string): Promise<void> {
    return checkProxy(url);
  }

  /** Throws if it is the server's certificate that made a request fail. */
  protected checkCertificate(url: string): Promise<void> {
    return checkCertificate(url, this.#caCerts);
  }
}
