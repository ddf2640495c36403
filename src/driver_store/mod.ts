/**
 * Everything for the author of a store for a new service: the `StoreDriver`
 * interface, the class that makes an `ObjectStore` of a driver, and what a driver
 * on `fetch` needs: an idle timeout, the meaning of errors and answers, a retry.
 *
 * @module
 */
export * from "../driver.ts";
export {
  DriverObjectStore,
  type DriverObjectStoreOptions,
  ListableDriverObjectStore,
} from "./driver_object_store.ts";
export { AnswerFailure } from "../requests/answer_failure.ts";
export {
  explainFetchError,
  type FetchErrorOptions,
} from "../requests/fetch_failure.ts";
export { IdleTimeout, SilentFailure } from "../requests/idle_timeout.ts";
export {
  retryRequest,
  type RetryRequestOptions,
} from "../requests/retry_request.ts";
