import { abortable } from "@std/async/abortable";
import { StoreFailure } from "../driver.ts";
import { failureOf } from "../failure.ts";
import { ConnectionError } from "../s3_protocol/http/answer_error.ts";
import { readBytes } from "../s3_protocol/http/read_bytes.ts";
import { Silence } from "../s3_protocol/http/silence.ts";
import type {
  S3Operation,
  S3Request,
  S3Response,
  S3Transport,
  UrlRequest,
} from "../s3_protocol/http/transport.ts";
import { encodePath } from "../s3_protocol/object_path.ts";
import { presignUrl } from "../s3_protocol/presign_url.ts";
import { elements, textOf } from "../s3_protocol/xml.ts";
import { explainFetchError } from "../s3_protocol/http/explain_fetch_error.ts";
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

/** The output of an operation of the SDK. */
type Output = Record<string, unknown>;

/** The argument and the result of a middleware of the SDK. */
interface Step {
  readonly request: {
    readonly headers: Record<string, string>;
    readonly protocol: string;
    readonly hostname: string;
    readonly port?: number;
  };
}
interface Answer {
  readonly response?: {
    readonly statusCode?: number;
    readonly headers?: Record<string, string>;
  };
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
      seen = watch(command, request);
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

type CommandClass = new (input: Record<string, unknown>) => {
  readonly middlewareStack: {
    add(middleware: unknown, options: Record<string, unknown>): void;
  };
};
type Command = InstanceType<CommandClass>;

/** The members of a command's input that a query stands for. */
const INPUT_NAMES: Readonly<Record<string, string>> = {
  "uploadId": "UploadId",
  "partNumber": "PartNumber",
  "prefix": "Prefix",
  "continuation-token": "ContinuationToken",
  "encoding-type": "EncodingType",
};

async function makeCommand(
  bucket: string,
  { operation, key, query = {}, body }: S3Request,
): Promise<Command> {
  const input: Record<string, unknown> = { Bucket: bucket };
  if (key !== undefined) input.Key = key;
  for (const [name, value] of Object.entries(query)) {
    const member = INPUT_NAMES[name];
    if (member === undefined) continue;
    input[member] = name === "partNumber" ? Number(value) : value;
  }
  if (typeof body === "string") input.MultipartUpload = readParts(body);
  else if (body) {
    // Bytes are the one kind of body that every request handler can send, and send again.
    const bytes = new Uint8Array(body.size);
    await body.read(bytes, 0);
    input.Body = bytes;
  }
  const commands = await loadCommands();
  return new commands[operation](input);
}

async function loadCommands(): Promise<Record<S3Operation, CommandClass>> {
  const sdk = await import("@aws-sdk/client-s3");
  return {
    HeadObject: sdk.HeadObjectCommand,
    GetObject: sdk.GetObjectCommand,
    PutObject: sdk.PutObjectCommand,
    DeleteObject: sdk.DeleteObjectCommand,
    CreateMultipartUpload: sdk.CreateMultipartUploadCommand,
    UploadPart: sdk.UploadPartCommand,
    CompleteMultipartUpload: sdk.CompleteMultipartUploadCommand,
    AbortMultipartUpload: sdk.AbortMultipartUploadCommand,
    HeadBucket: sdk.HeadBucketCommand,
    ListObjectsV2: sdk.ListObjectsV2Command,
  } as unknown as Record<S3Operation, CommandClass>;
}

function readParts(xml: string): { Parts: Record<string, unknown>[] } {
  const Parts = elements(xml, "Part").map((part) => ({
    ETag: textOf(part, "ETag"),
    PartNumber: Number(textOf(part, "PartNumber")),
    ChecksumCRC32: textOf(part, "ChecksumCRC32"),
  }));
  return { Parts };
}

/** Observations of the last attempt of a command. */
interface Seen {
  /** Protocol, host and port. */
  origin?: string;
  status?: number | undefined;
  headers?: Readonly<Record<string, string>>;
  /** The handler brought no answer. */
  lost?: boolean;
}

/** Adds the headers of a request to a command, and remembers those of the answer. */
function watch(command: Command, { headers = {} }: S3Request): Seen {
  const seen: Seen = {};
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => (args: Step) => {
      Object.assign(args.request.headers, headers);
      return next(args);
    },
    { step: "build", priority: "high", name: "storekitHeaders" },
  );
  // After signing, as a proxy may change the header. With it Deno's `fetch` decompresses nothing.
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => (args: Step) => {
      args.request.headers["accept-encoding"] = "identity";
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "storekitEncoding" },
  );
  command.middlewareStack.add(
    (next: (args: Step) => Promise<Answer>) => async (args: Step) => {
      const { protocol, hostname, port } = args.request;
      seen.origin = `${protocol}//${hostname}${port ? `:${port}` : ""}`;
      seen.status = undefined;
      seen.lost = true;
      const answer = await next(args);
      seen.lost = false;
      seen.status = answer.response?.statusCode ?? 200;
      seen.headers = answer.response?.headers ?? {};
      return answer;
    },
    { step: "deserialize", priority: "low", name: "storekitAnswer" },
  );
  return seen;
}

const UNPACKED =
  "the client unpacks objects that are stored with Content-Encoding: give it a handler that does not, or leave out 'client'";
const DAMAGED = "the body that came is not the one that was sent";

class ClientResponse implements S3Response {
  readonly status: number;
  readonly parsed: Output;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #silence: Silence;

  constructor(output: Output, seen: Seen, silence: Silence) {
    this.status = seen.status ?? 200;
    this.parsed = output;
    this.#headers = seen.headers ?? {};
    this.#silence = silence;
    // Without a body nothing more is waited for.
    if (output.Body) silence.pause();
    else silence.end();
  }

  header(name: string): string | undefined {
    return this.#headers[name];
  }

  async *chunks(size: number): AsyncGenerator<Uint8Array> {
    const body = this.parsed.Body as AsyncIterable<Uint8Array> | undefined;
    if (!body) return this.#silence.end();
    if (this.#isUnpacked(body)) {
      throw new StoreFailure("OTHER", UNPACKED);
    }
    try {
      yield* readBytes(body, size, this.#silence);
    } catch (error) {
      const { signal } = this.#silence;
      if (signal.aborted) throw signal.reason;
      // Nothing local happens in there: the SDK has found a wrong checksum, which has no code.
      throw lost(error) ?? new StoreFailure("TRANSIENT", DAMAGED);
    }
  }

  /** Other runtimes' `fetch` unpacks a body whatever was asked for, and its stored bytes are gone. */
  #isUnpacked(body: unknown): boolean {
    const encoding = this.#headers["content-encoding"] ?? "identity";
    return !("Deno" in globalThis) && body instanceof ReadableStream &&
      /gzip|deflate|br|zstd/.test(encoding);
  }

  text(): Promise<string> {
    this.#silence.end();
    return Promise.resolve("");
  }

  async cancel(): Promise<void> {
    this.#silence.end();
    const body = this.parsed.Body as
      | { destroy?(): void; cancel?(): Promise<void>; locked?: boolean }
      | undefined;
    if (body?.destroy) body.destroy();
    else if (body?.cancel && !body.locked) await body.cancel().catch(() => {});
  }
}

/**
 * An answer that the SDK has thrown.
 *
 * @returns `undefined` if there was none.
 * @throws {ConnectionError} If its body was lost.
 */
function answerOf(error: unknown, seen: Seen): S3Response | undefined {
  const { name, message, Code, $metadata, $responseBodyText } = error as {
    name?: string;
    message?: string;
    Code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $responseBodyText?: unknown;
  };
  // For an error within a 200 the SDK makes up a status of 503.
  const status = seen.status ?? $metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  const isSuccess = status < 300;
  const headers = seen.headers ?? {};
  const answer = {
    status,
    header: (name: string) => headers[name],
    async *chunks() {},
    cancel: () => Promise.resolve(),
  };
  if (isSuccess && typeof $responseBodyText === "string") {
    // The SDK could not read the body.
    return { ...answer, text: () => Promise.resolve($responseBodyText) };
  }
  if ($metadata?.httpStatusCode === undefined) {
    throw lost(error) ?? new ConnectionError("the body was cut off");
  }
  // Of a success or a page only a code counts that stands in it: the SDK makes up codes of its own.
  const isPage = /html/i.test(headers["content-type"] ?? "");
  const own = isSuccess || isPage || name === "Unknown" ? undefined : name;
  return {
    ...answer,
    parsed: { Code: Code ?? own, Message: message },
    text: () => Promise.resolve(""),
  };
}

/** The same without what an SDK hangs on its errors, requests with signatures among it. */
function lost(error: unknown): ConnectionError | undefined {
  const failure = failureOf(error);
  if (failure?.code !== "TRANSIENT") return undefined;
  return new ConnectionError(failure.reason);
}
