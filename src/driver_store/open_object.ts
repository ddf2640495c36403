import type { OpenObject, OpenOptions } from "../driver.ts";
import type { Operation } from "../operation/operation.ts";
import type { DriverCalls } from "./calls.ts";
import { checkSize } from "./check_size.ts";

/** Options of {@linkcode openObject}. */
export interface OpenObjectOptions extends Omit<OpenOptions, "signal"> {
  /** The operation that the object is read for. */
  readonly operation: Operation;
}

/**
 * Opens an object for reading.
 *
 * @param calls The store's calls.
 * @param key The object's key.
 * @param options How much of it.
 * @returns The object, whose sizes are in order. It has to be closed.
 */
export async function openObject(
  calls: DriverCalls,
  key: string,
  { operation, ...options }: OpenObjectOptions,
): Promise<OpenObject> {
  const { signal } = operation;
  const opening = calls.background(
    calls.driver.open(key, { ...options, signal }),
  );
  try {
    const object = await operation.race(opening);
    checkSize(object.size, "the object's size");
    checkSize(object.bodySize, "the body's size");
    checkSize(object.bodyOffset ?? 0, "the body's place");
    return object;
  } catch (error) {
    // Opened too late: nobody else will close it.
    calls.background(opening.then((object) => object.close?.()));
    throw error;
  }
}

/**
 * Lets go of an object, and waits a moment for it. Nobody hears that it failed: what made a transfer
 * fail is what the caller has to see, and an object of which everything has come is whole.
 *
 * @param calls The store's calls.
 * @param object The object.
 */
export async function closeObject(
  calls: DriverCalls,
  object: OpenObject,
): Promise<void> {
  if (!object.close) return;
  await calls.cleanUp((async () => await object.close?.())());
}
