import { delay } from "@std/async/delay";
import {
  type DriverOptions,
  type PartUpload,
  StoreFailure,
  type UploadPart,
} from "../driver.ts";
import { failureOf, isSilence } from "../failure.ts";
import { AnswerError } from "./http/answer_error.ts";
import { ask, attempt, readRefusal, readSuccess } from "./ask.ts";
import { checkStored } from "./check_stored.ts";
import {
  checksumHeaders,
  type ChecksumMode,
  combineEtags,
  unquote,
} from "./checksum.ts";
import type { S3Request, S3Response, S3Transport } from "./http/transport.ts";
import {
  describeParts,
  FULL_OBJECT,
  sumParts,
  type WrittenPart,
} from "./written_parts.ts";
import { isBeginning, rootOf, textOf } from "./xml.ts";

/** Options of an upload in parts. */
export interface MultipartUploadOptions extends DriverOptions {
  /** The key. */
  readonly key: string;
  /** The size in bytes of the whole object, if it is known. */
  readonly size: number | undefined;
  /** Properties that are stored with the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** The sum by which the service checks a part. */
  readonly checksum: ChecksumMode;
  /** The most times that a request is sent. */
  readonly attempts: number;
  /** Milliseconds of silence that end a request. */
  readonly timeout: number;
}

/** An upload in parts that is under way. */
export class MultipartUpload implements PartUpload {
  readonly #transport: S3Transport;
  readonly #options: MultipartUploadOptions;
  readonly #uploadId: string;
  readonly #isSummedWhole: boolean;
  readonly #parts: WrittenPart[] = [];

  private constructor(
    transport: S3Transport,
    options: MultipartUploadOptions,
    { uploadId, isSummedWhole }: { uploadId: string; isSummedWhole: boolean },
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#uploadId = uploadId;
    this.#isSummedWhole = isSummedWhole;
  }

  /**
   * Begins an upload. The request itself is not aborted: until its answer is
   * there, nobody could discard the upload. (If the answer is lost, nobody
   * can: the upload stays at the service, without parts, until it expires.)
   *
   * @param transport How requests are sent.
   * @param options What is uploaded.
   */
  static async start(
    transport: S3Transport,
    options: MultipartUploadOptions,
  ): Promise<MultipartUpload> {
    const { key, headers, checksum, attempts, signal } = options;
    const response = await ask(transport, {
      operation: "CreateMultipartUpload",
      method: "POST",
      key,
      query: { uploads: "" },
      headers: {
        ...headers,
        ...(checksum === "crc32"
          ? { "x-amz-checksum-algorithm": "CRC32", ...FULL_OBJECT }
          : {}),
      },
      signal: new AbortController().signal,
    }, { attempts, signal });
    const text = await readSuccess(response, transport);
    const { parsed } = response;
    const uploadId = parsed ? parsed.UploadId : textOf(text, "UploadId");
    // Only a service that knows sums of whole objects repeats the header.
    const isSummedWhole =
      response.header("x-amz-checksum-type") === "FULL_OBJECT";
    if (typeof uploadId === "string" && uploadId !== "") {
      return new MultipartUpload(transport, options, {
        uploadId,
        isSummedWhole,
      });
    }
    throw new StoreFailure("OTHER", "the service began no upload in parts");
  }

  async writePart(part: UploadPart, { signal }: DriverOptions): Promise<void> {
    const checksum = await checksumHeaders(part, this.#options.checksum);
    const response = await this.#ask({
      operation: "UploadPart",
      method: "PUT",
      query: { partNumber: `${part.index + 1}`, uploadId: this.#uploadId },
      headers: checksum,
      body: part,
      signal,
    });
    await readSuccess(response, this.#transport);
    checkStored(response);
    const etag = response.header("etag");
    if (!etag) {
      throw new StoreFailure("OTHER", "the service gave a part no ETag");
    }
    this.#parts[part.index] = {
      etag,
      size: part.size,
      crc32: checksum["x-amz-checksum-crc32"],
    };
  }

  /** Makes the object visible: step 4 of {@linkcode S3CommonOptions.attempts}. */
  async commit({ signal }: DriverOptions): Promise<void> {
    const { attempts } = this.#transport;
    /** True if an earlier request may have stored the object. */
    let isUnknown = false;
    await attempt({
      attempts: attempts ?? this.#options.attempts,
      signal,
    }, async () => {
      try {
        await this.#complete(signal);
      } catch (error) {
        if (isSilence(error) && await this.#awaitStored(signal)) return;
        // A proxy may have answered in the place of a service that has made the object visible.
        if (isNoAnswer(error) && await this.#isStored(signal)) return;
        // A client that tries again by itself does not tell that an earlier request of its own may have done it.
        const mayBeStored = isUnknown ||
          (isGone(error) && attempts !== undefined);
        if (mayBeStored && !isWorthAnother(error)) {
          if (await this.#isStored(signal)) return;
          throw new StoreFailure("TRANSIENT", UNSURE, { cause: error });
        }
        isUnknown ||= leavesUnknown(error);
        throw error;
      }
    });
  }

  async discard({ signal }: DriverOptions): Promise<void> {
    const response = await this.#ask({
      operation: "AbortMultipartUpload",
      method: "DELETE",
      query: { uploadId: this.#uploadId },
      signal,
    });
    await response.text();
  }

  async #complete(signal: AbortSignal): Promise<void> {
    const transport = this.#transport;
    const request: S3Request = {
      operation: "CompleteMultipartUpload",
      method: "POST",
      key: this.#options.key,
      query: { uploadId: this.#uploadId },
      headers: {
        "content-type": "application/xml",
        ...(this.#isSummedWhole ? sumParts(this.#parts) : {}),
      },
      body: describeParts(this.#parts),
      signal,
    };
    const response = await transport.send(request);
    const { ETag, Key, Location, Code } = response.parsed ?? {};
    if (response.status !== 200 || Code !== undefined) {
      throw await readRefusal(response, { transport, request });
    }
    if (typeof ETag === "string" || Key || Location) return;
    // A service that needs long says 200 at once, and tells in the body how it went.
    const xml = await readSuccess(response, transport);
    // Some services give no ETag here, which is no sign of a lost answer.
    const isWhole = textOf(xml, "ETag") !== undefined ||
      /<\/(?:\w+:)?CompleteMultipartUploadResult\s*>/.test(xml);
    if (isWhole) return;
    const root = rootOf(xml);
    if (root ? !root.endsWith(RESULT) : !isBeginning(xml, RESULT)) {
      throw new StoreFailure("OTHER", NO_RESULT);
    }
    throw new StoreFailure(
      "TRANSIENT",
      "the answer to the last request was cut off",
    );
  }

  /**
   * Waits for an object whose commit was not answered: a service that puts many parts together may
   * need longer than it may be silent. It is looked up for as long again.
   */
  async #awaitStored(signal: AbortSignal): Promise<boolean> {
    const { timeout } = this.#options;
    const end = performance.now() + timeout;
    for (;;) {
      const began = performance.now();
      if (await this.#isStored(signal)) return true;
      const rest = end - performance.now();
      // One that is silent to this question, too, is not asked again.
      if (rest <= 0 || performance.now() - began >= timeout) return false;
      await delay(Math.min(rest, timeout / LOOKS), { signal });
    }
  }

  /** Tells whether the object is the one that was uploaded: of this size, and put together of these very parts. */
  async #isStored(signal: AbortSignal): Promise<boolean> {
    const etag = await combineEtags(this.#parts.map(({ etag }) => etag));
    if (etag === undefined) return false;
    try {
      const response = await this.#ask({
        operation: "HeadObject",
        method: "HEAD",
        signal,
      });
      await response.cancel();
      return unquote(response.header("etag") ?? "") === etag &&
        Number(response.header("content-length")) === this.#size();
    } catch (error) {
      if (signal.aborted) throw error;
      // Whatever the attempt to find out says, the answer to the commit stays lost (clause 8).
      return false;
    }
  }

  #size(): number {
    return this.#options.size ??
      this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  #ask(request: Omit<S3Request, "key">): Promise<S3Response> {
    const { key, attempts } = this.#options;
    return ask(this.#transport, { ...request, key }, {
      attempts,
      signal: request.signal,
    });
  }
}

const UNSURE =
  "the answer to the last request was lost, and it is not certain whether the object is stored";

const RESULT = "CompleteMultipartUploadResult";
const NO_RESULT =
  "the answer to the last request is not the one of a service that stores objects: check 'endpoint'";

/** The number of times that an object is looked up while its commit may be under way. */
const LOOKS = 10;

/** Tells whether a commit was answered, with a status of success, by what does not say how it went. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof StoreFailure
    ? error.message === NO_RESULT
    : error instanceof AnswerError && error.status === 200 &&
      error.code === undefined;
}

function isWorthAnother(error: unknown): boolean {
  return error instanceof StoreFailure
    ? error.code === "TRANSIENT"
    : failureOf(error)?.code === "TRANSIENT";
}

/** A lost answer, and that of a service in trouble, do not tell whether the commit was done; a refusal does. */
function leavesUnknown(error: unknown): boolean {
  return isWorthAnother(error) && !(error instanceof AnswerError &&
    error.status >= 300 && error.status < 500);
}

function isGone(error: unknown): boolean {
  return error instanceof AnswerError && error.code === "NoSuchUpload";
}
