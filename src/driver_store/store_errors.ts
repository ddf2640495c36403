import { type Failure, type StoreDriver, StoreFailure } from "../driver.ts";
import {
  BucketNotFoundError,
  FileExistsError,
  InvalidObjectNameError,
  isObjectStoreError,
  ObjectNameConflictError,
  ObjectNotFoundError,
  ObjectStoreClosedError,
  ObjectStoreError,
  type ObjectStoreErrorCode,
  type ObjectStoreErrorOptions,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../errors.ts";

/** An operation in words, for its errors. */
export interface Call {
  /** `Cannot <action>`. */
  readonly action: string;
  /** The object's name; left out when there is none, as in a listing. */
  readonly objectName?: string;
  /** The URI of the object, or of the place that is listed. */
  readonly uri?: string;
}

type ErrorClass = new (
  message: string,
  options?: ObjectStoreErrorOptions,
) => Error;

const CLASSES: Readonly<Record<ObjectStoreErrorCode, ErrorClass>> = {
  OBJECT_NOT_FOUND: ObjectNotFoundError,
  FILE_EXISTS: FileExistsError,
  INVALID_OBJECT_NAME: InvalidObjectNameError,
  OBJECT_NAME_CONFLICT: ObjectNameConflictError,
  TRANSIENT: ObjectStoreTransientError,
  PERMISSION_DENIED: ObjectStorePermissionError,
  BUCKET_NOT_FOUND: BucketNotFoundError,
  CLOSED: ObjectStoreClosedError,
  OTHER: ObjectStoreError,
};

/**
 * Makes the error of a store for a failure, as `Cannot download
 * "s3://bucket/a": object not found`.
 *
 * @param failure Its code and reason.
 * @param call What was being done.
 * @param cause What made it fail, if something did.
 */
export function makeError(
  { code, reason }: Failure,
  { action, objectName, uri }: Call,
  cause?: unknown,
): Error {
  const what = uri === undefined ? "" : ` "${uri}"`;
  return new CLASSES[code](`Cannot ${action}${what}: ${reason}`, {
    objectName,
    uri,
    cause,
  });
}

/**
 * Translates what a driver threw into what the caller gets: an error of the
 * store if it is an answer of the service, otherwise the very value.
 *
 * @param error What was thrown.
 * @param driver The driver.
 * @param call What was being done.
 */
export function translateError(
  error: unknown,
  driver: StoreDriver,
  call: Call,
): unknown {
  if (error instanceof StoreFailure) return makeError(error, call, error.cause);
  if (isObjectStoreError(error)) return error;
  const failure = driver.classify?.(error);
  return failure ? makeError(failure, call, error) : error;
}
