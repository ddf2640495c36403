import { settlesWithin } from "../../checks/ticks.ts";
import type { TransferCallback } from "../../../src/object_store.ts";

/** The time that the first waits for the others: a store may have fewer under way at once. */
const HOLD_MS = 1_000;

/**
 * A callback for downloads that are begun at once: holds each in its last
 * call until all are there, so that they publish at the same moment.
 *
 * @param count How many downloads have it.
 */
export function holdTogether(count: number): TransferCallback {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return async (bytes, total) => {
    if (bytes < total) return;
    if (++arrived === count) resolve();
    await settlesWithin(HOLD_MS, promise);
  };
}
