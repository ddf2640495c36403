import type { StoringOptions, UploadBody } from "../driver.ts";
import { ask, readSuccess } from "../s3_protocol/ask.ts";
import { checkStored } from "../s3_protocol/check_stored.ts";
import { NodeExchange } from "../s3_protocol/http/node_exchange.ts";
import type {
  S3Request,
  S3Response,
  S3Transport,
} from "../s3_protocol/http/transport.ts";
import type { SignedRequest } from "./operator.ts";
import type { ServiceCalls } from "./service_calls.ts";

/** Seconds within which a signed request has to begin; how long it takes does not matter. */
const EXPIRES = 3600;
const ATTEMPTS = 3;
/** Origin, and what is asked of it, exactly as it was signed. */
const URL_PARTS = /^(https?:\/\/[^/?#]+)(\/[^#]*)$/;
/** Parts of a signed URL that are worth as much as a key while they are valid. */
const SIGNATURE = /^x-amz-(?:signature|security-token)$/i;

/** The part of Deno that tells what the process may do. */
interface Permissions {
  readonly permissions: {
    query(of: { name: "net"; host: string }): Promise<{ state: string }>;
  };
}

/**
 * Uploads by one request that OpenDAL has signed and that goes out from here, as its bytes are read:
 * through OpenDAL's own writer the whole object would have to be in memory first. Nothing of it
 * stays at the service when it fails or is aborted.
 */
export class SignedUploads {
  readonly #service: ServiceCalls;
  readonly #exchange: NodeExchange;

  /**
   * @param service The service, which speaks the protocol of S3.
   * @param timeout Milliseconds without a byte that end a request.
   */
  constructor(service: ServiceCalls, timeout: number) {
    this.#service = service;
    this.#exchange = new NodeExchange({ timeout, caCerts: [] });
  }

  /**
   * Stores an object.
   *
   * @param key The key.
   * @param body Its bytes, which are read again where the request is sent again.
   * @param options The signal, and the media type.
   * @returns False where the operator cannot sign or the process may not connect: then nothing was sent.
   * @throws {StoreFailure} What a failure of the signing means.
   * @throws What a failure of the request is.
   */
  async put(
    key: string,
    body: UploadBody,
    { signal, contentType }: StoringOptions,
  ): Promise<boolean> {
    const operator = await this.#service.operator();
    if (!operator.presignWrite || !operator.capability().presignWrite) {
      return false;
    }
    const sign = operator.presignWrite.bind(operator, key, EXPIRES);
    const signAgain = () => this.#service.ask(sign, { signal });
    const first = await signAgain();
    if (!await mayConnect(first.url)) return false;
    const { secrets } = this.#service;
    const transport = new SignedTransport(this.#exchange, {
      first,
      signAgain,
      secrets,
    });
    const response = await ask(transport, {
      operation: "PutObject",
      method: "PUT",
      key,
      headers: contentType === undefined ? {} : { "content-type": contentType },
      body,
      signal,
    }, { attempts: ATTEMPTS, signal });
    await readSuccess(response, transport);
    checkStored(response);
    return true;
  }

  /** Releases every connection. */
  close(): Promise<void> {
    return this.#exchange.close();
  }
}

/** Sends each request as OpenDAL has signed it. */
class SignedTransport implements S3Transport {
  readonly #exchange: NodeExchange;
  readonly #signAgain: () => Promise<SignedRequest>;
  readonly #secrets: readonly string[];
  #first: SignedRequest | undefined;
  #signature: readonly string[] = [];

  constructor(
    exchange: NodeExchange,
    { first, signAgain, secrets }: {
      readonly first: SignedRequest;
      readonly signAgain: () => Promise<SignedRequest>;
      readonly secrets: readonly string[];
    },
  ) {
    this.#exchange = exchange;
    this.#first = first;
    this.#signAgain = signAgain;
    this.#secrets = secrets;
  }

  async send({ headers, body, signal }: S3Request): Promise<S3Response> {
    // Anew for each further attempt: one that comes late would find the first one expired.
    const signed = this.#first ?? await this.#signAgain();
    this.#first = undefined;
    const [, origin, target] = URL_PARTS.exec(signed.url) ?? [];
    if (origin === undefined || target === undefined) {
      throw new TypeError("What OpenDAL has signed is no URL of HTTP");
    }
    this.#signature = [...new URL(signed.url).searchParams]
      .filter(([name]) => SIGNATURE.test(name)).map(([, value]) => value);
    return await this.#exchange.send({
      ...{ origin, target, method: signed.method, body, signal },
      headers: { ...headers, ...signed.headers },
      isOnce: false,
    });
  }

  signUrl(): Promise<string> {
    return Promise.reject(new TypeError("Only uploads are signed"));
  }

  secrets(): Promise<readonly string[]> {
    return Promise.resolve([...this.#secrets, ...this.#signature]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Tells whether this process may connect: Deno permits it host by host, and OpenDAL's native code needs none of that. */
async function mayConnect(url: string): Promise<boolean> {
  const { Deno } = globalThis as { Deno?: Permissions };
  if (!Deno) return true;
  const { host } = new URL(url);
  const { state } = await Deno.permissions.query({ name: "net", host });
  return state === "granted";
}
