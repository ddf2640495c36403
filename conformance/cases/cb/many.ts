import type { Case } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import {
  expectTrace,
  needCalls,
  type Trace,
  traceCalls,
} from "../../checks/trace.ts";
import { checkStalledCounts } from "./stalled.ts";
import { makePauses } from "./pauses.ts";
import {
  expectSeveralCounts,
  severalCounts,
} from "../shared/several_counts.ts";
import { BIG, prepareTransfers } from "../shared/transfers.ts";

const MIB = 1024 * 1024;

/** The part of group CB about many calls: how often, of what, and side by side. */
export const cbManyCases: readonly Case[] = [{
  id: "CB-5",
  clauses: [19],
  level: "should",
  title: "a large transfer is reported periodically",
  explain:
    "An object of eight times 'limits.progressGranularity' should give at least four different counts. Check that progress is not only 0 and the total, or raise that limit.",
  timeoutMs: 60_000,
  async run(ctx) {
    const size = severalCounts(ctx);
    for (const transfer of await prepareTransfers(ctx, size, { salt: 5 })) {
      const trace = traceCalls();
      await transfer.start({ callback: trace.callback });
      const what = `${transfer.what} of ${size} bytes`;
      expectSeveralCounts(ctx, trace, what);
    }
  },
}, {
  id: "CB-6",
  clauses: [18],
  level: "must",
  title: "counts are totals so far, not increments",
  explain:
    "Equal increments never go back, so they pass for cumulative counts. With a proxy the wire is stopped in the middle, where the last count has to be within 'limits.progressGranularity' of the bytes that have passed. Without one they show as the same number again and again, whose sum is the object's size.",
  timeoutMs: 90_000,
  async run(ctx) {
    if (ctx.wire !== undefined && await checkStalledCounts(ctx)) return;
    const traces: { trace: Trace; total: number; what: string }[] = [];
    for (const size of [BIG, 8 * MIB, 12 * MIB]) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        const trace = traceCalls();
        await transfer.start({ callback: trace.callback });
        const { what, bytes: { length: total } } = transfer;
        needCalls(ctx, trace, what);
        traces.push({ trace, total, what });
      }
    }
    for (const direction of ["upload", "download"]) {
      const own = traces.filter(({ what }) => what === direction);
      const [, ...even] = own;
      // In both sizes the same number, as often as makes up the total: no coincidence.
      expect(ctx, !even.every(({ trace, total }) => isPieces(trace, total)), {
        expected: `${direction}: each call says how far the transfer has come`,
        observed: "each call says how large a piece was, until the last one",
        hint: "the calls look like increments: they sum to the total",
        evidence: even.map(({ trace }) => trace.evidence()),
      });
      for (const { trace } of own) {
        if (!isSuspicious(trace)) continue;
        throw ctx.unverified(
          `${direction}: nearly all counts before the end are equal, as increments would be; only a meter on the wire can tell`,
        );
      }
    }
  },
}, {
  id: "CB-14",
  clauses: [29, 18],
  level: "must",
  title: "transfers side by side report to their own callbacks only",
  explain:
    "Each callback sees the total and the counts of its own object. Check for progress that is kept on the store and not on the operation.",
  async run(ctx) {
    const runs = [];
    for (let i = 0; i < 8; i++) {
      const size = i === 0 ? BIG : 1_001 * i * i;
      for (const transfer of await prepareTransfers(ctx, size, { salt: i })) {
        runs.push({ transfer, trace: traceCalls() });
      }
    }
    await Promise.all(
      runs.map(({ transfer, trace }) =>
        transfer.start({ callback: trace.callback })
      ),
    );
    for (const { transfer, trace } of runs) {
      expectTrace(ctx, trace, transfer.bytes.length, transfer.what);
      await transfer.expectDone();
    }
  },
}, {
  id: "CB-16",
  clauses: [19],
  level: "must",
  title: "never two calls in progress at once",
  explain:
    "A callback that writes to a terminal or a database need not be re-entrant. Check parts and ranges that run side by side: while a call is in progress, values are skipped, or wait.",
  timeoutMs: 60_000,
  async run(ctx) {
    const part = Math.min(ctx.limits.partSize ?? 0, 16 * MIB);
    const size = Math.max(BIG, 3 * part + 1);
    for (const transfer of await prepareTransfers(ctx, size, { salt: 16 })) {
      const pause = makePauses();
      const trace = traceCalls(({ bytes, total }) => pause(bytes / total));
      await transfer.start({ callback: trace.callback });
      needCalls(ctx, trace, transfer.what);
      expect(ctx, trace.mostAtOnce <= 1, {
        expected: `${transfer.what}: one call at a time`,
        observed: `${trace.mostAtOnce} calls were in progress at once`,
        evidence: [trace.evidence()],
      });
    }
  },
}];

/** Tells whether the calls before the last are all one number that goes into the total as often as there are calls. */
function isPieces({ calls }: Trace, total: number): boolean {
  const [first, ...rest] = calls.slice(0, -1).map(({ bytes }) => bytes);
  return first !== undefined && first > 0 && rest.length >= 3 &&
    rest.every((count) => count === first) &&
    first * (rest.length + 1) === total;
}

function isSuspicious({ calls }: Trace): boolean {
  const counts = calls.slice(0, -1).map(({ bytes }) => bytes);
  const times = new Map<number, number>();
  for (const count of counts) {
    if (count > 0) times.set(count, (times.get(count) ?? 0) + 1);
  }
  return counts.length >= 4 &&
    Math.max(0, ...times.values()) >= counts.length * 0.9;
}
