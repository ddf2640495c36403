import {
  type AnyObjectStoreError,
  isObjectStoreError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "./errors.ts";
import type {
  DeletableObjectStore,
  ObjectStore,
  OperationOptions,
  WritableObjectStore,
} from "./object_store.ts";
import { isDeletable, isWritable } from "./powers.ts";
import { refuseUnknown } from "./refusal.ts";

/** Options of {@linkcode checkAccess}. */
export interface CheckAccessOptions extends OperationOptions {
  /**
   * True to find out about storing and deleting, too: a small object with a fresh name is stored and
   * removed.
   *
   * @default {false}
   */
  write?: boolean;
  /**
   * The name of an object that is there. Without it a name is asked for that is free, which services
   * tell only those who may list the bucket.
   *
   * @default {a fresh name}
   */
  objectName?: string;
}

/**
 * Finds out in a few requests whether a store can be used, so that a program fails at its start and not
 * after hours (clause 36): whether the service is there, knows the credentials, has the bucket, and
 * lets objects be read, and with `write` be stored and removed.
 *
 * @param store Any store; with `write` one with `writeObject` and `deleteObject`.
 * @param options What is tried.
 * @returns When the store can be used.
 * @throws The error that an operation would have met. Its message tells what to do next.
 * @throws {TypeError} If the store cannot do what is to be tried.
 *
 * @example
 * ```ts
 * import { checkAccess, FileSystemObjectStore } from "@storekit/object-store";
 *
 * const root = await Deno.makeTempDir();
 * await using store = new FileSystemObjectStore({ root });
 * await checkAccess(store, { write: true });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function checkAccess(
  store: ObjectStore,
  options: CheckAccessOptions = {},
): Promise<void> {
  refuseUnknown("check the access", options, NAMES);
  const { write = false, objectName, signal } = options;
  const rest: OperationOptions = signal ? { signal } : {};
  const trial = write ? withPowers(store) : undefined;
  const fresh = `object-store-check-${crypto.randomUUID()}`;
  try {
    await store.getObjectSize(objectName ?? fresh, rest);
  } catch (error) {
    const isFree = objectName === undefined && isObjectStoreError(error) &&
      error.code === "OBJECT_NOT_FOUND";
    if (!isFree) throw withHint(error, objectName ? undefined : MAY_NOT_LIST);
  }
  if (trial) await checkWriting(trial, fresh, rest);
}

const NAMES = new Set(["write", "objectName", "signal"]);
const MAY_NOT_LIST =
  "credentials that may read and not list are refused names that are free: give 'objectName' of an object that is there, or allow listing the bucket";
const MAY_NOT_WRITE =
  "storing an object was tried: allow it, or check without 'write'";

function withPowers(
  store: ObjectStore,
): WritableObjectStore & DeletableObjectStore {
  if (isWritable(store) && isDeletable(store)) return store;
  throw new TypeError(
    "Cannot check writing as the store must have 'writeObject' and 'deleteObject'",
  );
}

async function checkWriting(
  store: WritableObjectStore & DeletableObjectStore,
  name: string,
  options: OperationOptions,
): Promise<void> {
  try {
    await store.writeObject(name, "", options);
  } catch (error) {
    // The answer to the upload may have been lost, and nobody else would remove the object.
    const removing = store.deleteObject(name).catch(() => {});
    // An abort does not wait for a service that may be silent; the store's `close()` does (clause 21).
    if (!options.signal?.aborted) await removing;
    throw withHint(error, MAY_NOT_WRITE);
  }
  try {
    await store.deleteObject(name, options);
  } catch (error) {
    throw withHint(
      error,
      `the object ${
        JSON.stringify(name)
      } was stored to try it and stays: allow deleting, and remove it`,
    );
  }
}

/** The same error with what to do next, where that is not in it yet. */
function withHint(error: unknown, denied: string | undefined): unknown {
  if (!isObjectStoreError(error)) return error;
  if (error.code === "PERMISSION_DENIED" && denied !== undefined) {
    return new ObjectStorePermissionError(...parts(error, denied));
  }
  if (error.code !== "TRANSIENT") return error;
  return new ObjectStoreTransientError(...parts(
    error,
    "the service may be down or busy, or its address wrong: check 'endpoint', and try again",
  ));
}

function parts(
  error: AnyObjectStoreError,
  hint: string,
): [string, ConstructorParameters<typeof ObjectStorePermissionError>[1]] {
  const { message, objectName, uri } = error;
  return [`${message}; ${hint}`, { objectName, uri, cause: error }];
}
