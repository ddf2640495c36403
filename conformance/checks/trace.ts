import type { CaseContext } from "../model/case.ts";
import { expect } from "./expect.ts";
import { currentMovement } from "./movement.ts";
import type { Evidence } from "../model/result.ts";
import type { TransferCallback } from "../../src/object_store.ts";

/** One call of a progress callback. */
export interface TraceCall {
  /** The first argument. */
  readonly bytes: number;
  /** The second argument. */
  readonly total: number;
}

/** A progress callback that remembers its calls. */
export interface Trace {
  /** The callback to pass. */
  readonly callback: TransferCallback;
  /** Its calls so far. */
  readonly calls: readonly TraceCall[];
  /** The most calls that were in progress at once. */
  readonly mostAtOnce: number;
  /** The calls, for a failure. */
  evidence(): Evidence;
}

/**
 * Makes a {@linkcode Trace}.
 *
 * @param onCall Called on each call, with its number from 0; what it returns or throws, the callback returns or throws.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expect, traceCalls } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const trace = traceCalls();
 *   await ctx.upload(ctx.name(), ctx.bytes(10), { callback: trace.callback });
 *   expect(ctx, trace.calls.length > 0, { expected: "a call", observed: "none", clause: 19 });
 * }
 * ```
 */
export function traceCalls(
  onCall?: (call: TraceCall, index: number) => void | Promise<void>,
): Trace {
  const calls: TraceCall[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const movement = currentMovement.getStore();
  return {
    calls,
    get mostAtOnce() {
      return mostAtOnce;
    },
    callback(bytes, total) {
      const call = { bytes, total };
      movement?.tell();
      calls.push(call);
      atOnce++;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      let result: void | Promise<void>;
      try {
        result = onCall?.(call, calls.length - 1);
      } catch (error) {
        atOnce--;
        throw error;
      }
      if (!(result instanceof Promise)) {
        atOnce--;
        return;
      }
      return result.finally(() => {
        atOnce--;
      });
    },
    evidence: () => ({ title: "callback trace", lines: showCalls(calls) }),
  };
}

/**
 * Fails the case unless the calls of a transfer that succeeded keep clauses 18
 * and 19: integers from 0 to the total, cumulative, the last one
 * `(total, total)`, and for an empty object exactly one `(0, 0)`.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectTrace, traceCalls } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const trace = traceCalls();
 *   await ctx.upload(ctx.name(), ctx.bytes(10), { callback: trace.callback });
 *   expectTrace(ctx, trace, 10, "an upload");
 * }
 * ```
 */
export function expectTrace(
  ctx: CaseContext,
  trace: Trace,
  total: number,
  what: string,
): void {
  const evidence = [trace.evidence()];
  const { calls } = trace;
  const hint = likelyCause(calls, total);
  const fail = (expected: string, observed: string, clause: number) =>
    expect(ctx, false, { expected, observed, clause, evidence, hint });
  if (calls.length === 0) {
    fail(`${what}: the callback is called at least once`, "it was not", 19);
  }
  let before = 0;
  for (const [index, { bytes, total: said }] of calls.entries()) {
    const call = `call ${index + 1} was (${bytes}, ${said})`;
    if (said !== total) {
      fail(`${what}: the total is the object's size, ${total}`, call, 18);
    }
    if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > total) {
      fail(`${what}: a count is an integer from 0 to ${total}`, call, 18);
    }
    if (bytes < before) {
      fail(
        `${what}: the count never goes back`,
        `${call}, after ${before}`,
        18,
      );
    }
    before = bytes;
  }
  const last = calls.at(-1);
  if (last !== undefined && last.bytes !== total) {
    fail(
      `${what}: the last call is (${total}, ${total})`,
      `it was (${last.bytes}, ${last.total})`,
      19,
    );
  }
  if (total === 0 && calls.length !== 1) {
    fail(
      `${what}: an empty object gives exactly one (0, 0)`,
      `${calls.length} calls`,
      19,
    );
  }
}

/** Leaves the case unverified if there was no call at all: what is to hold of each call has not been seen then. */
export function needCalls(ctx: CaseContext, trace: Trace, what: string): void {
  if (trace.calls.length > 0) return;
  throw ctx.unverified(
    `the callback of the ${what} was not called, so nothing is known about its calls`,
  );
}

function likelyCause(
  calls: readonly TraceCall[],
  total: number,
): string | undefined {
  const sum = calls.reduce((sum, call) => sum + call.bytes, 0);
  if (calls.length > 1 && sum === total && total > 0) {
    return "the calls look like increments: they sum to the total";
  }
  if (calls.length > 1 && calls.some((call) => call.bytes > total)) {
    return "a retry or a parallel part may be counted twice";
  }
  return undefined;
}

function showCalls(calls: readonly TraceCall[]): string[] {
  const lines = calls.map(({ bytes, total }) => `(${bytes}, ${total})`);
  if (lines.length <= 20) return lines;
  return [
    ...lines.slice(0, 10),
    `… ${lines.length - 20} more …`,
    ...lines.slice(-10),
  ];
}
