/**
 * Stands in for `@std/async` where JSR cannot be reached.
 *
 * @module
 */

export { abortable } from "./async_abortable.ts";
export { delay, type DelayOptions } from "./async_delay.ts";
export { retry, RetryError, type RetryOptions } from "./async_retry.ts";
