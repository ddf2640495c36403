import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectStore,
  ReadableObjectStore,
  WritableObjectStore,
} from "../object_store.ts";
import {
  ListableRetryObjectStore,
  RetryObjectStore,
} from "./retrying_store.ts";
import { isListable } from "../powers.ts";
import { checkRetryOptions, type RetryOptions } from "./options.ts";

/** A store that tries again: an `ObjectStore` with those of the optional powers that `Store` has. */
export type RetryingStore<Store extends ObjectStore> =
  & ObjectStore
  & Pick<
    Store,
    & keyof Store
    & keyof (
      & DeletableObjectStore
      & ListableObjectStore
      & ReadableObjectStore
      & WritableObjectStore
    )
  >;

/**
 * Wraps a store so that each operation is tried again after a transient
 * failure, as {@linkcode retryTransient} does it (clause 30). What the
 * contract says of one call holds for all attempts together:
 *
 * - a relative path is made absolute before the first attempt (clause 16);
 * - the inner store checks the arguments, in its order (clause 17);
 * - the callback's count never goes back, is silent while a new attempt
 *   catches up, and reports `(total, total)` once (clauses 18 and 19);
 * - what the callback throws, and the caller's abort, ends the operation,
 *   whatever its class; an abort during a wait does so at once.
 *
 * The store's own retries come inside: three of its attempts in each of five are
 * fifteen requests. The `attempts` of an S3 store say how all of them stack.
 *
 * `readObject()` is tried again until the stream is given; what is lost of the stream later is asked for
 * again by the store itself, within its own bounds, and then errors it. `writeObject()` of a stream is
 * tried again only if none of its bytes were read: give bytes, a text or a `Blob` if it is to be.
 *
 * A listing that fails begins again and leaves out the names it has given,
 * which it remembers until it ends; its attempts count anew after each name.
 *
 * `close()` waits for the operations of this wrapper, waits between attempts
 * included, and then closes the inner store. An iteration of `listObjects`
 * that nobody is waiting for does not hold it up.
 *
 * @typeParam Store The store's type.
 * @param store The store to wrap. It belongs to the wrapper from then on.
 * @param options Attempts, waits, a hook, and a signal for all operations.
 * @returns A store with the optional powers that `store` has.
 * @throws {TypeError} If `store` is not a store, or an option is unknown or of
 * the wrong type.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, withRetry } from "@storekit/object-store";
 *
 * const root = await Deno.makeTempDir();
 * try {
 *   await using store = withRetry(new FileSystemObjectStore({ root }), { maxAttempts: 3 });
 *   await Deno.writeTextFile(`${root}/note.txt`, "hello");
 *   await store.uploadObject("notes/first", `${root}/note.txt`);
 *   if (await store.getObjectSize("notes/first") !== 5) throw new Error("Not as documented");
 * } finally {
 *   await Deno.remove(root, { recursive: true });
 * }
 * ```
 */
export function withRetry<Store extends ObjectStore>(
  store: Store,
  options: RetryOptions = {},
): RetryingStore<Store> {
  checkStore(store);
  const checked = checkRetryOptions(options);
  const retrying = isListable(store)
    ? new ListableRetryObjectStore(store, checked)
    : new RetryObjectStore(store, checked);
  return retrying as ObjectStore as RetryingStore<Store>;
}

function checkStore(store: unknown): void {
  const methods = [
    "getUri",
    "getObjectSize",
    "uploadObject",
    "downloadObject",
    "close",
  ];
  const members = Object(store);
  const missing = methods.find((name) => typeof members[name] !== "function");
  if (missing === undefined) return;
  throw new TypeError(
    `Cannot wrap a store as 'store' must be an ObjectStore: '${missing}' is ${
      members[missing]
    }`,
  );
}
