import type { S3Response } from "./transport.ts";

/** What goes out with a request. */
export interface HttpBody {
  /** How many bytes. */
  readonly size: number;
  /** The bytes in order, each chunk read into the same buffer, when the next is asked for. */
  chunks(
    into: Uint8Array<ArrayBuffer>,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** All of them. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** A request as it goes over the wire. */
export interface HttpRequest {
  /** Protocol, host and port, such as `https://[::1]:9000`. */
  readonly origin: string;
  /** Path and query, encoded. */
  readonly target: string;
  /** The method. */
  readonly method: string;
  /** All headers that matter, signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly body?: HttpBody | string | undefined;
  /** Whether it must not be sent again unseen where a connection is lost that was used before. */
  readonly isOnce: boolean;
  /** Fires when the request is to stop. */
  readonly signal: AbortSignal;
}

/** How long to wait, and whom to trust. */
export interface HttpExchangeOptions {
  /** Milliseconds without a byte that end a request. */
  readonly timeout: number;
  /** Certificates of private authorities, in PEM. */
  readonly caCerts: readonly string[];
}

/** One of the ways to send a request over HTTP. */
export interface HttpExchange {
  /**
   * Sends a request and waits for the head of the answer.
   *
   * @param request The request.
   */
  send(request: HttpRequest): Promise<S3Response>;
  /** Releases every connection. */
  close(): Promise<void>;
}
