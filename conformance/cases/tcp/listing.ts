import { disposeAfter } from "../../checks/dispose_after.ts";
import { checkCode, expect, settle } from "../../checks/expect.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import type { TcpRule } from "../../faults/tcp_fault.ts";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import { patienceOf, someTurns, tcpEvidence, tcpOf } from "./steps.ts";

const COUNT = 25;

/** Ways in which the connection of a listing fails, in words. */
const WAYS: readonly (readonly [string, TcpRule["action"]])[] = [
  ["is reset before the answer", { kind: "lose-answer" }],
  ["is reset within the answer", {
    kind: "reset",
    at: { way: "down", afterBytes: 1 },
  }],
  ["ends within the answer", { kind: "cut", afterBytes: 1 }],
  ["ends within a long answer", { kind: "cut", afterBytes: 200 }],
];

/** The part of group TCP about listings. */
export const tcpListingCases: readonly Case[] = [{
  id: "TCP-11",
  clauses: [25, 2],
  level: "must",
  needs: ["tcp"],
  capabilities: ["list"],
  timeoutMs: 180_000,
  title: "a listing whose connection fails is transient, and never shorter",
  explain:
    "Connections are refused, and each answer of a listing is lost or ends early, once and from then on. The listing names every object, or rejects as TRANSIENT; the same call then names them all. Check for errors of the client that come out of an iteration as they are, and for an end of the connection that is taken for the end of the list.",
  async run(ctx) {
    const names = Array.from({ length: COUNT }, (_, i) => `listed/${i}`);
    for (const name of names) await ctx.given(name, ctx.bytes(9, name));
    const before = tcpOf(ctx).turns.length;
    await check(ctx, names, "when nothing fails", { mustSucceed: true });
    const count = tcpOf(ctx).turns.length - before;
    if (count === 0) {
      throw ctx.unverified(
        "a listing takes no turn that the proxy sees: does the store use 'ctx.endpoint'?",
      );
    }
    await disposeAfter(
      await tcpOf(ctx).refuse(),
      () => check(ctx, names, "while connections are refused"),
    );
    await check(ctx, names, "when connections are taken again", {
      mustSucceed: true,
    });
    for (const nth of someTurns(count)) {
      for (const [how, action] of WAYS) {
        for (const turns of [1, Infinity]) {
          const what = `whose connection ${how} no. ${nth} of ${count}${
            turns === 1 ? "" : ", and each later one"
          }`;
          const times = turns === Infinity ? {} : { count: turns };
          const rule = { nth, ...times, action, optional: true };
          await disposeAfter(
            tcpOf(ctx).inject(rule),
            () => check(ctx, names, what),
          );
          await check(ctx, names, `after one ${what}`, { mustSucceed: true });
        }
      }
    }
  },
}];

/** Fails the case unless a listing names every object, or rejects as transient where it may. */
async function check(
  ctx: CaseContext,
  names: readonly string[],
  what: string,
  { mustSucceed = false } = {},
): Promise<void> {
  const listing = `a listing ${what}`;
  const outcome = await ctx.within(
    patienceOf(ctx),
    settle(list(ctx)),
    `${listing} settles`,
    "scaled",
  );
  const evidence = [tcpEvidence(ctx)];
  if (outcome.status === "rejected") {
    expect(ctx, !mustSucceed, {
      expected: `${listing} succeeds`,
      observed: `it rejected with ${outcome.reason}`,
      clause: 26,
      evidence,
    });
    const clause = 25;
    checkCode(ctx, outcome.reason, "TRANSIENT", listing, { clause, evidence });
    return;
  }
  const found = new Set(outcome.value);
  const lost = names.filter((name) => !found.has(name));
  expect(ctx, lost.length === 0, {
    expected: `${listing} names all ${names.length} objects, or rejects`,
    observed: `it ended without ${lost.length} of them`,
    clause: mustSucceed ? 2 : 25,
    hint: mustSucceed
      ? undefined
      : "an end of the connection is taken for the end of the list",
    evidence,
  });
}

async function list(ctx: CaseContext): Promise<string[]> {
  const names: string[] = [];
  const store = ctx.store as ListableObjectStore;
  for await (const name of store.listObjects("listed/")) names.push(name);
  return names;
}
