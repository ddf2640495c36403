import type { Case, CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import { type Operation, Operations } from "../shared/wire_operations.ts";
import {
  judge,
  patienceOf,
  runOnce,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";

/** Seconds that a service wants a client to wait: the first a client can, the second none does. */
const SHORT_WAIT = 1;
const LONG_WAIT = 86_400;
/** Milliseconds that an operation may take beyond what the harness says. */
const SLACK_MS = 1_000;

/** Bounds of asking again, in number and time: a part of group TRN. */
export const trnLimitsCases: readonly Case[] = [{
  id: "TRN-14",
  clauses: [27],
  level: "should",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title:
    "internal retries stay within their limits, and wait as the service asks",
  explain:
    "While everything fails, an operation makes no more requests than `limits.maxRequestsPerOperation` and takes no longer than `limits.maxOperationMs`. A store that tries again after an answer with `Retry-After: 1` does so no earlier, with 503 and with 429, nor before a date that is told there, and one that is told to wait for a day gives up. Check retries inside retries: of the HTTP client, of the SDK and of the store.",
  async run(ctx) {
    const operations = new Operations(ctx);
    for (const operation of await operations.small()) {
      await checkShortWait(ctx, operation, 503, () => `${SHORT_WAIT}`);
    }
    const [size] = await operations.small();
    if (size) {
      await checkShortWait(ctx, size, 429, () => `${SHORT_WAIT}`);
      await checkShortWait(ctx, size, 503, soon);
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

/** The service asks to wait for a second, or until a date. */
async function checkShortWait(
  ctx: CaseContext,
  operation: Operation,
  status: number,
  say: () => string,
): Promise<void> {
  const meter = wireOf(ctx).meter();
  const retryAfter = say();
  const what =
    `with ${status} and Retry-After: ${retryAfter} for its first request`;
  const { outcome, fired } = await runOnce(
    ctx,
    {
      match: { count: 1 },
      action: busy(retryAfter, status),
      optional: true,
    },
    operation,
    { what },
  );
  expectAsked(ctx, operation, fired);
  const [first, ...others] = meter.exchanges;
  const second = others.find(({ request }) =>
    request.method === first?.request.method &&
    request.target === first.request.target
  );
  await judge(ctx, operation, outcome, { what, orDone: true });
  // Only one that has tried again has waited, or not.
  if (outcome.status === "rejected" || !first || !second) return;
  const waited = second.startedAt - first.startedAt;
  const isDate = !/^\d+$/.test(retryAfter);
  const age = performance.now() - first.startedAt;
  const left = Date.parse(retryAfter) - (Date.now() - age);
  // A timer may be a little early.
  expect(ctx, waited >= (isDate ? left : SHORT_WAIT * 1_000) - 50, {
    expected: `${operation.what} ${what} tries again ${
      isDate ? "then" : "after that second"
    }`,
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
  const rule = { action: busy(`${LONG_WAIT}`), optional: true };
  const { outcome, fired } = await runOnce(ctx, rule, operation, { what });
  expectAsked(ctx, operation, fired);
  await judge(ctx, operation, outcome, { what });
}

async function checkLimits(
  ctx: CaseContext,
  operation: Operation,
): Promise<void> {
  const { maxRequestsPerOperation = Infinity, maxOperationMs } = ctx.limits;
  // Counted in ticks: what a busy machine takes is not the store's.
  const ms = maxOperationMs === undefined
    ? patienceOf(ctx)
    : maxOperationMs + SLACK_MS;
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
    const details = { what, ms };
    const { outcome, fired } = await runOnce(ctx, rule, operation, details);
    expectAsked(ctx, operation, fired);
    await judge(ctx, operation, outcome, { what });
    expect(ctx, fired <= maxRequestsPerOperation, {
      expected:
        `${operation.what} makes at most ${maxRequestsPerOperation} requests ${what}`,
      observed: `it made ${fired}`,
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

/** A date that a client can wait for: it is told in whole seconds. */
function soon(): string {
  return new Date(Date.now() + 2_200).toUTCString();
}

function busy(retryAfter: string, status = 503): FaultAction {
  return { kind: "status", status, headers: { "retry-after": retryAfter } };
}
