import type { StorePace } from "../model/pace.ts";

const MIB = 2 ** 20;

/** Tells how fast the store was when the run began, and what the kit has made of it, in one sentence. */
export function formatPace(pace: StorePace): string {
  const { requestMs, uploadRate, downloadRate, load, largestTried } = pace;
  const measured = `measured: ${requestMs} ms for a small request, ${
    toRate(uploadRate)
  } up, ${toRate(downloadRate)} down${
    load > 1 ? `, on a machine with a load of ${load} for each processor` : ""
  }`;
  return largestTried === undefined
    ? measured
    : `${measured}; as it is slow, no object of more than ${
      (largestTried / MIB).toFixed(1)
    } MiB was tried, and what moves was waited for`;
}

function toRate(rate: number): string {
  const mib = rate / MIB;
  return `${mib < 10 ? mib.toFixed(1) : Math.round(mib)} MiB/s`;
}
