/**
 * One exact contract for object stores, its errors, retrying, and a store in
 * the local file system. Importing it loads no SDK and needs no permission.
 *
 * What the author of a store for a new service needs is in the entries
 * `./driver` and `./local`.
 *
 * @module
 */
export type * from "./src/object_store.ts";
export * from "./src/errors.ts";
export { checkAccess, type CheckAccessOptions } from "./src/check_access.ts";
export {
  isDeletable,
  isListable,
  isReadable,
  isWritable,
} from "./src/powers.ts";
export {
  type RetryOptions,
  retryTransient,
} from "./src/retry/retry_transient.ts";
export { type RetryingStore, withRetry } from "./src/retry/with_retry.ts";
export {
  FileSystemObjectStore,
  type FileSystemObjectStoreOptions,
} from "./src/file_system/store.ts";
