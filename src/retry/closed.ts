import type { OperationOptions } from "../object_store.ts";

/** The reason that the probe of a closed store is aborted with. */
const CLOSED = new Error("The store is closed");

/**
 * Has the inner store look at the arguments of an operation that is refused:
 * that comes before "closed" (clause 17), and only the store knows its names.
 * It is given a signal that is aborted already, and so does nothing else.
 *
 * @param options What the caller gave.
 * @param operate Begins the operation with other options.
 * @throws What the store says of the arguments, or of itself if it is closed.
 */
export async function probeArguments<O extends OperationOptions>(
  options: O | undefined,
  operate: (options: O | undefined) => Promise<unknown>,
): Promise<void> {
  try {
    await operate(abortOptions(options));
  } catch (error) {
    if (error !== CLOSED) throw error;
  }
}

/** Copies options; those of the wrong type stay as they are, for the store to refuse. */
function abortOptions<O extends OperationOptions>(
  options: O | undefined,
): O | undefined {
  const signal = options?.signal;
  const isRefused = typeof (options ?? {}) !== "object" ||
    (signal !== undefined && !(signal instanceof AbortSignal));
  return isRefused
    ? options
    : { ...options, signal: AbortSignal.abort(CLOSED) } as O;
}
