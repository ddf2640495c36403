import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";

/** A load above this is taken for this: a machine on which nothing moves any more judges nobody. */
const MOST = 16;
/** Milliseconds for which one look is good. */
const FRESH_MS = 100;

let looked: { at: number; load: number } | undefined;

/**
 * The number of times that this machine is slower than an idle one: threads
 * that want a processor for each one there is, from 1 to 16. Where the system
 * does not tell what runs right now, its average of the last minute.
 */
export function machineLoad(): number {
  const now = performance.now();
  if (looked === undefined || now - looked.at > FRESH_MS) {
    looked = { at: now, load: toLoad(countRunnable(), availableParallelism()) };
  }
  return looked.load;
}

/** As {@linkcode machineLoad}, of so many threads on so many processors. */
export function toLoad(runnable: number, processors: number): number {
  return Math.min(MOST, Math.max(1, runnable / processors));
}

function countRunnable(): number {
  try {
    // "0.20 0.18 0.12 1/80 11206": of 80 threads one runs or could.
    const [, count] = / (\d+)\/\d+ /.exec(
      readFileSync("/proc/loadavg", "latin1"),
    ) ?? [];
    if (count !== undefined) return Number(count);
  } catch {
    // Another system, or one that does not let itself be looked at.
  }
  try {
    return loadavg()[0] ?? 0;
  } catch {
    return 0;
  }
}
