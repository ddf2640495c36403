import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, settle } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { type Operation, Operations } from "../shared/wire_operations.ts";
import {
  expectTransient,
  patienceOf,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";
import { half } from "../shared/wire.ts";

/** More failures than a store has connections, or than a breaker waits for. */
const FAILURES = 36;
const AT_ONCE = 12;

const FAULTS: readonly [what: string, rule: FaultRule][] = [
  ["while every answer is 503", { action: { kind: "status", status: 503 } }],
  ["while every connection is reset", {
    action: { kind: "reset", at: "before-head" },
  }],
  ["while every body ends after half of it", {
    match: { method: "GET" },
    action: { kind: "cut", afterBytes: half },
  }],
  ["while every body is reset after half of it", {
    match: { method: "GET" },
    action: { kind: "reset", at: { bodyBytes: half } },
  }],
  ["while every connection is reset within a request's body", {
    match: { method: ["PUT", "POST", "PATCH"] },
    action: { kind: "reset-upload", afterBytes: 1_000 },
    optional: true,
  }],
];

/** A store after failures: a part of group TRN. */
export const trnRecoveryCases: readonly Case[] = [{
  id: "TRN-8",
  clauses: [26],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "the same handle works right after a transient failure",
  explain:
    "After each kind of failure, every operation succeeds at once on the handle that failed, with exact bytes. Check a client that is torn down by an error, a connection that is used again with half a body in it, and what a failed operation remembers.",
  async run(ctx) {
    const operations = new Operations(ctx);
    for (const [what, rule] of FAULTS) {
      const failing = (await operations.all()).filter(({ kind }) =>
        isHit(rule, kind)
      );
      await expectTransient(ctx, rule, failing, { what, orDone: true });
      await expectAllDone(
        ctx,
        await operations.all(),
        `after ${what.slice(6)}`,
      );
    }
  },
}, {
  id: "TRN-9",
  clauses: [25, 26],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title:
    "in an outage every failure is transient, and the store recovers by itself",
  explain:
    `${FAILURES} operations fail, ${AT_ONCE} at a time, while connections are refused, reset or answered 503. The last failure says the same as the first, and afterwards everything works. Check circuit breakers that answer with an error of their own, and connections, permits or buffers that failures do not give back.`,
  async run(ctx) {
    const operations = new Operations(ctx);
    await checkOutage(
      ctx,
      operations,
      "while connections are refused",
      () => wireOf(ctx).refuse(),
    );
    for (const [what, rule] of FAULTS.slice(0, 2)) {
      await checkOutage(
        ctx,
        operations,
        what,
        () => Promise.resolve(wireOf(ctx).inject(rule)),
      );
    }
  },
}];

async function checkOutage(
  ctx: CaseContext,
  operations: Operations,
  ...[what, begin]: [string, () => Promise<AsyncDisposable>]
): Promise<void> {
  const failing = await operations.small();
  const failures: [Operation, PromiseSettledResult<unknown>][] = [];
  {
    await disposeAfter(await begin(), async () => {
      for (let round = 0; round < FAILURES / AT_ONCE; round++) {
        const batch = Array.from(
          { length: AT_ONCE },
          (_, i) => failing[(i + round) % failing.length]!,
        );
        const settled = Promise.all(batch.map(async (operation) => {
          failures.push([operation, await settle(operation.start())]);
        }));
        const settles = `${AT_ONCE} operations settle ${what}`;
        await ctx.within(patienceOf(ctx), settled, settles, "scaled");
      }
    });
  }
  for (const [i, [operation, outcome]] of failures.entries()) {
    const failure = `the ${i + 1}. failure, of ${operation.what}, ${what}`;
    const evidence = [wireEvidence(ctx)];
    expect(ctx, outcome.status === "rejected", {
      expected: `${operation.what} rejects ${what}`,
      observed: "it fulfilled",
      evidence,
    });
    checkCode(ctx, outcome.reason, "TRANSIENT", failure, { evidence });
  }
  await expectAllDone(ctx, await operations.all(), `after the outage`);
  for (const operation of failing) await operation.expectNothing();
}

async function expectAllDone(
  ctx: CaseContext,
  all: readonly Operation[],
  when: string,
): Promise<void> {
  const outcomes = await ctx.within(
    patienceOf(ctx),
    Promise.allSettled(all.map((operation) => operation.start())),
    `everything settles ${when}`,
  );
  for (const [i, operation] of all.entries()) {
    const outcome = outcomes[i]!;
    const { reason } = outcome as { reason?: unknown };
    expect(ctx, outcome.status === "fulfilled", {
      expected: `${operation.what} succeeds ${when}, on the same handle`,
      observed: `it rejected with ${reason}`,
      clause: 26,
      evidence: [wireEvidence(ctx)],
    });
    await operation.expectDone(outcome.value);
  }
}

function isHit({ match }: FaultRule, kind: Operation["kind"]): boolean {
  if (match?.method === undefined) return true;
  return match.method === "GET" ? kind === "download" : kind === "upload";
}
