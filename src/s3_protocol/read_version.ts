import { StoreFailure } from "../driver.ts";
import { failureOf, isReplacedStatus, isSilence } from "../failure.ts";
import { AnswerError, ConnectionError } from "./http/answer_error.ts";
import type { S3Request, S3Response } from "./http/transport.ts";
import { isWeak, REPLACED } from "./object_answer.ts";

/** Bytes after which a body may break off again as often as at first. */
const BYTES_BETWEEN_FAILURES = 32 * 2 ** 20;
/** Milliseconds for which a reader has not come back after which a service may well have given up its connection. */
const LONG_PAUSE = 1_000;

/** One version of an object. */
export interface Version {
  /** The object's key. */
  readonly key: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its ETag, if the service tells it. */
  readonly etag: string | undefined;
}

/** Options of {@linkcode readVersion}. */
export interface ReadVersionOptions {
  /** Sends a request, and again while its failure is transient. */
  readonly ask: (request: S3Request) => Promise<S3Response>;
  /** The most times that a body is asked for which breaks off. */
  readonly attempts: number;
  /** An answer that has the beginning of the piece, if there is one already. */
  readonly first?: S3Response;
  /**
   * The most bytes that are asked for at once.
   *
   * @default {All of the piece.}
   */
  readonly largestRequest?: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/**
 * Reads a piece of one version. What is missing after a lost connection is asked for again: step 3 of
 * {@linkcode S3CommonOptions.attempts}.
 *
 * @param version The version.
 * @param offset Where the piece begins, in bytes.
 * @param length How many bytes it has.
 * @param options How its requests are sent.
 * @throws {StoreFailure} `TRANSIENT` if the version is gone.
 */
export async function* readVersion(
  version: Version,
  offset: number,
  length: number,
  { ask, attempts, first, largestRequest = Infinity, signal }:
    ReadVersionOptions,
): AsyncGenerator<Uint8Array> {
  const { etag } = version;
  let done = 0;
  let response = first;
  let failures = 0;
  let failedAt = 0;
  let lost: unknown;
  let wasPaused = false;
  for (;;) {
    const end = response ? length : Math.min(length, done + largestRequest);
    try {
      response ??= await askRange(version, offset + done, end - done, {
        ask,
        signal,
      });
      for await (const chunk of response.chunks(end - done)) {
        done += chunk.length;
        const began = performance.now();
        yield chunk;
        wasPaused = performance.now() - began > LONG_PAUSE;
      }
      if (done < end) {
        throw new ConnectionError(
          `the body ended after ${done} of ${end} bytes`,
        );
      }
      if (done >= length) return;
      response = undefined;
    } catch (error) {
      await response?.cancel();
      response = undefined;
      // The reason is what made the body break off, and not that the rest of it was refused.
      const isRefused = error instanceof StoreFailure
        ? error.code === "OTHER"
        : error instanceof AnswerError &&
          failureOf(error)?.code !== "TRANSIENT";
      if (lost && isRefused) {
        throw lost;
      }
      lost = error;
      // A service may close a connection that nobody reads for long: that is no failure of its own.
      const isExcused = wasPaused && done > failedAt;
      if (isExcused || done - failedAt >= BYTES_BETWEEN_FAILURES) {
        failures = 0;
      }
      wasPaused = false;
      // After a silence it is worth asking again only if bytes have come since the last one.
      const isLost = done < length && (error instanceof ConnectionError ||
        (isSilence(error) && done > failedAt));
      failedAt = done;
      failures++;
      const canAsk = etag !== undefined && !isWeak(etag);
      if (!isLost || !canAsk || failures >= attempts) {
        throw error;
      }
    }
  }
}

async function askRange(
  { key, size, etag }: Version,
  offset: number,
  length: number,
  { ask, signal }: Pick<ReadVersionOptions, "ask" | "signal">,
): Promise<S3Response> {
  let response: S3Response;
  const end = offset + length - 1;
  try {
    response = await ask({
      operation: "GetObject",
      method: "GET",
      key,
      headers: { range: `bytes=${offset}-${end}`, "if-match": etag! },
      signal,
    });
  } catch (error) {
    if (!(error instanceof AnswerError) || !isReplacedStatus(error.status)) {
      throw error;
    }
    throw new StoreFailure("TRANSIENT", REPLACED, { cause: error });
  }
  const range = response.header("content-range");
  const isSame = response.header("etag") === etag &&
    // Some services do not tell the size again.
    (range === `bytes ${offset}-${end}/${size}` ||
      range === `bytes ${offset}-${end}/*`);
  if (response.status === 206 && isSame) return response;
  await response.cancel();
  if (response.status === 206 || response.header("etag") !== etag) {
    throw new StoreFailure("TRANSIENT", REPLACED);
  }
  throw new StoreFailure("OTHER", "the service does not answer ranges");
}
