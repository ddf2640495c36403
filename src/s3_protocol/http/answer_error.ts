import type { Evidence } from "../../failure.ts";

/** Facts about an answer that is not a success. */
export interface AnswerErrorOptions extends Evidence {
  /** The status. */
  readonly status: number;
  /** The service's name for the request, for its operators. */
  readonly requestId?: string | undefined;
  /** Milliseconds after which the service wants to be asked again. */
  readonly retryAfter?: number | undefined;
  /** The object's size, where a range of it was refused. */
  readonly size?: number | undefined;
}

/** An answer of the service that is not a success; it holds no header of the request. */
export class AnswerError extends Error implements Evidence {
  /** The name of its class. */
  override readonly name = "AnswerError";
  /** The HTTP status. */
  readonly status: number;
  /** The service's own code. */
  readonly code: string | undefined;
  /** The region that the service says the bucket is in. */
  readonly region: string | undefined;
  /** The service's name for the request. */
  readonly requestId: string | undefined;
  /** Milliseconds after which the service wants to be asked again. */
  readonly retryAfter: number | undefined;
  /** The object's size in bytes, where a range of it was refused. */
  readonly size: number | undefined;

  /** @param options What is known of the answer. */
  constructor(options: AnswerErrorOptions) {
    super(options.message ?? "");
    this.status = options.status;
    this.code = options.code;
    this.region = options.region;
    this.requestId = options.requestId;
    this.retryAfter = options.retryAfter;
    this.size = options.size;
  }
}

/** The connection was lost before or within an answer. */
export class ConnectionError extends Error {
  /** The name of its class. */
  override readonly name = "ConnectionError";
  /** The code of a socket that was reset. */
  readonly code = "ECONNRESET";

  /**
   * Makes the error.
   *
   * @param message What was going on.
   * @param options The cause.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
