/** The calls of S3 that a store needs, by the names that AWS gives them. */
export type S3Operation =
  | "HeadObject"
  | "GetObject"
  | "PutObject"
  | "DeleteObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "HeadBucket"
  | "ListObjectsV2";

/** The body of a request. It can be read again when the request is sent again. */
export interface S3RequestBody {
  /** Its size in bytes. */
  readonly size: number;
  /** The bytes in order, each chunk read into the same buffer, when the next is asked for. */
  chunks(
    into: Uint8Array<ArrayBuffer>,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Fills a buffer from a position. */
  read(buffer: Uint8Array, position: number): Promise<void>;
  /** All of it, where it is in memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A request, without a word on how it is sent, signed or addressed. */
export interface S3Request {
  /** The name of the operation. */
  readonly operation: S3Operation;
  /** The HTTP method. */
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The object's key; left out where the request is about the bucket. */
  readonly key?: string;
  /** The query, decoded. */
  readonly query?: Readonly<Record<string, string>>;
  /** Further headers; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: bytes of an object, or a text that the call needs. */
  readonly body?: S3RequestBody | string;
  /** Fires when the request is to stop. */
  readonly signal: AbortSignal;
}

/** An answer, whatever its status. Either its body is read to the end or it is cancelled. */
export interface S3Response {
  /** The HTTP status. */
  readonly status: number;
  /** A header; `name` in lower case. */
  header(name: string): string | undefined;
  /**
   * The body in chunks, whose buffers may be used again after the next one
   * is asked for. It rejects when the connection is lost or silent.
   *
   * @param size How many bytes are wanted at most; then the rest is cancelled.
   */
  chunks(size: number): AsyncIterable<Uint8Array>;
  /** The whole body as text; for answers that are small. */
  text(): Promise<string>;
  /** True to read the body ahead into memory, all of it, while nobody asks for its chunks. @default {false} */
  readonly readsAhead?: boolean;
  /** Gives up what has not been read. Idempotent; never rejects. */
  cancel(): Promise<void>;
  /** An answer whose text is gone, as an SDK has read it: the members of its output, or `Code` and `Message` of its error. */
  readonly parsed?: Readonly<Record<string, unknown>>;
}

/** A request that somebody else is to make. */
export interface UrlRequest {
  /** The HTTP method. */
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** The object's key. */
  readonly key: string;
  /** Seconds for which it may be made. */
  readonly expiresIn: number;
  /** The media type that has to be sent with it. */
  readonly contentType?: string;
  /** Fires when it is not wanted any more. */
  readonly signal: AbortSignal;
}

/** A way in which requests are sent: signed here over Deno's own HTTP, or through somebody's client. */
export interface S3Transport {
  /** The most times that a request is sent; 1 if the transport tries again itself. Left out: the store's own number. */
  readonly attempts?: number;
  /**
   * Sends a request and waits for the head of the answer.
   *
   * @param request What is asked.
   * @throws What the connection's loss or silence is, or `signal.reason`.
   */
  send(request: S3Request): Promise<S3Response>;
  /**
   * Signs a URL by which somebody else can make a request.
   *
   * @param request What it is for.
   * @param query Further parameters that are signed with it.
   */
  signUrl(
    request: UrlRequest,
    query: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** Keys that the service may repeat in what it says, and that must not show; `undefined` where they cannot be found out. */
  secrets?(): Promise<readonly string[] | undefined>;
  /** Releases every connection and timer. Called once, when no request is under way. */
  close(): Promise<void>;
}
