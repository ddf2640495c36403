/**
 * Stands in for `@std/async` where JSR cannot be reached.
 *
 * @module
 */

export { delay, type DelayOptions } from "./async_delay.ts";
export { retry, RetryError, type RetryOptions } from "./async_retry.ts";
