/**
 * Everything for the author of a store for a new service: the `StoreDriver`
 * interface, and the class that makes an `ObjectStore` of a driver.
 *
 * @module
 */
export * from "../driver.ts";
export {
  DriverObjectStore,
  type DriverObjectStoreOptions,
  ListableDriverObjectStore,
} from "./driver_object_store.ts";
