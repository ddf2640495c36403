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
import { failureOf } from "../failure.ts";
import { AnswerError } from "./http/answer_error.ts";
import { checkRuntime } from "../platform/check_runtime.ts";
import { ask, isPageError, readSuccess } from "./ask.ts";
import { checkStored } from "./check_stored.ts";
import { checksumHeaders, type ChecksumMode } from "./checksum.ts";
import type { UploadDefaults } from "./common_options.ts";
import { bufferBody } from "./buffered_body.ts";
import { explainHead } from "./explain_head.ts";
import { listKeys } from "./list_keys.ts";
import { MultipartUpload } from "./multipart_upload.ts";
import {
  checkWhole,
  isWeak,
  PAGE,
  rangeHeader,
  readChecksum,
  readRange,
  readSize,
  REPLACED,
} from "./object_answer.ts";
import { refusedKeyReason } from "./object_path.ts";
import {
  readVersion,
  type ReadVersionOptions,
  type Version,
} from "./read_version.ts";
import { uploadHeaders } from "./upload_headers.ts";
import type { S3Request, S3Response, S3Transport } from "./http/transport.ts";

const MIB = 2 ** 20;
/** Each further range costs a round trip. One that breaks off is asked for again from where it was. */
const LARGEST_RANGE = 128 * MIB;
/** Smaller ones would not make up for it. */
const SMALLEST_RANGE = 8 * MIB;
/** On a slow line they do. An object of less than sixteen of them, 1 MiB, is one request everywhere. */
const SMALLEST_SLOW_RANGE = MIB / 16;
/** Bytes per second that a process can just take in; more connections only cost more CPU seconds then (`bench --only=large`). S3 itself gives each some 90 MiB/s. */
const SUFFICIENT_RATE = 256 * MIB;
/** Codes by which a service says that it is the object that it does not have. */
const MISSING_CODES: ReadonlySet<string> = new Set([
  "NoSuchKey",
  "NoSuchVersion",
]);
/** Bytes of a stream that may be held for its reader where the connection cannot be held back. */
const READ_AHEAD = 8 * MIB;
/** The smallest part that S3 takes, but for the last. */
const SMALLEST_PART = 5 * MIB;

/** Options of a {@linkcode S3ProtocolDriver}. */
export interface S3DriverOptions {
  /** The bucket, for URIs. */
  readonly bucket: string;
  /** The size in bytes of an upload's parts. */
  readonly partSize: number;
  /** The largest size in bytes of a file that is stored by one request. */
  readonly singleUploadSize: number;
  /** The number of parts or ranges under way at once. */
  readonly parallel: number;
  /** The number where all of these together are slow. */
  readonly mostParallel: number;
  /** The most times that a request is sent. */
  readonly attempts: number;
  /** Milliseconds of silence that end a request. */
  readonly timeout: number;
  /** The sum by which the service checks a body. */
  readonly checksum: ChecksumMode;
  /** Properties that are stored with each object. */
  readonly upload: UploadDefaults;
}

/** Options of a body that is opened. */
interface PacedOptions extends DriverOptions {
  /** True to read it at the pace of somebody who may pause. */
  readonly isPaced: boolean;
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
    const { partSize, singleUploadSize, parallel, mostParallel } = options;
    this.settings = {
      largestObject: 5 * 2 ** 40,
      partSize,
      singleUploadSize,
      parallel,
      mostParallel,
      smallestPart: Math.min(partSize, SMALLEST_PART),
      sufficientRate: SUFFICIENT_RATE,
      rangeSize: LARGEST_RANGE,
      smallestRange: SMALLEST_RANGE,
      smallestSlowRange: SMALLEST_SLOW_RANGE,
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
      await explainHead(error, request, (next) => this.#ask(next));
      // The object has appeared between the two requests.
      response = await this.#ask(request);
    }
    await response.cancel();
    checkWhole(response);
    return readSize(response);
  }

  async open(
    key: string,
    { signal, range, isPaced = false }: OpenOptions,
  ): Promise<OpenObject> {
    if (range) return await this.#openRange(key, range, { signal, isPaced });
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
    return await this.#openWhole(key, response, { signal, isPaced });
  }

  async #openWhole(
    key: string,
    response: S3Response,
    { signal, isPaced }: PacedOptions,
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
        body: await this.#openBody(version, 0, size, {
          signal,
          isPaced,
          response,
        }),
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
    { signal, isPaced }: PacedOptions,
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
        { signal, isPaced: false },
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
        body: await this.#openBody(version, offset, bodySize, {
          signal,
          isPaced,
          response,
        }),
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
      if (isPageError(error)) {
        throw new StoreFailure("OTHER", PAGE, { cause: error });
      }
      if (error instanceof AnswerError && MISSING_CODES.has(error.code ?? "")) {
        return;
      }
      // A 404 that does not say of what may be that of a gateway which knows no DELETE.
      if (!await this.#isThere(key, signal)) return;
      throw new StoreFailure(
        "OTHER",
        "the service answered status 404 although the object is there",
        { cause: error },
      );
    }
  }

  /** Tells whether an object is there; a missing bucket is an error. */
  async #isThere(key: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.getSize(key, { signal });
      return true;
    } catch (error) {
      if (failureOf(error)?.code !== "OBJECT_NOT_FOUND") throw error;
      return false;
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

  /** Opens the body of an answer. One that would fill the memory for a reader who pauses is given up at once for requests that cannot. */
  async #openBody(
    version: Version,
    offset: number,
    length: number,
    { signal, isPaced, response }: PacedOptions & { response: S3Response },
  ): Promise<AsyncIterable<Uint8Array>> {
    const { etag } = version;
    const canAsk = etag !== undefined && !isWeak(etag);
    if (!isPaced || !response.readsAhead || !canAsk || length <= READ_AHEAD) {
      return this.#read(version, offset, length, { signal, first: response });
    }
    await response.cancel();
    const largestRequest = READ_AHEAD;
    return this.#read(version, offset, length, { signal, largestRequest });
  }

  #read(
    version: Version,
    offset: number,
    length: number,
    options: Pick<ReadVersionOptions, "first" | "largestRequest" | "signal">,
  ): AsyncGenerator<Uint8Array> {
    return readVersion(version, offset, length, {
      ...options,
      ask: (request) => this.#ask(request),
      attempts: this.#options.attempts,
    });
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array, void> {}
