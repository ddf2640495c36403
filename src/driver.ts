import type { ObjectStoreErrorCode } from "./errors.ts";

/**
 * A service, as the author of a new store writes it. A `DriverObjectStore` turns it into
 * an `ObjectStore`: it checks the arguments, reads and writes local files and streams,
 * counts progress, publishes atomically, translates failures and closes.
 *
 * What a driver can count on:
 *
 * - A `key` is the store's prefix and the object's name, joined by `/`: a
 *   well-formed string of 1 to 1024 UTF-8 bytes without NUL that
 *   {@linkcode StoreDriver.checkKey} has accepted.
 * - `options` and `options.signal` are always given. The signal is fresh for
 *   each operation; it fires when the caller aborts, when a callback fails and
 *   when a local file fails, and whatever the driver throws then is ignored.
 * - No method is called after {@linkcode StoreDriver.close}, and `close` only
 *   when every call has settled.
 *
 * What it promises in turn: to stop soon after the signal fires; to end a
 * silent request by a timeout of its own; to bound its internal retries; never
 * to hand out bytes of two versions of an object as one.
 *
 * What to throw, from every method that asks the service: a {@linkcode StoreFailure} with code
 * `OBJECT_NOT_FOUND` for a missing object, `BUCKET_NOT_FOUND` for a missing bucket or container,
 * `PERMISSION_DENIED` for a refusal (401, 403), `TRANSIENT` for what is worth trying again unchanged
 * (lost or refused connections, timeouts, 408, 425, 429, 5xx but 501 and 505, a cut or damaged body, an
 * object replaced meanwhile), `OTHER` for any other answer. Or let the client's own error through, and
 * say in {@linkcode StoreDriver.classify} what it means. What reading or writing a local file threw
 * goes through as it is.
 */
export interface StoreDriver {
  /** Sizes and parallelism; see each member for its default. */
  readonly settings?: TransferSettings;

  /**
   * Computes the URI of a key without a request. Two keys never share one.
   *
   * @param key The key.
   * @returns An absolute URI with bucket and key in it, and no secret (clause 5).
   */
  getUri(key: string): string;

  /**
   * Says why this service cannot keep a key exactly, as the end of a sentence
   * (`"it has an empty segment"`), or `undefined` if it can. Left out: every
   * key is kept. It decides on the key alone, without a request.
   *
   * @param key The key.
   * @returns The reason, or `undefined`. The caller gets an `InvalidObjectNameError` with it.
   */
  checkKey?(key: string): string | undefined;

  /**
   * Asks the size in bytes of an object, without its body.
   *
   * @param key The key.
   * @param options The signal.
   * @returns A whole number from 0 to `Number.MAX_SAFE_INTEGER`.
   * @throws {StoreFailure} `OBJECT_NOT_FOUND` for a missing object and for a mere "directory" of others (clause 7); else as above.
   */
  getSize(key: string, options: DriverOptions): Promise<number>;

  /**
   * Opens one version of an object for reading, in one request where the
   * service allows it.
   *
   * @param key The key.
   * @param options The signal, and how much of the body is wanted at once.
   * @returns The object, once it is known to exist. It is always closed.
   * @throws {StoreFailure} `OBJECT_NOT_FOUND` as for `getSize`; else as above.
   */
  open(key: string, options: OpenOptions): Promise<OpenObject>;

  /**
   * Stores an object in one request, visible in one step. Resolves when the
   * service has confirmed it; on failure nothing of it is left.
   *
   * @param key The key.
   * @param body The bytes of the whole object.
   * @param options The signal. Look at it immediately before the step that makes the object visible: what was aborted is not made visible afterwards (clause 8).
   * @returns When the service has confirmed the object.
   * @throws {StoreFailure} `OBJECT_NAME_CONFLICT` beside an object that cannot be there with it (clause 3); `TRANSIENT` also where the answer was lost; else as above. An answer of the service comes before an error of the driver's own making.
   */
  put(key: string, body: UploadBody, options: StoringOptions): Promise<void>;

  /**
   * Begins an upload in parts, for objects larger than
   * {@linkcode TransferSettings.singleUploadSize}. Left out: every object goes
   * through {@linkcode StoreDriver.put}. A start that fails or is aborted
   * leaves no upload behind: only a started one is discarded by the caller.
   *
   * @param key The key.
   * @param size The size in bytes of the whole object; `undefined` for a stream whose size nobody knows yet.
   * @param options The signal, and what is kept with the object.
   * @returns The upload, of which either `commit` or `discard` is called last.
   * @throws {StoreFailure} As above; then nothing is left at the service.
   */
  startUpload?(
    key: string,
    size: number | undefined,
    options: StoringOptions,
  ): Promise<PartUpload>;

  /**
   * Removes an object. Left out: the store has no `deleteObject`. Look at the signal immediately
   * before the step that removes it.
   *
   * @param key The key.
   * @param options The signal.
   * @returns When the object is gone, also if there was none.
   * @throws {StoreFailure} As above, but never `OBJECT_NOT_FOUND`; then the object is as it was, unless the answer was lost (`TRANSIENT`).
   */
  delete?(key: string, options: DriverOptions): Promise<void>;

  /**
   * Lists the keys that begin with `keyPrefix`, each once, without temporary
   * or metadata files. Needed by a `ListableDriverObjectStore`.
   *
   * @param keyPrefix What the keys begin with: well-formed; it may end inside a segment, and may be empty.
   * @param options The signal.
   * @returns Well-formed keys, all of which begin with `keyPrefix`, in any order. It may be left early.
   * @throws {StoreFailure} As above, from the iteration. A prefix below which nothing is gives no keys, and no failure.
   */
  list?(keyPrefix: string, options: DriverOptions): AsyncIterable<string>;

  /**
   * Says what a value that one of the methods above threw means, or
   * `undefined` if it is not an answer of the service but a local or foreign
   * error, which then reaches the caller as it is. Left out: only a
   * {@linkcode StoreFailure} is an answer of the service.
   *
   * @param error What was thrown; not always an `Error`.
   * @returns Code and reason, decided by statuses, codes and classes and never by searching a text (clause 25).
   */
  classify?(error: unknown): Failure | undefined;

  /**
   * Releases every connection and timer, so that the process can exit. Called once.
   *
   * @returns When they are released.
   */
  close(): Promise<void>;
}

/** Options that every method of a {@linkcode StoreDriver} is given. */
export interface DriverOptions {
  /** Fires when the operation is to stop. */
  readonly signal: AbortSignal;
}

/** Options of {@linkcode StoreDriver.put} and {@linkcode StoreDriver.startUpload}. */
export interface StoringOptions extends DriverOptions {
  /**
   * The media type of this object, in printable ASCII, for services that keep one.
   *
   * @default {the driver's own}
   */
  readonly contentType?: string;
}

/** Options of {@linkcode StoreDriver.open}. */
export interface OpenOptions extends DriverOptions {
  /** The number of bytes of the body that the first answer should carry at most, if the driver has {@linkcode OpenObject.readRange}. */
  readonly firstBytes: number;
  /**
   * The piece that is wanted. A driver that can asks for it alone, in one request, and says where its
   * body begins with {@linkcode OpenObject.bodyOffset}; one that cannot takes no notice of it.
   *
   * @default {The whole object.}
   */
  readonly range?: WantedRange;
  /**
   * True if the body is read at the pace of somebody who may pause for long, as in `readObject()`, and
   * so must not be read ahead into memory (clause 32).
   *
   * @default {false}
   */
  readonly isPaced?: boolean;
}

/** A piece of an object whose size is not yet known. */
export interface WantedRange {
  /** Offset of its first byte. It may be beyond the object's end: then there are no bytes, which is no failure. */
  readonly offset: number;
  /**
   * The most bytes that are wanted, at least one.
   *
   * @default {All that follow.}
   */
  readonly length?: number;
}

/** Sizes in bytes and counts that suit the service. All are positive integers. */
export interface TransferSettings {
  /**
   * The largest object the service takes. A larger one is refused before any
   * body is sent (clause 27).
   *
   * @default {Number.MAX_SAFE_INTEGER}
   */
  readonly largestObject?: number;
  /**
   * The largest size of which an upload is one `put`.
   *
   * @default {Infinity} without `startUpload`, otherwise `partSize`.
   */
  readonly singleUploadSize?: number;
  /**
   * The size of an upload's parts; the last may be smaller. It grows where
   * `maxParts` would not suffice.
   *
   * @default {16 MiB}
   */
  readonly partSize?: number;
  /**
   * The smallest size to which parts may shrink, so that all connections end together.
   *
   * @default {partSize}
   */
  readonly smallestPart?: number;
  /**
   * The most parts that an upload may have.
   *
   * @default {10000}
   */
  readonly maxParts?: number;
  /**
   * The bytes of a download that come with the first answer. Not used with
   * `sufficientRate`.
   *
   * @default {rangeSize}
   */
  readonly firstBytes?: number;
  /**
   * The size of a download's further ranges; the last may be smaller.
   *
   * @default {16 MiB}
   */
  readonly rangeSize?: number;
  /**
   * The smallest size to which ranges may shrink, so that all connections end together.
   *
   * @default {rangeSize}
   */
  readonly smallestRange?: number;
  /**
   * The smallest size to which ranges may shrink beside a first body that comes slowly, as long as each brings bytes
   * for ten milliseconds. On a connection that has to be opened first it may bring less.
   *
   * @default {smallestRange}
   */
  readonly smallestSlowRange?: number;
  /**
   * Bytes per second that are enough on one connection: a download whose
   * first body is the whole object and comes that fast takes no ranges. Below
   * it, of objects that have four times `smallestRange` or sixteen times `smallestSlowRange`, ranges take over from
   * the end, and the body is left where they meet. Left out: ranges are taken
   * at once, and only of what the first body has not.
   */
  readonly sufficientRate?: number;
  /**
   * The number of parts or ranges that are under way at once.
   *
   * @default {4}
   */
  readonly parallel?: number;
  /**
   * The number that may be under way at once where all of `parallel` together are slower than `sufficientRate`.
   *
   * @default {parallel}
   */
  readonly mostParallel?: number;
  /**
   * The most bytes that are held of a stream that is stored in parts, so that a part can be sent
   * again: as many parts are under way at once as fit in, and at least one.
   *
   * @default {32 MiB}
   */
  readonly heldBytes?: number;
}

/**
 * Bytes of the local source. It may be read more than once, for internal
 * retries; only those of a large stream in a single `put`, of a driver without `startUpload`, can be
 * had once and in order. Its methods reject with the local error if the source cannot be
 * read, or has changed since the operation began; a driver may let that
 * through in whatever wrapping its HTTP client gives it.
 */
export interface UploadBody {
  /** Its size in bytes. */
  readonly size: number;
  /** All of them, where they are in memory: to be read only. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /**
   * Reads the bytes in order, in chunks that belong to the reader. Progress
   * is counted as the chunks are asked for.
   *
   * @param into Bytes per chunk; the last may be smaller. Or a buffer that every chunk is read into: it may be changed again when the next chunk is asked for, and not before. @default {1 MiB}
   */
  chunks(
    into?: number | Uint8Array<ArrayBuffer>,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /**
   * Fills a buffer from a position. Progress is not counted until the part
   * is written.
   *
   * @param buffer What to fill, whole; `position + buffer.length ≤ size`.
   * @param position Bytes from the start of this body.
   */
  read(buffer: Uint8Array, position: number): Promise<void>;
}

/** An upload in parts that {@linkcode StoreDriver.startUpload} has begun. */
export interface PartUpload {
  /**
   * Writes one part. Parts are written side by side and in any order.
   *
   * @param part Which part it is, and its bytes.
   * @param options The signal.
   * @returns When the service has confirmed the part.
   * @throws {StoreFailure} `TRANSIENT` for a lost connection or a busy service, `PERMISSION_DENIED` for a refusal; what reading the source threw, as it is; `signal.reason` once aborted.
   */
  writePart(part: UploadPart, options: DriverOptions): Promise<void>;
  /**
   * Makes the object visible, in one step, when every part is written. Look at the signal
   * immediately before that step: what was aborted is not made visible afterwards (clause 8).
   *
   * @param options The signal.
   * @returns When the service has confirmed the object.
   * @throws {StoreFailure} As `writePart`; `TRANSIENT` also where the answer was lost and it is not known whether the object is stored.
   */
  commit(options: DriverOptions): Promise<void>;
  /**
   * Asks the service to forget the upload and its parts. Called at most once,
   * after a failure or an abort, when every `writePart` has settled; also
   * after a `commit` that failed, which may have taken effect all the same:
   * the object is not to be touched then. The signal bounds it. What it throws is ignored.
   *
   * @param options A signal that fires when the time for it is over.
   */
  discard(options: DriverOptions): Promise<void>;
}

/** One part of an upload. */
export interface UploadPart extends UploadBody {
  /** The part's number, from 0. */
  readonly index: number;
  /** Offset in the object of its first byte. */
  readonly offset: number;
}

/** One version of an object that {@linkcode StoreDriver.open} has opened. */
export interface OpenObject {
  /** The size in bytes of the whole object. */
  readonly size: number;
  /** The number of bytes in `body`: without `readRange` all from its beginning, or those of the {@linkcode OpenOptions.range}. */
  readonly bodySize: number;
  /**
   * Offset in the object of the first byte of `body`: the start of the {@linkcode OpenOptions.range}, where the driver has asked for that piece.
   *
   * @default {0}
   */
  readonly bodyOffset?: number;
  /**
   * The CRC-32 of the whole object, where the service tells it: then what has
   * come is compared with it (clause 25), also where it came in ranges.
   */
  readonly crc32?: number;
  /** `bodySize` bytes. It may be left early, by its iterator's `return`. A chunk is used before the next one is asked for, so its buffer may be used again. */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Reads further bytes *of the same version*, side by side with the body and
   * with other ranges. If the version is gone, by replacing or deleting the
   * object, a transient failure.
   *
   * @param offset Where to begin, in bytes.
   * @param length How many bytes.
   * @param options The signal.
   * @returns The bytes, exactly `length` of them.
   * @throws {StoreFailure} `TRANSIENT` if the version is gone or the connection is lost; any other where ranges cannot be had: the store goes on with `body` if that still comes.
   */
  readRange?(
    offset: number,
    length: number,
    options: DriverOptions,
  ): AsyncIterable<Uint8Array>;
  /**
   * Releases what `open` has taken. Always called, once. Nobody hears of a rejection: it would hide why
   * a transfer failed, and what has come whole stays whole. Check what has to be true of the bytes in
   * `body`, behind the last chunk.
   */
  close?(): Promise<void>;
}

/** A failure of the service, as the caller is to see it. */
export interface Failure {
  /** The code of the error that the caller gets. */
  readonly code: ObjectStoreErrorCode;
  /** The end of the message after `Cannot download "s3://bucket/a": `, without a secret. */
  readonly reason: string;
}

/**
 * A failure of the service that a driver has understood itself: it may be thrown by every method.
 *
 * @example Translating a status of the service
 * ```ts
 * import { StoreFailure } from "@storekit/object-store/driver";
 *
 * export async function checkAnswer(answer: Response): Promise<void> {
 *   if (answer.ok) return;
 *   await answer.body?.cancel();
 *   if (answer.status === 404) throw new StoreFailure("OBJECT_NOT_FOUND", "object not found");
 *   if (answer.status === 403) throw new StoreFailure("PERMISSION_DENIED", "access denied");
 *   if (answer.status >= 500) throw new StoreFailure("TRANSIENT", `status ${answer.status}`);
 *   throw new StoreFailure("OTHER", `status ${answer.status}`);
 * }
 * ```
 */
export class StoreFailure extends Error implements Failure {
  /** The name of its class. */
  override readonly name: string = "StoreFailure";
  /** The code of the error that the caller gets. */
  readonly code: ObjectStoreErrorCode;
  /** The end of the message that the caller gets. */
  readonly reason: string;

  /**
   * Makes the failure.
   *
   * @param code The code of the error that the caller gets.
   * @param reason The end of the message, without a secret.
   * @param options The cause, if there is one.
   */
  constructor(
    code: ObjectStoreErrorCode,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.code = code;
    this.reason = reason;
  }
}
