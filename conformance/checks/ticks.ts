import { machineLoad } from "./machine_load.ts";

// Taken at once, so that a store that replaces the globals cannot stop the kit's clock.
const { setTimeout, clearTimeout } = globalThis;
const TICK_MS = 50;
/** The load of a run alone, with as many cases at once as there are processors and a service beside it. */
const OWN_LOAD = 2;

/** A time limit that can be called off. */
export interface Ticks {
  /** Resolves when the time is over. */
  readonly over: Promise<void>;
  /** Stops the clock; `over` never resolves then. */
  stop(): void;
}

/**
 * Counts a time in ticks of the event loop. A tick that comes late counts
 * once, so on a machine that is overloaded the time is longer than asked for,
 * and a correct store is not accused of what the machine did to this process.
 *
 * @param ms Milliseconds, at least.
 * @param mostLoad How many times longer it may be because of what the machine does to others, such as the service: see `machineLoad`. @default {1}
 */
export function countTicks(ms: number, mostLoad = 1): Ticks {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    function tick(left: number): void {
      if (left <= 0) return resolve();
      // Never less than a millisecond, so that what is left does come to its end.
      const next = Math.max(1, Math.min(left, TICK_MS));
      timer = setTimeout(
        () => tick(left - next / delayBy(mostLoad)),
        next,
      );
    }
    tick(ms);
  });
  return { over, stop: () => clearTimeout(timer) };
}

/** Computes how many times slower others are. A load that a run makes itself, by its jobs, explains nothing. */
function delayBy(mostLoad: number): number {
  if (mostLoad === 1) return 1;
  return Math.min(mostLoad, Math.max(1, machineLoad() / OWN_LOAD));
}

/**
 * Waits for a promise, but not longer than a time counted as
 * {@linkcode countTicks} does.
 *
 * @returns Whether the promise settled in time.
 */
export async function settlesWithin(
  ms: number,
  promise: Promise<unknown>,
  mostLoad?: number,
): Promise<boolean> {
  const ticks = countTicks(ms, mostLoad);
  try {
    return await Promise.race([
      promise.then(() => true, () => true),
      ticks.over.then(() => false),
    ]);
  } finally {
    ticks.stop();
  }
}

/** Waits until everything that is ready by now has run, so that a rejection nobody handles has been told. */
export async function drainEventLoop(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}
