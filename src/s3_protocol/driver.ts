import type {
  DriverOptions,
  Failure,
  OpenObject,
  OpenOptions,
  PartUpload,
  StoreDriver,
  StoringOptions,
  TransferSettings,
  UploadBody,
  WantedRange,
} from "../driver.ts";
import { StoreFailure } from "../driver.ts";
import {
  failureOf,
  isReplacedStatus,
  isSilence,
  isVagueStatus,
} from "../failure.ts";
import { AnswerError, ConnectionError } from "./http/answer_error.ts";
import { checkRuntime } from "../platform/check_runtime.ts";
import { ask, isPageError, readSuccess } from "./ask.ts";
import { checkStored } from "./check_stored.ts";
import { checksumHeaders, type ChecksumMode, decodeCrc32 } from "./checksum.ts";
import type { UploadDefaults } from "./common_options.ts";
import { bufferBody } from "./buffered_body.ts";
import { listKeys } from "./list_keys.ts";
import { MultipartUpload } from "./multipart_upload.ts";
import { refusedKeyReason } from "./object_path.ts";
import type { S3Request, S3Response, S3Transport } from "./http/transport.ts";

const MIB = 2 ** 20;
/** Each further range costs a round trip. One that breaks off is asked for again from where it was. */
const LARGEST_RANGE = 128 * MIB;
/** Smaller ones would not make up for it. */
const SMALLEST_RANGE = 8 * MIB;
/** Bytes after which a body may break off again as often as at first. */
const BYTES_BETWEEN_FAILURES = 32 * MIB;
/** Milliseconds for which a reader has not come back after which a service may well have given up its connection. */
const LONG_PAUSE = 1_000;
/** Bytes per second that a process can just take in; more connections only cost more CPU seconds then (`bench --only=large`). S3 itself gives each some 90 MiB/s. */
const SUFFICIENT_RATE = 256 * MIB;
/** The smallest part that S3 takes, but for the last. */
const SMALLEST_PART = 5 * MIB;

/** Options of a {@linkcode S3ProtocolDriver}. */
export interface S3DriverOptions {
  /** The bucket, for URIs. */
  readonly bucket: string;
  /** The size in bytes of an upload's parts. */
  readonly partSize: number;
  /** The number of parts or ranges under way at once. */
  readonly parallel: number;
  /** The most times that a request is sent. */
  readonly attempts: number;
  /** Milliseconds of silence that end a request. */
  readonly timeout: number;
  /** The sum by which the service checks a body. */
  readonly checksum: ChecksumMode;
  /** Properties that are stored with each object. */
  readonly upload: UploadDefaults;
}

/** Speaks the protocol of S3: what is asked, and what an answer means. How a request is sent is the transport's. */
export class S3ProtocolDriver implements StoreDriver {
  readonly settings: TransferSettings;
  readonly #transport: S3Transport;
  readonly #options: S3DriverOptions;

  /**
   * Makes a driver.
   *
   * @param transport How requests are sent; the driver closes it.
   * @param options Sizes and defaults.
   */
  constructor(transport: S3Transport, options: S3DriverOptions) {
    checkRuntime();
    this.#transport = transport;
    this.#options = options;
    const { partSize, parallel } = options;
    this.settings = {
      largestObject: 5 * 2 ** 40,
      partSize,
      parallel,
      smallestPart: Math.min(
        partSize,
        Math.max(SMALLEST_PART, Math.ceil(partSize / 2)),
      ),
      sufficientRate: SUFFICIENT_RATE,
      rangeSize: LARGEST_RANGE,
      smallestRange: SMALLEST_RANGE,
    };
  }

  getUri(key: string): string {
    return `s3://${this.#options.bucket}/${key}`;
  }

  checkKey(key: string): string | undefined {
    return refusedKeyReason(key);
  }

  async getSize(key: string, { signal }: DriverOptions): Promise<number> {
    const request: S3Request = {
      operation: "HeadObject",
      method: "HEAD",
      key,
      signal,
    };
    let response: S3Response;
    try {
      response = await this.#ask(request);
    } catch (error) {
      await this.#explain(error, request);
      // The object has appeared between the two requests.
      response = await this.#ask(request);
    }
    await response.cancel();
    checkWhole(response);
    return readSize(response);
  }

  async open(
    key: string,
    { signal, range }: OpenOptions,
  ): Promise<OpenObject> {
    if (range) return await this.#openRange(key, range, { signal });
    const response = await this.#ask({
      operation: "GetObject",
      method: "GET",
      key,
      // A service that refuses checksum headers refuses this one, too.
      headers: this.#options.checksum === "none"
        ? {}
        : { "x-amz-checksum-mode": "ENABLED" },
      signal,
    });
    return await this.#openWhole(key, response, { signal });
  }

  async #openWhole(
    key: string,
    response: S3Response,
    { signal }: DriverOptions,
  ): Promise<OpenObject> {
    try {
      checkWhole(response);
      const size = readSize(response);
      const etag = response.header("etag");
      const crc32 = readChecksum(response);
      const version = { key, size, etag };
      return {
        size,
        bodySize: size,
        body: this.#read(version, 0, size, { signal }, response),
        ...(etag === undefined || isWeak(etag) ? {} : {
          readRange: (offset: number, length: number, options: DriverOptions) =>
            this.#read(version, offset, length, options),
        }),
        ...(crc32 === undefined ? {} : { crc32 }),
        close: () => response.cancel(),
      };
    } catch (error) {
      await response.cancel();
      throw error;
    }
  }

  /** Opens a piece in one request; only beyond the end, where there are no bytes, may it take two. */
  async #openRange(
    key: string,
    { offset, length }: WantedRange,
    { signal }: DriverOptions,
  ): Promise<OpenObject> {
    let response: S3Response;
    try {
      response = await this.#ask({
        operation: "GetObject",
        method: "GET",
        key,
        headers: { range: rangeHeader(offset, length) },
        signal,
      });
    } catch (error) {
      if (!(error instanceof AnswerError) || error.status !== 416) throw error;
      const size = error.size ?? await this.getSize(key, { signal });
      if (size > offset) throw new StoreFailure("TRANSIENT", REPLACED);
      return { size, bodySize: 0, bodyOffset: offset, body: noBytes() };
    }
    if (response.status === 200) {
      // The service does not know ranges: what is before the piece is read and dropped.
      const { readRange: _, crc32: __, ...whole } = await this.#openWhole(
        key,
        response,
        { signal },
      );
      return whole;
    }
    try {
      const { size, last } = readRange(response, offset, length);
      const etag = response.header("etag");
      const bodySize = last + 1 - offset;
      const version = { key, size, etag };
      return {
        size,
        bodySize,
        bodyOffset: offset,
        body: this.#read(version, offset, bodySize, { signal }, response),
        close: () => response.cancel(),
      };
    } catch (error) {
      await response.cancel();
      throw error;
    }
  }

  async put(
    key: string,
    body: UploadBody,
    { signal, contentType }: StoringOptions,
  ): Promise<void> {
    const { checksum, upload } = this.#options;
    const buffered = await bufferBody(body);
    const response = await this.#ask({
      operation: "PutObject",
      method: "PUT",
      key,
      headers: {
        ...uploadHeaders(upload, contentType),
        ...await checksumHeaders(buffered, checksum),
      },
      body: buffered,
      signal,
    });
    await readSuccess(response, this.#transport);
    checkStored(response);
  }

  startUpload(
    key: string,
    size: number | undefined,
    { signal, contentType }: StoringOptions,
  ): Promise<PartUpload> {
    const { attempts, checksum, timeout, upload } = this.#options;
    return MultipartUpload.start(this.#transport, {
      key,
      size,
      headers: uploadHeaders(upload, contentType),
      checksum,
      attempts,
      timeout,
      signal,
    });
  }

  async delete(key: string, { signal }: DriverOptions): Promise<void> {
    try {
      const response = await this.#ask({
        operation: "DeleteObject",
        method: "DELETE",
        key,
        signal,
      });
      await readSuccess(response, this.#transport);
      const { status } = response;
      if (status === 200 || status === 204) return;
      throw new StoreFailure(
        "OTHER",
        `the answer ${status} does not say that the object is gone`,
      );
    } catch (error) {
      // S3 itself does not tell whether there was an object; other services say that there was none.
      if (failureOf(error)?.code !== "OBJECT_NOT_FOUND") throw error;
      if (!isPageError(error)) return;
      throw new StoreFailure("OTHER", PAGE, { cause: error });
    }
  }

  list(keyPrefix: string, { signal }: DriverOptions): AsyncIterable<string> {
    return listKeys(keyPrefix, {
      ask: (request) => this.#ask({ ...request, signal }),
      read: (response) => readSuccess(response, this.#transport),
    });
  }

  classify(error: unknown): Failure | undefined {
    return failureOf(error);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #ask(request: S3Request): Promise<S3Response> {
    const { attempts } = this.#options;
    return ask(this.#transport, request, { attempts, signal: request.signal });
  }

  /**
   * Finds out what an answer to a HEAD means, which has no body: a GET of the
   * first byte fails in the same way, and says why.
   *
   * @throws The reason, unless the object is there by now.
   */
  async #explain(error: unknown, { key, signal }: S3Request): Promise<void> {
    if (!(error instanceof AnswerError) || !isVagueStatus(error.status)) {
      throw error;
    }
    if (error.code !== undefined && error.code !== "NotFound") throw error;
    try {
      const response = await this.#ask({
        operation: "GetObject",
        method: "GET",
        key: key!,
        headers: { range: "bytes=0-0" },
        signal,
      });
      await response.cancel();
    } catch (reason) {
      const isForbidden = failureOf(reason)?.code === "PERMISSION_DENIED";
      if (failureOf(error)?.code === "OBJECT_NOT_FOUND" && isForbidden) {
        throw new StoreFailure(
          "OBJECT_NOT_FOUND",
          "object not found, or its bucket is missing: telling which was forbidden",
          { cause: reason },
        );
      }
      // An empty object has no first byte, and so it is there.
      if (isEmptyRange(reason)) return;
      throw reason;
    }
    if (failureOf(error)?.code !== "OBJECT_NOT_FOUND") throw error;
  }

  /** Reads a piece of one version; what is missing after a lost connection is asked for again: step 3 of {@linkcode S3CommonOptions.attempts}. */
  async *#read(
    { key, size, etag }: Version,
    offset: number,
    length: number,
    { signal }: DriverOptions,
    first?: S3Response,
  ): AsyncGenerator<Uint8Array> {
    let done = 0;
    let response = first;
    let failures = 0;
    let failedAt = 0;
    let lost: unknown;
    let wasPaused = false;
    for (;;) {
      try {
        response ??= await this.#askRange(
          { key, size, etag },
          offset + done,
          length - done,
          { signal },
        );
        for await (const chunk of response.chunks(length - done)) {
          done += chunk.length;
          const began = performance.now();
          yield chunk;
          wasPaused = performance.now() - began > LONG_PAUSE;
        }
        if (done >= length) return;
        throw new ConnectionError(
          `the body ended after ${done} of ${length} bytes`,
        );
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
        if (!isLost || !canAsk || failures >= this.#options.attempts) {
          throw error;
        }
      }
    }
  }

  async #askRange(
    { key, size, etag }: Version,
    offset: number,
    length: number,
    { signal }: DriverOptions,
  ): Promise<S3Response> {
    let response: S3Response;
    const end = offset + length - 1;
    try {
      response = await this.#ask({
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
}

interface Version {
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
}

/** Weak ones never match in `If-Match`. */
function isWeak(etag: string): boolean {
  return etag.startsWith("W/");
}

/**
 * Refuses an answer that is not the one to a request for the whole object (clause 25): a piece of
 * it, which a cache or a proxy may give, or a page of something that stands in between.
 */
function checkWhole(response: S3Response): void {
  if (response.status === 200) return checkObject(response);
  const range = response.header("content-range") ?? "";
  const isPiece = response.status === 206;
  throw new StoreFailure(
    "OTHER",
    isPiece
      ? `the whole object was asked for, and a piece of it was answered (206, ${
        /^bytes [\d*/-]{1,60}$/.test(range) ? range : "without its range"
      })`
      : `the object was asked for, and the answer is ${response.status}`,
  );
}

/** An object may be a page itself; what stores objects names its version, or the request. */
function checkObject(response: S3Response): void {
  const isPage = /html/i.test(response.header("content-type") ?? "");
  const isNamed = ["etag", "x-amz-request-id"].some((name) =>
    response.header(name) !== undefined
  );
  if (!isPage || isNamed) return;
  throw new StoreFailure("OTHER", PAGE);
}

const PAGE =
  "the answer is the page of something else (HTML): check 'endpoint'";
const REPLACED = "the object was replaced while it was read";

function readSize(response: S3Response): number {
  // The same length twice is one, by the standard of HTTP.
  const [text = "", ...others] = new Set(
    (response.header("content-length") ?? "").split(/\s*,\s*/),
  );
  const size = others.length > 0 ? NaN : Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size)) return size;
  throw new StoreFailure(
    "OTHER",
    "the service does not tell the object's size",
  );
}

function rangeHeader(offset: number, length: number | undefined): string {
  // A range may end beyond the object's end, but not beyond what a number holds exactly.
  const last = length === undefined ? "" : offset + length - 1;
  const isExact = last === "" || Number.isSafeInteger(last);
  return `bytes=${offset}-${isExact ? last : ""}`;
}

/** Reads which piece an answer has; it has to be the one that was asked for (clause 25). */
function readRange(
  response: S3Response,
  offset: number,
  length = Infinity,
): { size: number; last: number } {
  const text = response.header("content-range") ?? "";
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text)
    ?.map(Number) ?? [];
  const isAsked = response.status === 206 && first === offset &&
    Number.isSafeInteger(size) &&
    last === Math.min(offset + length, size!) - 1;
  if (isAsked) return { size: size!, last: last! };
  throw new StoreFailure(
    "OTHER",
    `a piece of the object was asked for, and the answer is another one (${response.status})`,
  );
}

async function* noBytes(): AsyncGenerator<Uint8Array, void> {}

/** Only that of the whole object; that of an object in parts is one over its parts' sums. */
function readChecksum(response: S3Response): number | undefined {
  if (response.header("x-amz-checksum-type") === "COMPOSITE") return undefined;
  return decodeCrc32(response.header("x-amz-checksum-crc32"));
}

/** MinIO and S3 refuse to give the first byte of nothing. */
function isEmptyRange(error: unknown): boolean {
  return error instanceof AnswerError && error.code === "InvalidRange";
}

function uploadHeaders(
  upload: UploadDefaults,
  own: string | undefined,
): Record<string, string> {
  const { contentType = "application/octet-stream", metadata = {} } = upload;
  const { storageClass, serverSideEncryption, kmsKeyId } = upload;
  const headers: Record<string, string> = {
    "content-type": own ?? contentType,
  };
  for (const [name, value] of Object.entries(metadata)) {
    headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  }
  if (storageClass !== undefined) headers["x-amz-storage-class"] = storageClass;
  if (serverSideEncryption !== undefined) {
    headers["x-amz-server-side-encryption"] = serverSideEncryption;
  }
  if (kmsKeyId !== undefined) {
    headers["x-amz-server-side-encryption-aws-kms-key-id"] = kmsKeyId;
  }
  return headers;
}
