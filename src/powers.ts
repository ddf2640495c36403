import type { ListableObjectStore, ObjectStore } from "./object_store.ts";

/**
 * Tells whether a store can name its objects. It sees through `withRetry()`, whose store lists where
 * the one inside does.
 *
 * @param store Any store.
 * @returns `true` for a store with `listObjects`.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, isListable, type ObjectStore } from "@storekit/object-store";
 *
 * const store: ObjectStore = new FileSystemObjectStore({ root: "/tmp/objects" });
 * console.log(isListable(store)); // true
 * await store.close();
 * ```
 */
export function isListable(store: ObjectStore): store is ListableObjectStore {
  return "listObjects" in store && typeof store.listObjects === "function";
}
