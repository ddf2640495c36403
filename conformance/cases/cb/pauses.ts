import { turn } from "../shared/transfers.ts";

/** Milliseconds that the pauses of one transfer may take altogether: half of it before its last tenth. */
const BUDGET_MS = 6_000;
const LAST_TENTH = 0.9;

/**
 * Makes the pauses of a callback that takes its time. A store may report each
 * byte and wait for each answer: what the callback takes is the kit's time and
 * not the store's, so once it has taken enough, calls are answered at once.
 * Calls at the end of a transfer, where parts are put together, have a share
 * of their own, and the last call always pauses.
 *
 * @returns What a callback awaits, with the share of the transfer that is done and the turns of the event loop.
 */
export function makePauses(): (done: number, turns?: number) => Promise<void> {
  const left = { before: BUDGET_MS / 2, atTheEnd: BUDGET_MS / 2 };
  return async (done, turns = 2) => {
    const when = done < LAST_TENTH ? "before" : "atTheEnd";
    if (left[when] <= 0 && done < 1) return;
    const start = performance.now();
    await turn(turns);
    left[when] -= performance.now() - start;
  };
}
