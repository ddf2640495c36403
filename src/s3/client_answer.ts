import { StoreFailure } from "../driver.ts";
import { failureOf } from "../failure.ts";
import { ConnectionError } from "../s3_protocol/http/answer_error.ts";
import { readBytes } from "../s3_protocol/http/read_bytes.ts";
import type { Silence } from "../s3_protocol/http/silence.ts";
import type { S3Response } from "../s3_protocol/http/transport.ts";
import type { Seen } from "./client_command.ts";

/** The output of an operation of the SDK. */
export type Output = Record<string, unknown>;

/** True where `fetch` decompresses bodies whatever is asked for: only Deno's can be asked not to. */
const FETCH_UNPACKS = !("Deno" in globalThis);
const UNPACKED =
  "the client unpacks objects that are stored with Content-Encoding: give it a handler that does not, or leave out 'client'";
const DAMAGED = "the body that came is not the one that was sent";

/** An answer as the SDK gives it: its text is gone, the members of its output are left. */
export class ClientResponse implements S3Response {
  readonly status: number;
  readonly parsed: Output;
  readonly readsAhead: boolean;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #silence: Silence;

  /**
   * Makes the answer.
   *
   * @param output The command's output.
   * @param seen Status and headers.
   * @param silence The watch on its body.
   */
  constructor(output: Output, seen: Seen, silence: Silence) {
    this.status = seen.status ?? 200;
    this.parsed = output;
    this.#headers = seen.headers ?? {};
    this.#silence = silence;
    // Deno's `node:https`, which the SDK's default handler is on, does not hold a fast server back.
    this.readsAhead = "Deno" in globalThis &&
      seen.origin?.startsWith("https:") === true &&
      !(output.Body instanceof ReadableStream);
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
    return FETCH_UNPACKS && body instanceof ReadableStream &&
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
 * Makes an answer of what the SDK has thrown.
 *
 * @returns `undefined` if there was none.
 * @throws {ConnectionError} If its body was lost.
 */
export function answerOf(error: unknown, seen: Seen): S3Response | undefined {
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

/** Makes the error of a lost connection, without what an SDK hangs on its errors, requests with signatures among it. */
export function lost(error: unknown): ConnectionError | undefined {
  const failure = failureOf(error);
  if (failure?.code !== "TRANSIENT") return undefined;
  return new ConnectionError(failure.reason);
}
