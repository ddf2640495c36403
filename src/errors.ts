/** The `code` of every error of a store (clause 22). */
export type ObjectStoreErrorCode =
  | "OBJECT_NOT_FOUND"
  | "FILE_EXISTS"
  | "INVALID_OBJECT_NAME"
  | "OBJECT_NAME_CONFLICT"
  | "TRANSIENT"
  | "PERMISSION_DENIED"
  | "BUCKET_NOT_FOUND"
  | "CLOSED"
  | "OTHER";

/** Members of an error of a store besides its message. */
export interface ObjectStoreErrorOptions {
  /** The object's name, as the caller gave it. */
  objectName?: string | undefined;
  /** The object's URI. It holds no secret. */
  uri?: string | undefined;
  /** The error that made it fail, if one did. It holds no secret either. */
  cause?: unknown;
}

/** An error of a store that {@linkcode isObjectStoreError} has recognised, whoever made it. */
export interface AnyObjectStoreError extends Error {
  /** The stable code of its class. */
  readonly code: ObjectStoreErrorCode;
  /** The object's name, as the caller gave it. */
  readonly objectName?: string | undefined;
  /** The object's URI. */
  readonly uri?: string | undefined;
}

// Two copies of the package share this symbol, so each knows the other's errors.
const BRAND: unique symbol = Symbol.for("@storekit/object-store/error");

/**
 * An error of a store: what all of them are, and itself any answer of the service that no other
 * class names (code `OTHER`), which is not worth trying again unchanged (clause 22).
 *
 * `instanceof` works on these classes across copies of the package: by brand and code, not by the
 * identity of a class.
 *
 * @example Telling errors of the store from those of local files
 * ```ts
 * import { ObjectNotFoundError, ObjectStoreError } from "@storekit/object-store";
 *
 * const error: unknown = new ObjectNotFoundError("Cannot download: object not found");
 * console.log(error instanceof ObjectStoreError); // true
 * console.log(error instanceof ObjectNotFoundError && error.code); // OBJECT_NOT_FOUND
 * ```
 */
export class ObjectStoreError extends Error {
  /** The literal name of its class. */
  override readonly name: string = "ObjectStoreError";
  /** The stable code of its class. */
  readonly code: ObjectStoreErrorCode = "OTHER";
  /** The object's name, as the caller gave it. */
  readonly objectName: string | undefined;
  /** The object's URI. */
  readonly uri: string | undefined;

  /**
   * Makes the error.
   *
   * @param message The action, the URI and the reason.
   * @param options Name, URI and cause.
   */
  constructor(message: string, options?: ObjectStoreErrorOptions) {
    super(message, causeOf(options));
    this.objectName = options?.objectName;
    this.uri = options?.uri;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Recognises an equal error of another copy of the package as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // Inherited, so it has to ask which class `instanceof` named.
    if (this === ObjectStoreError) return isObjectStoreError(value);
    const code = CODES.get(this);
    return code === undefined
      ? Function.prototype[Symbol.hasInstance].call(this, value)
      : isObjectStoreError(value) && value.code === code;
  }
}

/**
 * There is no such object (clauses 7 and 22). In Deno it is a
 * `Deno.errors.NotFound` too. A missing *local* file is never this error.
 *
 * @example Going on without an object
 * ```ts
 * import { FileSystemObjectStore, ObjectNotFoundError } from "@storekit/object-store";
 *
 * await using store = new FileSystemObjectStore({ root: "/nowhere" });
 * try {
 *   await store.getObjectSize("model.bin");
 * } catch (error) {
 *   if (!(error instanceof ObjectNotFoundError)) throw error;
 *   console.log(error.objectName); // model.bin
 * }
 * ```
 */
export class ObjectNotFoundError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "ObjectNotFoundError";
  /** The stable code of this class. */
  override readonly code =
    "OBJECT_NOT_FOUND" as const satisfies ObjectStoreErrorCode;
}

/**
 * The destination of a download exists and `overwrite` is not `true`
 * (clause 11). In Deno it is a `Deno.errors.AlreadyExists` too.
 *
 * @example A destination that is there already
 * ```ts
 * import { FileExistsError, FileSystemObjectStore } from "@storekit/object-store";
 *
 * const directory = await Deno.makeTempDir();
 * await using store = new FileSystemObjectStore({ root: `${directory}/objects` });
 * try {
 *   await Deno.writeTextFile(`${directory}/a`, "mine");
 *   await store.downloadObject("a", `${directory}/a`);
 * } catch (error) {
 *   console.log(error instanceof FileExistsError); // true
 * } finally {
 *   await Deno.remove(directory, { recursive: true });
 * }
 * ```
 */
export class FileExistsError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "FileExistsError";
  /** The stable code of this class. */
  override readonly code =
    "FILE_EXISTS" as const satisfies ObjectStoreErrorCode;
}

/**
 * The name is not valid, not kept by this store, or not a file name on the
 * local system where one is needed (clauses 1, 2 and 10).
 *
 * @example A name with a NUL
 * ```ts
 * import { FileSystemObjectStore, InvalidObjectNameError } from "@storekit/object-store";
 *
 * await using store = new FileSystemObjectStore({ root: "/nowhere" });
 * try {
 *   store.getUri("a\0b");
 * } catch (error) {
 *   console.log(error instanceof InvalidObjectNameError); // true
 * }
 * ```
 */
export class InvalidObjectNameError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "InvalidObjectNameError";
  /** The stable code of this class. */
  override readonly code =
    "INVALID_OBJECT_NAME" as const satisfies ObjectStoreErrorCode;
}

/**
 * The store cannot hold this object beside an existing one, as with `a` and
 * `a/b` where the namespace is not flat (clause 3). The first is unharmed.
 *
 * @example Telling a name conflict by its code
 * ```ts
 * import { isObjectStoreError, ObjectNameConflictError } from "@storekit/object-store";
 *
 * const error: unknown = new ObjectNameConflictError("Cannot upload: 'a' is an object");
 * console.log(isObjectStoreError(error) && error.code); // OBJECT_NAME_CONFLICT
 * ```
 */
export class ObjectNameConflictError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "ObjectNameConflictError";
  /** The stable code of this class. */
  override readonly code =
    "OBJECT_NAME_CONFLICT" as const satisfies ObjectStoreErrorCode;
}

/**
 * A failure worth trying again unchanged: the service was busy, a connection
 * was lost, a body was truncated or corrupted, an object was replaced during
 * its download (clause 25). See `retryTransient()`.
 *
 * @example An operation of one's own that `retryTransient()` tries again
 * ```ts
 * import { ObjectStoreTransientError, retryTransient } from "@storekit/object-store";
 *
 * let isFirst = true;
 * const answer = await retryTransient(() => {
 *   if (!isFirst) return "here";
 *   isFirst = false;
 *   throw new ObjectStoreTransientError("Cannot ask the index: busy");
 * }, { minTimeout: 1 });
 * console.log(answer); // here
 * ```
 */
export class ObjectStoreTransientError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "ObjectStoreTransientError";
  /** The stable code of this class. */
  override readonly code = "TRANSIENT" as const satisfies ObjectStoreErrorCode;
}

/**
 * The service refused: credentials are missing, wrong or not allowed to do
 * this (clause 24). Never for local files, whose errors pass through.
 *
 * @example Saying what to do about a refusal
 * ```ts
 * import { type ObjectStore, ObjectStorePermissionError } from "@storekit/object-store";
 *
 * export async function uploadModel(store: ObjectStore): Promise<void> {
 *   try {
 *     await store.uploadObject("model.bin", "./model.bin");
 *   } catch (error) {
 *     if (!(error instanceof ObjectStorePermissionError)) throw error;
 *     throw new Error(`Cannot write ${error.uri}: ask for s3:PutObject`, { cause: error });
 *   }
 * }
 * ```
 */
export class ObjectStorePermissionError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "ObjectStorePermissionError";
  /** The stable code of this class. */
  override readonly code =
    "PERMISSION_DENIED" as const satisfies ObjectStoreErrorCode;
}

/**
 * The bucket or container is missing (clause 24), not only the object.
 *
 * @example Telling a missing bucket from a missing object
 * ```ts
 * import { BucketNotFoundError, ObjectNotFoundError, type ObjectStore } from "@storekit/object-store";
 *
 * export async function isThere(store: ObjectStore, objectName: string): Promise<boolean> {
 *   try {
 *     await store.getObjectSize(objectName);
 *     return true;
 *   } catch (error) {
 *     if (error instanceof ObjectNotFoundError) return false;
 *     if (error instanceof BucketNotFoundError) console.error("Make the bucket first");
 *     throw error;
 *   }
 * }
 * ```
 */
export class BucketNotFoundError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "BucketNotFoundError";
  /** The stable code of this class. */
  override readonly code =
    "BUCKET_NOT_FOUND" as const satisfies ObjectStoreErrorCode;
}

/**
 * The operation began after `close()` was called (clause 28).
 *
 * @example A store that is used after its end
 * ```ts
 * import { FileSystemObjectStore, ObjectStoreClosedError } from "@storekit/object-store";
 *
 * const store = new FileSystemObjectStore({ root: "/nowhere" });
 * await store.close();
 * try {
 *   await store.getObjectSize("a");
 * } catch (error) {
 *   console.log(error instanceof ObjectStoreClosedError); // true
 * }
 * ```
 */
export class ObjectStoreClosedError extends ObjectStoreError {
  /** The literal name of its class. */
  override readonly name: string = "ObjectStoreClosedError";
  /** The stable code of this class. */
  override readonly code = "CLOSED" as const satisfies ObjectStoreErrorCode;
}

const CODES: ReadonlyMap<unknown, ObjectStoreErrorCode> = new Map<
  unknown,
  ObjectStoreErrorCode
>([
  [ObjectStoreError, "OTHER"],
  [ObjectNotFoundError, "OBJECT_NOT_FOUND"],
  [FileExistsError, "FILE_EXISTS"],
  [InvalidObjectNameError, "INVALID_OBJECT_NAME"],
  [ObjectNameConflictError, "OBJECT_NAME_CONFLICT"],
  [ObjectStoreTransientError, "TRANSIENT"],
  [ObjectStorePermissionError, "PERMISSION_DENIED"],
  [BucketNotFoundError, "BUCKET_NOT_FOUND"],
  [ObjectStoreClosedError, "CLOSED"],
]);
const KNOWN: ReadonlySet<string> = new Set(CODES.values());

// In Deno `error instanceof Deno.errors.NotFound` has to hold; elsewhere there is no such class, and
// extending it would fail at import. `instanceof ObjectStoreError` does not go by prototypes.
const denoErrors = (globalThis as unknown as {
  Deno?: { errors?: Record<string, ErrorConstructor> };
}).Deno?.errors;
if (denoErrors?.NotFound && denoErrors.AlreadyExists) {
  Object.setPrototypeOf(
    ObjectNotFoundError.prototype,
    denoErrors.NotFound.prototype,
  );
  Object.setPrototypeOf(
    FileExistsError.prototype,
    denoErrors.AlreadyExists.prototype,
  );
}

/**
 * Tells whether a value is an error of a store, this copy's or another's, by brand
 * and code (clause 22). Local file errors and what a callback threw are not.
 *
 * @param value Anything that was thrown.
 * @returns `true` for an error with one of the codes of this package.
 *
 * @example Telling what the store said from a local failure
 * ```ts
 * import { FileSystemObjectStore, isObjectStoreError } from "@storekit/object-store";
 *
 * await using store = new FileSystemObjectStore({ root: "/nowhere" });
 * try {
 *   await store.uploadObject("a", "/nowhere/a");
 * } catch (error) {
 *   // The local file is missing: that is no error of the store.
 *   console.log(isObjectStoreError(error)); // false
 * }
 * ```
 */
export function isObjectStoreError(
  value: unknown,
): value is AnyObjectStoreError {
  if (typeof value !== "object" || value === null) return false;
  const error = value as { [BRAND]?: unknown; code?: unknown };
  return Boolean(error[BRAND]) && KNOWN.has(error.code as string);
}

/**
 * Tells whether a value is a failure worth trying again unchanged: an
 * `ObjectStoreTransientError`, also a subclass or another copy's (clause 25).
 *
 * @param value Anything that was thrown.
 * @returns `true` for an error of a store whose code is `TRANSIENT`.
 *
 * @example Trying again later
 * ```ts
 * import { isTransient, type ObjectStore } from "@storekit/object-store";
 *
 * // Uploads what can be uploaded now, and returns what to try again later.
 * export async function uploadAll(store: ObjectStore, names: string[]): Promise<string[]> {
 *   const later: string[] = [];
 *   for (const name of names) {
 *     try {
 *       await store.uploadObject(name, `./out/${name}`);
 *     } catch (error) {
 *       if (!isTransient(error)) throw error;
 *       later.push(name);
 *     }
 *   }
 *   return later;
 * }
 * ```
 */
export function isTransient(
  value: unknown,
): value is ObjectStoreTransientError {
  return isObjectStoreError(value) && value.code === "TRANSIENT";
}

function causeOf(
  options: ObjectStoreErrorOptions | undefined,
): ErrorOptions | undefined {
  // `{ cause: undefined }` would print an empty cause.
  return options?.cause === undefined ? undefined : { cause: options.cause };
}
