/**
 * Opening a store by the URI of its place, and finding out whether it can be used.
 *
 * @module
 */
export {
  type BundledObjectStore,
  openObjectStore,
  type OpenObjectStoreOptions,
} from "./open_object_store.ts";
