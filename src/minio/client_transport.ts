import { abortable } from "@std/async/abortable";
import type { ClientRequest } from "node:http";
import { openRequest } from "../platform/open_request.ts";
import { encodeQuery } from "../s3_protocol/object_path.ts";
import { ConnectionError } from "../s3_protocol/http/answer_error.ts";
import { exchange } from "../s3_protocol/http/exchange.ts";
import { NodeResponse } from "../s3_protocol/http/node_response.ts";
import { Silence } from "../s3_protocol/http/silence.ts";
import type {
  S3Request,
  S3Response,
  S3Transport,
  UrlRequest,
} from "../s3_protocol/http/transport.ts";
import { textOf } from "../s3_protocol/xml.ts";
import type { MinioClientLike } from "./client.ts";

const DEFAULT_REGION = "us-east-1";

/** Options of a {@linkcode MinioClientTransport}. */
export interface MinioClientTransportOptions {
  /** The bucket. */
  readonly bucket: string;
  /** The region. @default The client's, otherwise the service is asked. */
  readonly region?: string | undefined;
  /** Milliseconds of silence after which a request ends. */
  readonly timeout: number;
}

/** `node:http`, `node:https` or what the client was given in their place. */
interface NodeTransport {
  request(options: unknown): ClientRequest;
}

/**
 * Sends requests by a ready client of `npm:minio`: it addresses and signs
 * them, and they go through its own transport and agent, with its proxies and
 * certificates. What it would do with bodies, answers and failures is done
 * here, as it reads parts into memory, loses statuses and cannot be aborted.
 */
export class MinioClientTransport implements S3Transport {
  readonly #client: MinioClientLike;
  readonly #bucket: string;
  readonly #timeout: number;
  #region: string | undefined;
  /** The view of the client that has signed last. */
  #signer: MinioClientLike | undefined;

  /**
   * Makes the transport.
   *
   * @param client The client. It is never closed or changed.
   * @param options The bucket, the region and the time.
   */
  constructor(client: MinioClientLike, options: MinioClientTransportOptions) {
    this.#client = client;
    this.#bucket = options.bucket;
    this.#timeout = options.timeout;
    this.#region = options.region ?? client.region;
  }

  async send(request: S3Request): Promise<S3Response> {
    const region = this.#region ?? await this.#findRegion(request.signal);
    return await this.#send(request, region);
  }

  async signUrl(
    { method, key, expiresIn, contentType, signal }: UrlRequest,
  ): Promise<string> {
    const { presignedUrl } = this.#client;
    if (presignedUrl === undefined || contentType !== undefined) {
      throw new TypeError(
        presignedUrl === undefined
          ? "Cannot sign a URL as 'client' must have 'presignedUrl'"
          : "Cannot sign a URL with 'contentType' as a client of minio signs none: leave out one of them",
      );
    }
    return await abortable(
      presignedUrl.call(this.#client, method, this.#bucket, key, expiresIn),
      signal,
    );
  }

  /** The client keeps its keys in members of its own; those of a provider are in what has signed. */
  secrets(): Promise<readonly string[]> {
    const found = [this.#client, this.#signer].flatMap((client) => {
      const { secretKey, sessionToken } = (client ?? {}) as {
        secretKey?: unknown;
        sessionToken?: unknown;
      };
      return [secretKey, sessionToken];
    });
    return Promise.resolve(found.filter((text) => typeof text === "string"));
  }

  /** The client's connections are the caller's. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Asks the service where the bucket is, as the client does. What is wrong with the answer, the request that follows will tell. */
  async #findRegion(signal: AbortSignal): Promise<string> {
    const response = await this.#send({
      operation: "HeadBucket",
      method: "GET",
      query: { location: "" },
      signal,
    }, DEFAULT_REGION);
    const xml = await response.text();
    const found = textOf(xml, "LocationConstraint") || textOf(xml, "Region");
    // After a failure the next request asks again.
    if (found || response.status === 200) {
      this.#region = found || DEFAULT_REGION;
    }
    return found || DEFAULT_REGION;
  }

  async #send(request: S3Request, region: string): Promise<S3Response> {
    const { body, signal } = request;
    const silence = new Silence(signal, this.#timeout);
    try {
      const opened = await abortable(
        this.#open(request, { region, signal: silence.signal }),
        silence.signal,
      );
      if (opened.destroyed) throw new ConnectionError("no request was sent");
      const message = await exchange(
        opened,
        body,
        silence,
      );
      return new NodeResponse(message, opened, silence);
    } catch (error) {
      silence.end();
      throw error;
    }
  }

  /** Has the client address and sign a request, and opens it without its body. */
  #open(
    { method, key, query, headers, body }: S3Request,
    { region, signal }: { region: string; signal: AbortSignal },
  ): Promise<ClientRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientRequest>();
    const inner: NodeTransport = Reflect.get(this.#client, "transport");
    const transport = {
      request(options: unknown) {
        signal.throwIfAborted();
        const request = openRequest(() => inner.request(options));
        // Deno sends a request once more by itself that ends on a connection used before, even an aborted one.
        request.once("socket", () => request.reusedSocket = false);
        // Without a listener an error that comes at once would end the process.
        request.once("error", reject);
        resolve(request);
        // The client waits for an answer, which is read here instead.
        return { on() {}, end() {} };
      },
    };
    // The client itself stays as it is: it may be used elsewhere.
    const view: MinioClientLike = Object.create(this.#client, {
      transport: { value: transport },
      retryOptions: { value: { disableRetry: true } },
      // Bodies are not hashed: they have a checksum of their own.
      enableSHA256: { value: false },
    });
    this.#signer = view;
    const length = lengthOf(method, body);
    view.makeRequestStreamAsync(
      {
        method,
        bucketName: this.#bucket,
        ...key === undefined ? {} : { objectName: key },
        ...query === undefined ? {} : { query: encodeQuery(query) },
        headers: {
          ...headers,
          ...length === undefined ? {} : { "content-length": `${length}` },
        },
      },
      "",
      "",
      [],
      region,
    ).catch(reject);
    return promise;
  }
}

function lengthOf(
  method: S3Request["method"],
  body: S3Request["body"],
): number | undefined {
  if (typeof body === "string") return new TextEncoder().encode(body).length;
  return body?.size ?? (method === "GET" || method === "HEAD" ? undefined : 0);
}
