// A weak set, so that what the caller threw is neither changed nor kept in memory.
const callerErrors = new WeakSet<object>();

/**
 * Remembers that a value is the caller's own: thrown by a callback, or the
 * reason of an abort. It is then never tried again, whatever its class
 * (clause 30).
 *
 * @param error What the caller threw or gave as a reason.
 */
export function rememberCallerError(error: unknown): void {
  if (typeof error === "object" && error !== null) callerErrors.add(error);
}

/**
 * Tells whether a value was remembered by {@linkcode rememberCallerError}.
 *
 * @param error Anything that was thrown.
 * @returns `true` only for an object that was remembered.
 */
export function isCallerError(error: unknown): boolean {
  return typeof error === "object" && error !== null && callerErrors.has(error);
}
