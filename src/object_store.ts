/**
 * A callback that is told how far a transfer has come, as whole bytes since its start (not as
 * increments) and the object's size. It may be asynchronous; see
 * {@linkcode UploadOptions.callback} for what is promised.
 *
 * @param bytesTransferred Bytes so far: an integer, `0 ≤ bytesTransferred ≤
 * totalBytes`, that never goes back, internal retries included (clause 18).
 * @param totalBytes The object's size in bytes. It changes only if the object
 * was replaced between two attempts (clause 18).
 */
export type TransferCallback = (
  bytesTransferred: number,
  totalBytes: number,
) => void | Promise<void>;

/** Options of every operation of an {@linkcode ObjectStore}. */
export interface OperationOptions {
  /**
   * Aborts the operation: it then rejects with `signal.reason` itself within
   * a second, also while the server is silent or a callback hangs. Local
   * clean-up is finished by then. A signal that is aborted already means no
   * I/O at all; an abort after success does nothing (clause 21).
   *
   * @default {undefined}
   */
  signal?: AbortSignal;
}

/** Options of {@linkcode ObjectStore.uploadObject}. */
export interface UploadOptions extends OperationOptions {
  /**
   * Called with the cumulative count of bytes, at least once, and
   * periodically for large objects. The last call is `(total, total)` and
   * comes before the promise settles: for an upload after the store has
   * confirmed the object, for a download when every byte is on disk and
   * verified, before publishing. No other failed transfer reports
   * `(total, total)`. An empty object gives exactly one `(0, 0)`. At most one
   * call is in progress at a time; while it is, intermediate values may be
   * skipped, never the last (clauses 18 and 19).
   *
   * A callback that throws or rejects makes the operation fail with that very
   * error (clause 20). Do not await `close()` in it (clause 28).
   *
   * @default {undefined}
   */
  callback?: TransferCallback;
}

/** Options of {@linkcode ObjectStore.downloadObject}. */
export interface DownloadOptions extends UploadOptions {
  /**
   * True to replace an existing destination file, in one step, by the complete
   * new file (clause 12). Otherwise an existing file (a dangling
   * symlink too) is a `FileExistsError` and nothing is transferred; one that
   * appears during the transfer is not replaced either (clause 11).
   *
   * @default {false}
   */
  overwrite?: boolean;
}

/**
 * A place where named objects are kept: upload a file, download one, ask its
 * size, compute its URI, close. Contract version 1.1.
 *
 * What holds for every method:
 *
 * - *Names* (clauses 1 to 4). A name is a non-empty, well-formed string of at
 *   most 1024 UTF-8 bytes (the store's prefix included) without NUL. Anything
 *   else is refused before any I/O: a `TypeError` for what is not a string,
 *   otherwise an `InvalidObjectNameError`. Names whose segments are 1 to 200
 *   bytes of `A–Z a–z 0–9 - _ .` and are not `.` or `..`, up to 512 bytes in
 *   all, work everywhere. Any other name is kept exactly or refused; it never
 *   becomes another name. The namespace is flat: `a` and `a/b` may both exist,
 *   or the second is an `ObjectNameConflictError`. An operation begun after an
 *   upload has resolved sees it, from any handle on the same place.
 * - *Filenames* (clause 16) are strings, always taken as paths, or `file:`
 *   URLs. A relative path is made absolute in the call itself.
 * - *Checks come in this order* (clause 17): argument types and the name;
 *   closed; signal; what is local; what the store says.
 * - *Errors* (clauses 22 to 27). Errors of the store are recognised with
 *   `isObjectStoreError()` and by their `code`. Local file errors pass through
 *   as they are. Asynchronous methods reject and never throw synchronously.
 *   After a failure the same store works, and the same call can be made again.
 * - *Sharing* (clause 29). One store may be used for many operations at once;
 *   the caller's options are never changed.
 */
export interface ObjectStore extends AsyncDisposable {
  /**
   * Computes the URI of a name, whether or not the object exists: synchronous,
   * without a request, the same before and after an upload and after
   * `close()`. Two names never share a URI; the store's bucket and prefix are
   * part of it, and no secret is (clause 5).
   *
   * @param objectName The object's name.
   * @returns The URI, for people and logs.
   * @throws {TypeError} If the name is not a string.
   * @throws {InvalidObjectNameError} If the name is not valid here.
   */
  getUri(objectName: string): string;

  /**
   * Asks the exact size of an object, without transferring its body
   * (clause 6).
   *
   * @param objectName The object's name.
   * @param options A signal.
   * @returns The size in bytes, a safe integer.
   * @throws {ObjectNotFoundError} If there is no such object, a mere
   * "directory" of other objects included (clause 7).
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   */
  getObjectSize(
    objectName: string,
    options?: OperationOptions,
  ): Promise<number>;

  /**
   * Stores the bytes of a local file under a name, replacing what had it. The
   * object becomes visible whole, in one step, at the latest when the promise
   * resolves; a failed or aborted upload leaves the old object, or none. Where
   * the answer to the committing request was lost, or the signal fired after
   * it was sent, the object is the old or the new one, whole (clause 8).
   *
   * The source is not changed, moved or locked; a symlink to a regular file is
   * fine. A source that changes while it is read gives an error or the bytes
   * of one moment, never a mixture (clause 9).
   *
   * @param objectName The object's name.
   * @param filename The local file to read.
   * @param options Progress callback and signal.
   * @throws The local error, if the source is missing, unreadable or not a
   * regular file; never an `ObjectNotFoundError`.
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   */
  uploadObject(
    objectName: string,
    filename: string | URL,
    options?: UploadOptions,
  ): Promise<void>;

  /**
   * Stores an object as a local file, in one step and only when it is complete
   * and of the exact size. On any failure, abort or throwing callback the
   * destination is as it was, and no temporary file is left, nor a directory
   * the call made (clauses 13 to 15).
   *
   * An existing directory, a symlink to one, or a path that ends in a
   * separator means *a file in that directory*, named like the last segment of
   * the object's name; missing directories are made (clause 10). The new file
   * is regular, with mode 0666 less umask.
   *
   * @param objectName The object's name.
   * @param filename The local file to write, or the directory to write it in.
   * @param options Overwriting, progress callback and signal.
   * @throws {FileExistsError} If the destination exists and `overwrite` is not
   * `true` (clause 11).
   * @throws {ObjectNotFoundError} If there is no such object.
   * @throws {InvalidObjectNameError} If the destination is a directory and the
   * name's last segment cannot be a file name on this system.
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   */
  downloadObject(
    objectName: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void>;

  /**
   * Lets the operations in flight finish, then releases every connection and
   * timer. Idempotent, also in parallel. Operations that begin afterwards
   * reject with `ObjectStoreClosedError`; `getUri` still answers.
   * `await using` does the same (clause 28).
   */
  close(): Promise<void>;
}

/** An {@linkcode ObjectStore} that can also name its objects. */
export interface ListableObjectStore extends ObjectStore {
  /**
   * Names every object whose name begins with `prefix`, exactly as the caller
   * knows it: without the store's own prefix, without the store's temporary or
   * metadata files, in no promised order.
   *
   * @param prefix What the names begin with: any string, not only whole
   * segments. The empty string, the default, means every object.
   * @param options A signal, looked at before each request.
   */
  listObjects(
    prefix?: string,
    options?: OperationOptions,
  ): AsyncIterable<string>;
}

/** Options of {@linkcode ReadableObjectStore.readObject}. */
export interface ReadObjectOptions extends OperationOptions {
  /**
   * The first byte that is wanted, counted from 0. Beyond the object's end
   * there are no bytes, which is no error (clause 31).
   *
   * @default {0}
   */
  offset?: number;
  /**
   * The most bytes that are wanted.
   *
   * @default {all that follow `offset`}
   */
  length?: number;
}

/** An object that is being read: its size, and its bytes, once (clause 31). */
export interface ObjectContent {
  /** The size in bytes of the whole object, however much of it was asked for. */
  readonly size: number;
  /**
   * The bytes that were asked for, of one version of the object. A stream that
   * cannot be completed, or fails its checksum, errors with the store's error
   * and never ends as if it were whole.
   *
   * It is pulled: no more than the store's documented buffer is held for a
   * reader that waits, and waiting is no silence of the service. Cancelling it
   * releases the connection at once; `close()` errors it with an
   * `ObjectStoreClosedError` (clause 32).
   */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Reads the stream to its end. Like the stream, it can be used once.
   *
   * @returns The bytes that were asked for.
   * @throws The store's error, if they cannot be had whole.
   * @throws {TypeError} If the stream has been used.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads the stream to its end as UTF-8. Like the stream, it can be used once.
   *
   * @returns The text; what is no UTF-8 becomes U+FFFD.
   * @throws The store's error, if the bytes cannot be had whole.
   * @throws {TypeError} If the stream has been used.
   */
  text(): Promise<string>;
}

/** An {@linkcode ObjectStore} that can also give an object's bytes without a file. */
export interface ReadableObjectStore extends ObjectStore {
  /**
   * Opens an object, or a range of it, for reading. Resolves once the object is
   * known to exist; its bytes are those of one version (clauses 31 and 32).
   *
   * @param objectName The object's name.
   * @param options The range and a signal, which also errors the stream.
   * @returns The object's size and its bytes. Read or cancel the stream: until
   * then a connection may be held for it.
   * @throws {ObjectNotFoundError} If there is no such object.
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   * @throws {RangeError} If `offset` or `length` is not a whole number from 0
   * to `Number.MAX_SAFE_INTEGER`.
   */
  readObject(
    objectName: string,
    options?: ReadObjectOptions,
  ): Promise<ObjectContent>;
}

/** Data that can be stored without a file: bytes, a text (as UTF-8), a `Blob`, or a stream. */
export type ObjectData =
  | Uint8Array
  | string
  | Blob
  | ReadableStream<Uint8Array>;

/** Options of {@linkcode WritableObjectStore.writeObject}. */
export interface WriteObjectOptions extends UploadOptions {
  /**
   * The size in bytes of a stream. One of another size fails with a
   * `RangeError` and stores nothing. Without it, a stream is stored all the
   * same, in bounded memory, and the callback is only called last (clause 33).
   *
   * @default {unknown for a stream, otherwise the size of the data}
   */
  size?: number;
  /**
   * The media type that the service keeps with the object, where it keeps one.
   *
   * @default {the store's own}
   */
  contentType?: string;
}

/** An {@linkcode ObjectStore} that can also store bytes that are in no file. */
export interface WritableObjectStore extends ObjectStore {
  /**
   * Stores data under a name, with every promise of an upload: whole or not at
   * all, progress, signal, errors (clause 33). On any failure a stream is
   * cancelled.
   *
   * @param objectName The object's name.
   * @param data The bytes of the whole object.
   * @param options The size of a stream, media type, progress callback and
   * signal.
   * @throws {TypeError} If the data is none of these, or a stream that is locked.
   * @throws {RangeError} If the data has another size than `size`.
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   * @throws The very error with which a stream errored.
   */
  writeObject(
    objectName: string,
    data: ObjectData,
    options?: WriteObjectOptions,
  ): Promise<void>;
}

/** An {@linkcode ObjectStore} that can also remove its objects. */
export interface DeletableObjectStore extends ObjectStore {
  /**
   * Removes an object. Resolves when it is gone, also if there was none. A
   * failed call leaves the object whole. Where the service keeps versions, the
   * newest is no longer found (clause 34).
   *
   * @param objectName The object's name.
   * @param options A signal.
   * @throws {ObjectStoreTransientError} If trying again is worth it.
   */
  deleteObject(objectName: string, options?: OperationOptions): Promise<void>;
}
