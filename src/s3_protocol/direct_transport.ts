import { abortable } from "@std/async/abortable";
import { StoreFailure } from "../driver.ts";
import type {
  HttpExchange,
  HttpExchangeOptions,
} from "./http/http_exchange.ts";
import { getDigests, toHex } from "../platform/digests.ts";
import { encodePath, encodeQuery } from "./object_path.ts";
import { FetchExchange } from "./http/fetch_exchange.ts";
import { NodeExchange } from "./http/node_exchange.ts";
import { presignUrl } from "./presign_url.ts";
import { type S3Credentials, signRequest } from "./sign_request.ts";
import type {
  S3Request,
  S3Response,
  S3Transport,
  UrlRequest,
} from "./http/transport.ts";

/** The place of a bucket. */
export interface S3Place {
  /** Protocol, host and port. */
  readonly origin: string;
  /** The path of the bucket at that host, without a slash at its end: `/bucket`, or empty where the host names the bucket. */
  readonly path: string;
  /** The region that signatures are for. */
  readonly region: string;
}

/** Options of a {@linkcode DirectTransport}. */
export interface DirectTransportOptions extends HttpExchangeOptions {
  /** The bucket's place, or what finds it with the first request. */
  readonly place: S3Place | (() => Promise<S3Place>);
  /** The keys, asked for before each request. */
  readonly credentials: () => S3Credentials | Promise<S3Credentials>;
}

/** Signs requests and sends them over HTTP itself: bodies come in through `fetch`, as small ones go out, and large ones go out through `node:http`. */
export class DirectTransport implements S3Transport {
  readonly #options: DirectTransportOptions;
  readonly #incoming: HttpExchange;
  readonly #outgoing: HttpExchange;
  #keys: S3Credentials | undefined;

  /** @param options Where, and with which keys. */
  constructor(options: DirectTransportOptions) {
    this.#options = options;
    this.#outgoing = new NodeExchange(options);
    // Other runtimes have no `fetch` that can be given certificates.
    this.#incoming = "Deno" in globalThis
      ? new FetchExchange(options, this.#outgoing)
      : this.#outgoing;
  }

  async send(request: S3Request): Promise<S3Response> {
    const { method, key, query = {}, body, signal } = request;
    const { place: { origin, path: base, region }, keys } = await this.#find(
      signal,
    );
    const path = key === undefined ? base || "/" : `${base}/${encodePath(key)}`;
    const queryText = encodeQuery(query);
    const headers = await signRequest({
      method,
      path,
      query: queryText,
      headers: {
        ...request.headers,
        host: origin.slice(origin.indexOf("//") + 2),
        "x-amz-content-sha256": typeof body === "string"
          ? toHex(await (await getDigests()).sha256(body))
          : "UNSIGNED-PAYLOAD",
      },
    }, { credentials: keys, region });
    const isOutgoing = method === "PUT" || method === "POST" ||
      method === "DELETE";
    const exchange = isOutgoing && !isSmall(body)
      ? this.#outgoing
      : this.#incoming;
    return await exchange.send({
      origin,
      target: queryText === "" ? path : `${path}?${queryText}`,
      method,
      headers,
      body,
      // The upload has to know whether the first try may have made the object visible.
      isOnce: request.operation === "CompleteMultipartUpload",
      signal,
    });
  }

  async signUrl(
    { method, key, expiresIn, contentType, signal }: UrlRequest,
    query: Readonly<Record<string, string>>,
  ): Promise<string> {
    const { place, keys } = await this.#find(signal);
    return await presignUrl({
      method,
      origin: place.origin,
      path: `${place.path}/${encodePath(key)}`,
      query,
      headers: contentType === undefined ? {} : { "content-type": contentType },
    }, { credentials: keys, region: place.region, expiresIn });
  }

  /** Finds where the bucket is, and with which keys it is spoken to. */
  async #find(
    signal: AbortSignal,
  ): Promise<{ place: S3Place; keys: S3Credentials }> {
    signal.throwIfAborted();
    const { place, credentials } = this.#options;
    const found = typeof place === "function"
      ? await this.#within(place(), "bucket's endpoint", signal)
      : place;
    const keys = await this.#within(credentials(), "credentials", signal);
    this.#keys = keys;
    return { place: found, keys };
  }

  secrets(): Promise<readonly string[]> {
    const { secretAccessKey, sessionToken } = this.#keys ?? {};
    const found = [secretAccessKey, sessionToken];
    return Promise.resolve(found.filter((text) => text !== undefined));
  }

  /** Waits for what a provider finds, no longer than a request may be silent (clause 27). */
  async #within<T>(
    value: T | Promise<T>,
    what: string,
    signal: AbortSignal,
  ): Promise<T> {
    // Fixed keys and places are there at once, with each request.
    if (!(value instanceof Promise)) return value;
    const { timeout } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(
      () =>
        late.abort(
          new StoreFailure(
            "TRANSIENT",
            `the ${what} could not be found out within ${timeout} ms`,
          ),
        ),
      timeout,
    );
    try {
      return await abortable(value, AbortSignal.any([signal, late.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#incoming.close();
    await this.#outgoing.close();
  }
}

/** The largest size in bytes of a body that goes out at once: nobody could see it going. */
const SMALL_BODY = 2 ** 16;

/** `fetch` takes half the time of `node:http` for small bodies, and three times as long for large ones (`bench --only=cold`). */
function isSmall(body: S3Request["body"]): boolean {
  return typeof body === "object" && body.bytes !== undefined &&
    body.size <= SMALL_BODY;
}
