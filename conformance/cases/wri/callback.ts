import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectReason, settle } from "../../checks/expect.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";
import { expectHappened } from "../shared/earlier_failure.ts";
import { succeed, writeObject } from "../shared/powers.ts";
import {
  expectSeveralCounts,
  severalCounts,
} from "../shared/several_counts.ts";
import { severalReports } from "../shared/size_grid.ts";
import { KINDS } from "./kinds.ts";
import { makeSource } from "./sources.ts";

/** The callback of a write, and what it is told: a part of group WRI. */
export const wriCallbackCases: readonly Case[] = [{
  id: "WRI-7",
  clauses: [18, 19, 33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "progress is counted as for an upload; of an unknown size only last",
  explain:
    "Where the size is known, the calls are those of an upload. For a stream without a size the callback is only called last, when everything is stored: before that nobody knows the total. The last call finds the object in its place.",
  run: checkProgress,
}, {
  id: "WRI-8",
  clauses: [20, 33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "a callback that throws fails the write with that very error",
  explain:
    "In its first call: nothing is stored. In its last one the object is stored by then, and stays. Any value can be thrown; a promise that rejects counts as well.",
  run: checkThrowing,
}, {
  id: "WRI-21",
  clauses: [19, 33],
  level: "should",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "a large write whose size is known is reported periodically",
  explain:
    "Bytes, a Blob and a stream with its size, eight times 'limits.progressGranularity' long, should give at least four different counts each, as an upload does (CB-5). A stream without a size has no total before its end.",
  run: checkPeriodic,
}];

async function checkPeriodic(ctx: CaseContext): Promise<void> {
  const size = severalCounts(ctx);
  const bytes = ctx.bytes(size, "periodic");
  for (const [kind, make] of KINDS) {
    const { data, size: told } = make(bytes);
    if (kind === "a stream") continue;
    const trace = traceCalls();
    const options = {
      callback: trace.callback,
      ...(told === undefined ? {} : { size: told }),
    };
    const what = `the write of ${size} bytes, given as ${kind}`;
    const writing = writeObject(ctx, ctx.name("periodic"), data, options);
    await succeed(ctx, writing, what);
    expectSeveralCounts(ctx, trace, what);
  }
}

async function checkProgress(ctx: CaseContext): Promise<void> {
  for (const size of [0, 1, severalReports(ctx)]) {
    const bytes = ctx.bytes(size, size);
    const { length } = bytes;
    for (const [kind, make] of KINDS) {
      const name = ctx.name("told");
      const { data, size } = make(bytes);
      const what = `the write of ${length} bytes, given as ${kind}`;
      let wasThere: boolean | undefined;
      const trace = traceCalls(async ({ bytes, total }) => {
        if (bytes < total) return;
        const found = await ctx.store.getObjectSize(name).catch(() => -1);
        wasThere = found === length;
      });
      const { callback } = trace;
      const options = size === undefined ? { callback } : { callback, size };
      await succeed(ctx, writeObject(ctx, name, data, options), what);
      expectTrace(ctx, trace, length, what);
      const evidence = [trace.evidence()];
      expect(ctx, wasThere === true, {
        expected: `${what}: the last call comes when the object is stored`,
        observed: "it is not there yet",
        clause: 19,
        evidence,
      });
      if (kind !== "a stream") continue;
      expect(ctx, trace.calls.every(({ bytes }) => bytes === length), {
        expected: `${what}: the callback is only called last`,
        observed: "there was a call before",
        clause: 33,
        evidence,
      });
    }
  }
}

async function checkThrowing(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(severalReports(ctx), "told");
  const { length } = bytes;
  for (const error of [new Error("thrown by the callback"), "text", null]) {
    for (const when of ["first", "last"] as const) {
      for (const isAsync of [false, true]) {
        const name = ctx.name("thrown");
        const old = ctx.bytes(271, name);
        await ctx.given(name, old);
        const what = `a write whose callback throws in its ${when} call`;
        let wasLast = false;
        let hasHappened = false;
        const callback = (done: number, total: number) => {
          wasLast = done === total;
          if (when === "last" && !wasLast) return;
          hasHappened = true;
          if (isAsync) return Promise.reject(error);
          throw error;
        };
        const data = isAsync ? makeSource(bytes).stream : bytes;
        const options = { callback, size: length };
        const writing = writeObject(ctx, name, data, options);
        const outcome = await ctx.within(20_000, settle(writing), what);
        expectHappened(ctx, { hasHappened, what, clause: 33, outcome });
        await expectReason(ctx, writing, error, what);
        // The first call of one that reports only its end is the last one.
        const stored = wasLast ? bytes : old;
        await ctx.expectObject(name, stored, `${what} has failed`);
      }
    }
  }
}
