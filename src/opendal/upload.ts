import {
  type DriverOptions,
  type PartUpload,
  StoreFailure,
  type StoringOptions,
  type UploadBody,
  type UploadPart,
} from "../driver.ts";
import { nodeBuffer } from "../platform/builtins.ts";
import { ConfirmedWrite } from "./confirmed_write.ts";
import type { NativeCalls } from "./native_calls.ts";
import type { OperatorLike, OperatorWriter } from "./operator.ts";
import type { ServiceCalls } from "./service_calls.ts";

/** Beginning of the names of temporary files; names that begin so are refused. */
export const TEMPORARY = ".object-store-upload-";

const MIB = 2 ** 20;
/** Bytes that go to the operator at once. */
const CHUNK = MIB;
/** Bytes up to which an object is given to the operator at once: OpenDAL copies it, so that it is in memory twice. */
export const MOST_AT_ONCE = 8 * MIB;
/** The least size of a piece at the service. */
const PIECE = 4 * MIB;
/** Pieces that most services count up to. */
const MOST_PIECES = 10_000;
/** The size that an object may have where nobody knows it. */
const LARGEST_STREAM = 280 * 1024 * MIB;
const PARALLEL = 4;

/** One upload: written under a name of its own and renamed where a file is visible while it is written. */
export class OpendalUpload implements PartUpload {
  readonly #service: ServiceCalls;
  readonly #operator: OperatorLike;
  readonly #key: string;
  /** The path at which it is written: the key, or a temporary name. */
  readonly #path: string;
  readonly #calls: NativeCalls;
  #writer: OperatorWriter | undefined;
  /** As large as what the writer holds, which the collector does not see: otherwise it lets writers pile up that were aborted. Its pages are never touched. */
  #weight: ArrayBuffer | undefined;
  #confirmed: ConfirmedWrite | undefined;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #written = 0;
  #mostUnderWay = 0;

  private constructor(
    service: ServiceCalls,
    operator: OperatorLike,
    key: string,
  ) {
    this.#service = service;
    this.#operator = operator;
    this.#key = key;
    this.#path = service.service.family === "files"
      ? `${TEMPORARY}${crypto.randomUUID()}`
      : key;
    this.#calls = service.group();
  }

  /**
   * Begins an upload; nothing is asked yet.
   *
   * @param service The service.
   * @param key The key.
   * @returns The upload.
   */
  static async begin(
    service: ServiceCalls,
    key: string,
  ): Promise<OpendalUpload> {
    return new OpendalUpload(service, await service.operator(), key);
  }

  /**
   * Writes the whole object by one request, and makes it visible.
   *
   * @param body Its bytes, which are held in memory.
   * @param options The signal, and the media type.
   */
  async putWhole(body: UploadBody, options: StoringOptions): Promise<void> {
    const isLarge = body.size > MOST_AT_ONCE;
    if (isLarge && await this.#look(options)) {
      return await this.#putGathered(body, options);
    }
    await this.#putAtOnce(body, options);
  }

  async #putAtOnce(
    body: UploadBody,
    { signal, contentType }: StoringOptions,
  ): Promise<void> {
    const value = await readWhole(body);
    const options = this.#typed(contentType);
    const written = await this.#service.ask(
      () => this.#operator.write(this.#path, value as never, options),
      { signal, calls: this.#calls, bytes: value.length },
    ).catch((error) => this.#service.rejectMissingContainer(error));
    await this.#expectConfirmed(written);
    await this.#publish(signal);
  }

  /** Lets OpenDAL gather the bytes of the one request, so that they are in memory once. */
  async #putGathered(
    body: UploadBody,
    options: StoringOptions,
  ): Promise<void> {
    const { signal } = options;
    // A piece that is never full: nothing is sent before all are there.
    this.#weight = new ArrayBuffer(body.size);
    const writer = await this.#openWriter(
      { chunk: BigInt(body.size + 1) },
      options,
    );
    for await (const chunk of body.chunks(new Uint8Array(CHUNK))) {
      this.#confirmed?.add(chunk);
      await this.#give(writer, chunk, signal);
    }
    const written = await this.#service.ask(
      () => writer.close(),
      { signal, calls: this.#calls, bytes: body.size },
    ).catch((error) => this.#service.rejectMissingContainer(error));
    await this.#expectConfirmed(written);
    await this.#publish(signal);
  }

  /**
   * Opens the writer, for parts that come in their order.
   *
   * @param size The size of the object in bytes, if it is known.
   * @param options The signal, and the media type.
   */
  async open(
    size: number | undefined,
    options: StoringOptions,
  ): Promise<void> {
    // In the order of the bytes a file is written by one request after the other.
    const chunk = pieceSize(size, this.#service.service.mostPieces);
    const isCut = this.#service.service.family === "objects";
    const pieces = isCut ? { chunk: BigInt(chunk), concurrent: PARALLEL } : {};
    this.#mostUnderWay = (PARALLEL + 1) * chunk;
    if (isCut) this.#weight = new ArrayBuffer(this.#mostUnderWay);
    await this.#look(options);
    await this.#openWriter(pieces, options);
  }

  async writePart(
    part: UploadPart,
    { signal }: DriverOptions,
  ): Promise<void> {
    const writer = this.#writer;
    if (!writer) throw new TypeError("The writer is not open");
    // OpenDAL has copied a chunk when it has taken it, so that the next may be read into its place.
    for await (
      const chunk of part.chunks(this.#buffer ??= new Uint8Array(CHUNK))
    ) {
      this.#written += chunk.length;
      await this.#give(writer, chunk, signal);
    }
  }

  async commit({ signal }: DriverOptions): Promise<void> {
    const writer = this.#writer;
    if (!writer) throw new TypeError("The writer is not open");
    const written = await this.#run(() => writer.close(), signal);
    await this.#expectConfirmed(written);
    await this.#publish(signal);
  }

  /** Leaves the writer unclosed: what it was given is never visible. Does not wait for requests that go on. */
  discard(): Promise<void> {
    const writer = this.#writer;
    this.#calls.afterwards(async () => {
      await writer?.abort?.();
      if (this.#path !== this.#key) await this.#operator.delete(this.#path);
    });
    return Promise.resolve();
  }

  /** Waits for every request of it that is still under way. */
  settled(): Promise<void> {
    return this.#calls.settled();
  }

  async #publish(signal: AbortSignal): Promise<void> {
    if (this.#path === this.#key) return;
    await this.#service.once(
      () => this.#operator.rename(this.#path, this.#key),
      { signal, calls: this.#calls },
    ).catch((error) => this.#rejectRename(error, signal));
  }

  /** Says that something else has the name, or a part of it, where that is so. */
  async #rejectRename(error: unknown, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const conflict = await this.#service.findConflict(this.#key, { signal });
    if (!conflict) return this.#service.rejectMissingContainer(error);
    const kind = conflict.isFile ? "file" : "directory";
    throw new StoreFailure(
      "OBJECT_NAME_CONFLICT",
      `the service is a tree, and ${
        JSON.stringify(conflict.path)
      } is a ${kind} in it`,
      { cause: this.#service.causeOf(error) },
    );
  }

  /** Looks at what is there before, where only that tells later whether the object was stored. Gives whether it can be told. */
  async #look({ signal }: DriverOptions): Promise<boolean> {
    if (!this.#service.service.confirmsWrites) return true;
    this.#confirmed = await ConfirmedWrite.begin(
      this.#service,
      { key: this.#key, calls: this.#calls, signal },
    );
    return this.#confirmed !== undefined;
  }

  /** OpenDAL follows redirects, and takes a page at their end for the service's answer. */
  async #expectConfirmed(written: unknown): Promise<void> {
    if (!this.#service.service.confirmsWrites) return;
    const isTold = typeof written === "object" && written !== null;
    if (isTold && (written as { etag?: unknown }).etag) return;
    if (!isTold && await this.#confirmed?.isStored() !== false) return;
    throw new StoreFailure(
      "OTHER",
      "what answered does not say that the object is stored, so that it was not the service",
    );
  }

  async #openWriter(
    pieces: { readonly chunk?: bigint; readonly concurrent?: number },
    { signal, contentType }: StoringOptions,
  ): Promise<OperatorWriter> {
    const options = { ...pieces, ...this.#typed(contentType) };
    return this.#writer = await this.#run(
      () => this.#operator.writer(this.#path, options),
      signal,
    );
  }

  async #give(
    writer: OperatorWriter,
    { buffer, byteOffset, length }: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const content = nodeBuffer.Buffer.from(buffer, byteOffset, length);
    await this.#run(() => writer.write(content as never), signal);
  }

  #run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    // A writer waits until pieces that it was given before have been sent.
    const bytes = Math.min(this.#written, this.#mostUnderWay);
    return this.#service.once(call, { signal, calls: this.#calls, bytes })
      .catch((error) => this.#service.rejectMissingContainer(error));
  }

  #typed(contentType: string | undefined): { contentType?: string } {
    return contentType !== undefined &&
        this.#operator.capability().writeWithContentType
      ? { contentType }
      : {};
  }
}

/** Computes the size of pieces, with some of their number left over. */
function pieceSize(size = LARGEST_STREAM, mostPieces = MOST_PIECES): number {
  return Math.max(PIECE, Math.ceil(size / (0.9 * mostPieces)));
}

async function readWhole(body: UploadBody): Promise<Uint8Array> {
  const value = nodeBuffer.Buffer.alloc(body.size);
  let done = 0;
  for await (const chunk of body.chunks(CHUNK)) {
    value.set(chunk, done);
    done += chunk.length;
  }
  return value;
}
