import type { Case, CaseContext } from "../case.ts";
import { expect, settle } from "../expect.ts";
import type { FaultAction, FaultRule } from "../faults/fault.ts";
import {
  type Operation,
  Operations,
  severalParts,
  SMALL,
} from "./trn/operations.ts";
import {
  butDiscards,
  judge,
  patienceOf,
  wireEvidence,
  wireOf,
} from "./trn/outcomes.ts";

/** So many requests at most are made to fail, one in each attempt. */
const MOST_REQUESTS = 100;
/** Seconds that a service wants a client to wait: the first a client can, the second none does. */
const SHORT_WAIT = 1;
const LONG_WAIT = 86_400;

/** Every single request, and how often and when a store asks again: a part of group TRN. */
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
    const large = severalParts(ctx);
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
  id: "TRN-14",
  clauses: [27],
  level: "should",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title:
    "internal retries stay within their limits, and wait as the service asks",
  explain:
    "While everything fails, an operation makes no more requests than `limits.maxRequestsPerOperation` and takes no longer than `limits.maxOperationMs`. A store that tries again after an answer with `Retry-After: 1` does so no earlier, and one that is told to wait for a day gives up. Check retries inside retries: of the HTTP client, of the SDK and of the store.",
  async run(ctx) {
    const operations = new Operations(ctx);
    for (const operation of await operations.small()) {
      await checkShortWait(ctx, operation);
    }
    for (const operation of await operations.small()) {
      await checkLongWait(ctx, operation);
    }
    const { maxRequestsPerOperation, maxOperationMs } = ctx.limits;
    const gaps: string[] = [];
    if (maxRequestsPerOperation === undefined) {
      gaps.push("no 'limits.maxRequestsPerOperation'");
    }
    if (maxOperationMs === undefined) gaps.push("no 'limits.maxOperationMs'");
    for (const operation of await operations.small()) {
      await checkLimits(ctx, operation);
    }
    if (gaps.length > 0) throw ctx.unverified(gaps.join(", "));
  },
}];

async function sweep(
  ctx: CaseContext,
  make: () => Promise<Operation>,
  action: FaultAction,
): Promise<void> {
  for (let nth = 1; nth <= MOST_REQUESTS; nth++) {
    const operation = await make();
    const rule = sweepRule(ctx, action, nth);
    const what = `with ${action.kind} for its ${nth}. request`;
    const { outcome, fired } = await runOnce(ctx, rule, operation, what);
    await judge(ctx, operation, outcome, {
      what,
      orDone: true,
      afterFailure: (operation) => operation.expectNothingOrWhole(),
    });
    if (fired > 0) continue;
    if (nth > 1 || action.kind === "cut") return;
    throw ctx.broken(`${operation.what} made no request that the proxy saw`);
  }
}

function sweepRule(
  ctx: CaseContext,
  action: FaultAction,
  nth: number,
): FaultRule {
  const match = action.kind === "cut" ? { method: "GET" } : butDiscards(ctx);
  return { match: { ...match, nth, count: 1 }, action, optional: true };
}

async function runOnce(
  ctx: CaseContext,
  rule: FaultRule,
  operation: Operation,
  what: string,
): Promise<{ outcome: PromiseSettledResult<unknown>; fired: number }> {
  await using faults = wireOf(ctx).inject(rule);
  const settled = settle(operation.start());
  const settles = `${operation.what} settles ${what}`;
  const outcome = await ctx.within(patienceOf(ctx), settled, settles);
  return { outcome, fired: faults.total };
}

/** The service asks to wait for a second. */
async function checkShortWait(
  ctx: CaseContext,
  operation: Operation,
): Promise<void> {
  const meter = wireOf(ctx).meter();
  const what = `with 503 and Retry-After: ${SHORT_WAIT} for its first request`;
  const { outcome, fired } = await runOnce(
    ctx,
    { match: { count: 1 }, action: busy(SHORT_WAIT), optional: true },
    operation,
    what,
  );
  expectAsked(ctx, operation, fired);
  const [first, second] = meter.exchanges;
  await judge(ctx, operation, outcome, { what, orDone: true });
  // Only one that has tried again has waited, or not.
  if (outcome.status === "rejected" || !first || !second) return;
  const waited = second.startedAt - first.startedAt;
  // A timer may be a little early.
  expect(ctx, waited >= SHORT_WAIT * 1_000 - 50, {
    expected: `${operation.what} ${what} tries again after that second`,
    observed: `it did so after ${Math.round(waited)} ms`,
    evidence: [wireEvidence(ctx)],
  });
}

/** The service asks to wait for a day. */
async function checkLongWait(
  ctx: CaseContext,
  operation: Operation,
): Promise<void> {
  const what = `with 503 and Retry-After: ${LONG_WAIT} for every request`;
  const rule = { action: busy(LONG_WAIT), optional: true };
  const { outcome, fired } = await runOnce(ctx, rule, operation, what);
  expectAsked(ctx, operation, fired);
  await judge(ctx, operation, outcome, { what });
}

async function checkLimits(
  ctx: CaseContext,
  operation: Operation,
): Promise<void> {
  const { maxRequestsPerOperation = Infinity, maxOperationMs = Infinity } =
    ctx.limits;
  const faults: readonly [string, FaultRule][] = [
    ["while every answer is 503", {
      action: { kind: "status", status: 503 },
      optional: true,
    }],
    ["while every connection is reset", {
      action: { kind: "reset", at: "before-head" },
      optional: true,
    }],
  ];
  for (const [what, rule] of faults) {
    const meter = wireOf(ctx).meter();
    const start = performance.now();
    const { outcome, fired } = await runOnce(ctx, rule, operation, what);
    const ms = Math.round(performance.now() - start);
    expectAsked(ctx, operation, fired);
    await judge(ctx, operation, outcome, { what });
    expect(ctx, fired <= maxRequestsPerOperation, {
      expected:
        `${operation.what} makes at most ${maxRequestsPerOperation} requests ${what}`,
      observed: `it made ${fired}`,
      evidence: [wireEvidence(ctx)],
    });
    // What the machine takes is not the store's.
    expect(ctx, ms <= maxOperationMs + SLACK, {
      expected: `${operation.what} takes at most ${maxOperationMs} ms ${what}`,
      observed: `it took ${ms} ms for ${meter.exchanges.length} requests`,
      evidence: [wireEvidence(ctx)],
    });
  }
}

/** Without a request that failed there was nothing to try again. */
function expectAsked(
  ctx: CaseContext,
  operation: Operation,
  fired: number,
): void {
  expect(ctx, fired > 0, {
    expected: `${operation.what} asks the service`,
    observed: "no request of it arrived",
    clause: 26,
    hint: "an earlier failure is remembered",
    evidence: [wireEvidence(ctx)],
  });
}

/** Milliseconds by which a busy machine may be late. */
const SLACK = 2_000;

function busy(seconds: number): FaultAction {
  return {
    kind: "status",
    status: 503,
    headers: { "retry-after": `${seconds}` },
  };
}
