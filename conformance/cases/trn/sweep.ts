import type { Case, CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  butDiscards,
  judge,
  runOnce,
  wireEvidence,
} from "../shared/wire_outcomes.ts";

/** So many requests at most are made to fail, one in each attempt. */
const MOST_REQUESTS = 100;

/** Every single request of an operation: a part of group TRN. */
export const trnSweepCases: readonly Case[] = [{
  id: "TRN-13",
  clauses: [26, 25, 14, 8],
  level: "should",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title:
    "whichever single request fails: exact success, or a transient failure that leaves nothing",
  explain:
    "The k-th request of an operation fails, for k = 1, 2, … until an attempt needs fewer; of uploads and downloads in one request and in several, and of getObjectSize; refused by the service, lost, or with its body cut. A store that tries again succeeds exactly, one that does not rejects as transient and leaves nothing.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const large = severalRequests(ctx);
    const makers = [
      () => operations.size(),
      () => operations.upload(SMALL),
      () => operations.upload(large),
      () => operations.download(SMALL),
      () => operations.download(large),
    ];
    const actions: readonly FaultAction[] = [
      { kind: "status", status: 503 },
      { kind: "reset", at: "before-head" },
      { kind: "cut", afterBytes: (length) => Math.floor(length / 2) },
    ];
    for (const make of makers) {
      for (const action of actions) await sweep(ctx, make, action);
    }
  },
}, {
  id: "TRN-30",
  clauses: [8, 15, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "whichever single request fails, what resolves is exact",
  explain:
    "One request of an upload over an object, and of a download, both in several parts, is refused once. Whatever the store makes of it, an upload that resolves has stored the new object and one that rejects leaves the old one (or the new one, whole), and a download gives the object's bytes or nothing. If this fails, look for a part or a range whose failure is forgotten, often the last one.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const large = severalRequests(ctx);
    await expectExact(ctx, () => operations.upload(large, ctx.bytes(SMALL)));
    await expectExact(ctx, () => operations.download(large));
  },
}];

async function expectExact(
  ctx: CaseContext,
  make: () => Promise<Operation>,
): Promise<void> {
  const busy = { kind: "status", status: 503 } as const;
  for (let nth = 1; nth <= MOST_REQUESTS; nth++) {
    const operation = await make();
    const rule = sweepRule(ctx, busy, nth);
    const what = `with ${busy.status} for its request ${nth}`;
    const { outcome, fired } = await runOnce(ctx, rule, operation, { what });
    if (outcome.status === "fulfilled") {
      await operation.expectDone(outcome.value);
    } else await operation.expectNothingOrWhole();
    if (fired === 0) return;
  }
}

async function sweep(
  ctx: CaseContext,
  make: () => Promise<Operation>,
  action: FaultAction,
): Promise<void> {
  for (let nth = 1; nth <= MOST_REQUESTS; nth++) {
    const operation = await make();
    const rule = sweepRule(ctx, action, nth);
    const what = `with ${action.kind} for its request ${nth}`;
    const { outcome, fired } = await runOnce(ctx, rule, operation, { what });
    if (fired > 0) {
      await judge(ctx, operation, outcome, {
        what,
        orDone: true,
        afterFailure: (operation) => operation.expectNothingOrWhole(),
      });
      continue;
    }
    expectFulfilled(ctx, operation, outcome);
    await operation.expectDone(outcome.value);
    if (nth > 1 || action.kind === "cut") return;
    throw ctx.broken(`${operation.what} made no request that the proxy saw`);
  }
}

/** Nothing was hindered. */
function expectFulfilled(
  ctx: CaseContext,
  operation: Operation,
  outcome: PromiseSettledResult<unknown>,
): asserts outcome is PromiseFulfilledResult<unknown> {
  expect(ctx, outcome.status === "fulfilled", {
    expected: `${operation.what} succeeds, as none of its requests failed`,
    observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
    clause: 26,
    evidence: [wireEvidence(ctx)],
  });
}

function sweepRule(
  ctx: CaseContext,
  action: FaultAction,
  nth: number,
): FaultRule {
  const match = action.kind === "cut" ? { method: "GET" } : butDiscards(ctx);
  return { match: { ...match, nth, count: 1 }, action, optional: true };
}
