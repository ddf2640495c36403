import type { S3RequestBody, S3Response } from "./transport.ts";

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
  readonly body?: S3RequestBody | string | undefined;
  /** True if it must not be sent again unseen where a connection is lost that was used before. */
  readonly isOnce: boolean;
  /** Fires when the request is to stop. */
  readonly signal: AbortSignal;
}

/** The time to wait, and whom to trust. */
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
