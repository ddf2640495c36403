import { truncate } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { BRAND, NAME_OF_CODE } from "../../checks/error_chain.ts";
import { expect, expectReason, settle } from "../../checks/expect.ts";
import { countTicks } from "../../checks/ticks.ts";
import {
  expectTrace,
  needCalls,
  type TraceCall,
  traceCalls,
} from "../../checks/trace.ts";
import { checkNoFullCountOnWire } from "./incomplete.ts";
import { makePauses } from "./pauses.ts";
import {
  CLAUSE_OF_TRANSFER,
  expectHappened,
  reachCall,
} from "../shared/earlier_failure.ts";
import {
  BIG,
  prepareTransfers,
  type Transfer,
  turn,
} from "../shared/transfers.ts";

/** Milliseconds that a late call is waited for: many report once a second. */
const LATE_MS = 1_250;

/** The ways in which a callback fails. */
const WAYS = ["throws", "rejects", "throws null", "rejects late"] as const;

/** The part of group CB about callbacks that fail or take their time, and transfers that fail. */
export const cbFailureCases: readonly Case[] = [{
  id: "CB-8",
  clauses: [19],
  level: "must",
  title: "no call after the promise has settled",
  explain:
    "What the callback reports to may be gone by then. Check timers and events that go on after success, and pieces that still arrive after a failure.",
  async run(ctx) {
    const watched = [];
    for (const way of ["succeeds", "throws", "aborts"]) {
      for (const transfer of await prepareTransfers(ctx, BIG, { salt: way })) {
        const controller = new AbortController();
        const { signal } = controller;
        const trace = traceCalls(() => {
          if (way === "throws") throw new Error("thrown by the callback");
          if (way === "aborts") controller.abort();
        });
        await settle(transfer.start({ callback: trace.callback, signal }));
        watched.push({ trace, transfer, settledAt: trace.calls.length });
        if (way === "succeeds") await transfer.expectDone();
      }
    }
    await new Promise<void>((resolve) => setTimeout(resolve, LATE_MS));
    await turn();
    for (const { trace, transfer, settledAt } of watched) {
      needCalls(ctx, trace, transfer.what);
      expect(ctx, trace.calls.length === settledAt, {
        expected: `${transfer.what}: no call after the promise has settled`,
        observed: `${
          trace.calls.length - settledAt
        } calls within ${LATE_MS} ms`,
        evidence: [trace.evidence()],
      });
    }
  },
}, {
  id: "CB-9",
  clauses: [20],
  level: "must",
  title: "a callback that throws or rejects fails the transfer with its error",
  explain:
    "The caller's error comes back as it is, not wrapped and not swallowed, and the transfer is cleaned up. After the last call of an upload the object stays. Check the first call, one in the middle and the last, thrown, rejected and rejected late, the only call of an empty object, and an error that would be worth trying again if it were the store's.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (const when of ["first", "middle", "last"] as const) {
      for (const how of when === "last" ? WAYS : WAYS.slice(0, 2)) {
        const setup = { salt: `${when} ${how}` };
        for (const transfer of await prepareTransfers(ctx, BIG, setup)) {
          await checkThrowing(ctx, transfer, when, how);
        }
      }
    }
    for (const transfer of await prepareTransfers(ctx, BIG, { salt: "own" })) {
      await checkThrowing(ctx, transfer, "first", "throws a transient error");
    }
    // Whose first call is the last; an empty object has no other.
    for (const size of [0, 4_001]) {
      for (const how of ["throws", "rejects"] as const) {
        const setup = { salt: `${size} ${how}` };
        for (const transfer of await prepareTransfers(ctx, size, setup)) {
          await checkThrowing(ctx, transfer, "last", how);
        }
      }
    }
  },
}, {
  id: "CB-10",
  clauses: [19],
  level: "should",
  title: "a slow callback gets its calls in order, and the last one",
  explain:
    "While a call is in progress intermediate values may be skipped, never the last. The promise settles when the last call has ended.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (const size of [1, BIG]) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        let ended = 0;
        const pause = makePauses();
        const trace = traceCalls(async ({ bytes, total }) => {
          await pause(bytes / total, bytes % 3);
          ended++;
        });
        await transfer.start({ callback: trace.callback });
        const { calls } = trace;
        const endedInTime = ended;
        expectTrace(ctx, trace, transfer.bytes.length, transfer.what);
        expect(ctx, endedInTime === calls.length, {
          expected:
            `${transfer.what}: it resolves when the last call has ended`,
          observed: `${calls.length - endedInTime} calls were in progress`,
          evidence: [trace.evidence()],
        });
      }
    }
  },
}, {
  id: "CB-13",
  clauses: [19],
  level: "must",
  timeoutMs: 90_000,
  title: "a transfer that failed has not reported (total, total)",
  explain:
    "Who shows 100 % must be able to rely on it. For an upload the last call comes after the store has confirmed the object. Check a count of bytes read where it should be of bytes stored, and calls that go on after a failure.",
  async run(ctx) {
    for (const reason of ["callback", "abort", "source"] as const) {
      for (
        const transfer of await prepareTransfers(ctx, BIG, { salt: reason })
      ) {
        if (reason === "source" && transfer.what === "download") continue;
        await checkNoFullCount(ctx, transfer, reason);
      }
    }
    await checkNoFullCountOnWire(ctx);
  },
}, {
  id: "CB-15",
  clauses: [21],
  level: "must",
  title: "an abort ends a transfer whose callback never settles",
  explain:
    "A callback that hangs must not take the operation with it: within a second it rejects with the signal's reason, and what is local is cleaned up.",
  async run(ctx) {
    for (const transfer of await prepareTransfers(ctx, BIG, { salt: 15 })) {
      const called = Promise.withResolvers<TraceCall>();
      const trace = traceCalls((call) => {
        called.resolve(call);
        return new Promise<void>(() => {});
      });
      const controller = new AbortController();
      const reason = new Error("aborted by the case");
      const operation = transfer.start({
        callback: trace.callback,
        signal: controller.signal,
      });
      await reachCall(ctx, called.promise, {
        what: `${transfer.what} with a callback that hangs`,
        clause: CLAUSE_OF_TRANSFER[transfer.what],
        operations: [operation],
      });
      const first = await called.promise;
      controller.abort(reason);
      const what = `${transfer.what} with a callback that hangs`;
      if (transfer.what === "upload" && isLast(first)) {
        // The object is stored: to resolve is right, too.
        const outcome = await ctx.within(
          3_000,
          settle(operation),
          what,
          "exact",
        );
        if (outcome.status === "rejected") {
          await expectReason(ctx, operation, reason, what);
        }
        await transfer.expectDone();
        continue;
      }
      await expectReason(ctx, operation, reason, what, {
        ms: 3_000,
        patience: "exact",
        evidence: [trace.evidence()],
      });
      // A store may have sent everything while the callback was hanging (clause 8).
      if (transfer.what === "download") await transfer.expectNothing();
    }
  },
}];

async function checkThrowing(
  ctx: CaseContext,
  transfer: Transfer,
  when: "first" | "middle" | "last",
  how: typeof WAYS[number] | "throws a transient error",
): Promise<void> {
  let thrownAt: TraceCall | undefined;
  const error = how === "throws null"
    ? null
    : how === "throws a transient error"
    ? makeTransient(ctx, transfer)
    : new Error(`the callback ${how}`);
  const trace = traceCalls((call, index) => {
    if (thrownAt !== undefined) return;
    if (when === "first" && index > 0) return;
    if (when === "middle" && (index === 0 || isLast(call))) return;
    if (when === "last" && !isLast(call)) return;
    thrownAt = call;
    if (how.startsWith("throws")) throw error;
    if (how === "rejects") return Promise.reject(error);
    return countTicks(200).over.then(() => Promise.reject(error));
  });
  const what = `${transfer.what} whose callback ${how} on the ${when} call`;
  const operation = transfer.start({ callback: trace.callback });
  const outcome = await ctx.within(25_000, settle(operation), what);
  // A store need not report anything between the first call and the last.
  if (thrownAt === undefined && when === "middle") {
    return outcome.status === "fulfilled"
      ? await transfer.expectDone()
      : await operation;
  }
  expectHappened(ctx, {
    hasHappened: thrownAt !== undefined,
    what,
    clause: CLAUSE_OF_TRANSFER[transfer.what],
    outcome,
  });
  await expectReason(ctx, operation, error, what, {
    evidence: [trace.evidence()],
  });
  if (transfer.what === "upload" && thrownAt && isLast(thrownAt)) {
    return await transfer.expectDone();
  }
  await transfer.expectNothing();
}

/** An ObjectStoreTransientError, as a callback has it from another store. */
function makeTransient(ctx: CaseContext, transfer: Transfer): Error {
  const { what, name: objectName } = transfer;
  const uri = ctx.store.getUri(objectName);
  const error = new Error(`Cannot ${what} "${uri}": the callback's own`);
  Object.assign(error, {
    name: NAME_OF_CODE.TRANSIENT,
    code: "TRANSIENT",
    objectName,
    uri,
  });
  return Object.defineProperty(error, BRAND, { value: true });
}

async function checkNoFullCount(
  ctx: CaseContext,
  transfer: Transfer,
  reason: "callback" | "abort" | "source",
): Promise<void> {
  const controller = new AbortController();
  let hasActed = false;
  const trace = traceCalls((call) => {
    if (hasActed || isLast(call)) return;
    hasActed = true;
    if (reason === "callback") throw new Error("thrown by the callback");
    if (reason === "abort") controller.abort();
    if (reason === "source") return truncate(transfer.path, 1_000);
  });
  const operation = transfer.start({
    callback: trace.callback,
    signal: controller.signal,
  });
  const outcome = await ctx.within(25_000, settle(operation), transfer.what);
  needCalls(ctx, trace, transfer.what);
  if (outcome.status === "fulfilled") return;
  // An abort may stop a download at its publishing, when all bytes are there.
  if (reason === "abort" && transfer.what === "download") return;
  expect(ctx, !trace.calls.some(isLast), {
    expected: `${transfer.what} that fails: no call (total, total)`,
    observed: "there was one",
    evidence: [trace.evidence()],
  });
}

function isLast({ bytes, total }: TraceCall): boolean {
  return bytes === total;
}
