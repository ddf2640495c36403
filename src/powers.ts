import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectStore,
  ReadableObjectStore,
  WritableObjectStore,
} from "./object_store.ts";

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
 * if (isListable(store)) console.log(await Array.fromAsync(store.listObjects("runs/")));
 * await store.close();
 * ```
 */
export function isListable(store: ObjectStore): store is ListableObjectStore {
  return hasMethod(store, "listObjects");
}

/**
 * Tells whether a store can give an object's bytes without a file (clause 31). It sees through
 * `withRetry()`, whose store can do so where the one inside can.
 *
 * @param store Any store.
 * @returns `true` for a store with `readObject`.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, isReadable, type ObjectStore } from "@storekit/object-store";
 *
 * const store: ObjectStore = new FileSystemObjectStore({ root: "/tmp/objects" });
 * if (isReadable(store)) {
 *   const { size } = await store.readObject("none").catch(() => ({ size: 0 }));
 *   console.log(size); // 0
 * }
 * await store.close();
 * ```
 */
export function isReadable(store: ObjectStore): store is ReadableObjectStore {
  return hasMethod(store, "readObject");
}

/**
 * Tells whether a store can store bytes that are in no file (clause 33). It sees through
 * `withRetry()`, whose store can do so where the one inside can.
 *
 * @param store Any store.
 * @returns `true` for a store with `writeObject`.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, isWritable, type ObjectStore } from "@storekit/object-store";
 *
 * const store: ObjectStore = new FileSystemObjectStore({ root: "/tmp/objects" });
 * if (isWritable(store)) await store.writeObject("note.txt", "hello");
 * await store.close();
 * ```
 */
export function isWritable(store: ObjectStore): store is WritableObjectStore {
  return hasMethod(store, "writeObject");
}

/**
 * Tells whether a store can remove its objects (clause 34). It sees through
 * `withRetry()`, whose store can do so where the one inside can.
 *
 * @param store Any store.
 * @returns `true` for a store with `deleteObject`.
 *
 * @example
 * ```ts
 * import { FileSystemObjectStore, isDeletable, type ObjectStore } from "@storekit/object-store";
 *
 * const store: ObjectStore = new FileSystemObjectStore({ root: "/tmp/objects" });
 * if (isDeletable(store)) await store.deleteObject("note.txt");
 * await store.close();
 * ```
 */
export function isDeletable(store: ObjectStore): store is DeletableObjectStore {
  return hasMethod(store, "deleteObject");
}

function hasMethod(store: ObjectStore, method: string): boolean {
  return typeof (store as unknown as Record<string, unknown>)[method] ===
    "function";
}
