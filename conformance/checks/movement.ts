import { AsyncLocalStorage } from "node:async_hooks";
import { settlesWithin } from "./ticks.ts";

/** Milliseconds between two looks whether something has moved. */
const LOOK_MS = 500;

/** Where nothing at all moves, a busy machine explains less: it slows, and does not stop. */
const LOADED = 2;

/** A count of signs that a case goes on: a callback was called, an operation began or ended. */
export class Movement {
  #count = 0;

  /** Counts how often something has moved. */
  get count(): number {
    return this.#count;
  }

  /** Something has moved. */
  readonly tell = (): void => {
    this.#count++;
  };
}

/** The movement of the case in which something runs. */
export const currentMovement: AsyncLocalStorage<Movement> =
  new AsyncLocalStorage();

/** Options of {@linkcode settlesWhileMoving}. */
export interface StillnessOptions {
  /** The time for which nothing may move, in milliseconds as `countTicks` counts them. */
  readonly quietMs: number;
  /** The state of what may move: two equal states, and nothing has moved. */
  readonly look: () => string | Promise<string>;
  /** After how many milliseconds it is given up, although something moves. @default Never. */
  readonly mostMs?: number;
}

/**
 * Waits for a promise as long as something moves. No clause promises speed:
 * what is slow is not what hangs.
 *
 * @returns `"settled"`, `"still"` if nothing has moved for that time, or `"slow"` if it has been given up.
 */
export async function settlesWhileMoving(
  promise: Promise<unknown>,
  { quietMs, look, mostMs = Infinity }: StillnessOptions,
): Promise<"settled" | "still" | "slow"> {
  const step = Math.min(LOOK_MS, quietMs / 4);
  let seen: string | undefined;
  let quiet = 0;
  for (let waited = 0; waited < mostMs; waited += step) {
    if (await settlesWithin(step, promise, LOADED)) return "settled";
    const now = await look();
    quiet = now === seen ? quiet + step : seen === undefined ? step : 0;
    seen = now;
    if (quiet >= quietMs) return "still";
  }
  return "slow";
}
