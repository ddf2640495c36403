import { abortable } from "@std/async/abortable";
import { failureOf } from "../failure.ts";
import { Silence } from "../s3_protocol/http/silence.ts";
import type {
  S3Request,
  S3Response,
  S3Transport,
  UrlRequest,
} from "../s3_protocol/http/transport.ts";
import { encodePath } from "../s3_protocol/object_path.ts";
import { presignUrl } from "../s3_protocol/presign_url.ts";
import { explainFetchError } from "../s3_protocol/http/explain_fetch_error.ts";
import {
  answerOf,
  ClientResponse,
  lost,
  type Output,
} from "./client_answer.ts";
import { makeCommand, type Seen, watch } from "./client_command.ts";
import { stayingHandler } from "./staying_handler.ts";
import { type AddressingClient, findClientPlace } from "./client_place.ts";

/** The part of a client of `@aws-sdk/client-s3` that a store uses. */
export interface S3ClientLike {
  /**
   * Sends a command.
   *
   * @param command The command.
   * @param options A signal.
   */
  // deno-lint-ignore no-explicit-any -- the SDK's own type is generic in the command.
  send(command: any, options?: any): Promise<any>;
}

/** Sends requests through somebody's own client, which tries again itself and is not closed. */
export class ClientTransport implements S3Transport {
  readonly attempts = 1;
  readonly #client: S3ClientLike;
  readonly #bucket: string;
  readonly #timeout: number;
  #secrets: readonly string[] | undefined;

  /**
   * Makes a transport.
   *
   * @param client The client.
   * @param options The bucket, and the milliseconds of silence that end a request.
   */
  constructor(
    client: S3ClientLike,
    { bucket, timeout }: { bucket: string; timeout: number },
  ) {
    this.#client = client;
    this.#bucket = bucket;
    this.#timeout = timeout;
  }

  async send(request: S3Request): Promise<S3Response> {
    const { body } = request;
    const size = typeof body === "object" ? body.size : 0;
    const silence = new Silence(
      request.signal,
      this.#timeout + Math.ceil(size / SLOWEST) * 1000,
    );
    let seen: Seen = {};
    try {
      const command = await makeCommand(this.#bucket, request);
      seen = watch(
        command,
        request,
        stayingHandler(this.#client, silence.signal),
      );
      silence.signal.throwIfAborted();
      const sending = this.#client.send(command, {
        abortSignal: silence.signal,
      }) as Promise<Output>;
      // A client of another kind may give a promise of its own.
      const output = await abortable(
        Promise.resolve(sending),
        silence.signal,
      );
      return new ClientResponse(output, seen, silence);
    } catch (error) {
      silence.end();
      if (silence.signal.aborted) throw silence.signal.reason;
      return answerOf(error, seen) ?? await this.#explain(error, seen, request);
    }
  }

  async signUrl(
    { method, key, expiresIn, contentType, signal }: UrlRequest,
    query: Readonly<Record<string, string>>,
  ): Promise<string> {
    const client = this.#client as Partial<AddressingClient>;
    const { credentials, region } = client.config ?? {};
    if (typeof credentials !== "function" || typeof region !== "function") {
      throw new TypeError(
        "Cannot sign a URL as 'client' must have credentials and a region in its 'config'",
      );
    }
    const place = await abortable(
      findClientPlace(client as AddressingClient, this.#bucket),
      signal,
    );
    return await presignUrl({
      method,
      origin: place.origin,
      path: `${place.path}/${encodePath(key)}`,
      query,
      headers: contentType === undefined ? {} : { "content-type": contentType },
    }, {
      credentials: await abortable(credentials(), signal),
      region: place.region,
      expiresIn,
    });
  }

  /** Finds out why no answer came. A handler on `fetch` tells it by a text alone. */
  async #explain(
    error: unknown,
    { lost: isLost, origin }: Seen,
    { signal }: S3Request,
  ): Promise<never> {
    const known = lost(error);
    if (known || failureOf(error) || !(error instanceof TypeError)) {
      throw known ?? error;
    }
    if (isLost && origin !== undefined) {
      throw await explainFetchError(error, {
        origin,
        timeout: this.#timeout,
        signal,
      });
    }
    throw error;
  }

  /** The client has them at hand once it has signed something; for others nobody waits. */
  async secrets(): Promise<readonly string[] | undefined> {
    const { config } = this.#client as {
      config?: { credentials?: unknown };
    };
    if (typeof config?.credentials !== "function") return [];
    const time = Math.min(this.#timeout, LONGEST_WAIT_FOR_KEYS);
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("no keys came")), time);
    try {
      const { secretAccessKey, sessionToken } = await Promise.race([
        config.credentials(),
        promise,
      ]);
      this.#secrets = [secretAccessKey, sessionToken].filter((text) =>
        typeof text === "string"
      );
    } catch {
      // The keys that it had last, if it has signed anything with some.
    } finally {
      clearTimeout(timer);
    }
    return this.#secrets;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Milliseconds for which keys are waited for that are only to be hidden. */
const LONGEST_WAIT_FOR_KEYS = 1_000;

/** A body that goes out is not seen going: it has so many bytes a second at least, besides the timeout. */
const SLOWEST = 2 ** 18;
