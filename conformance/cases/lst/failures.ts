import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  checkCode,
  expect,
  expectCode,
  expectEqual,
  expectReason,
  settle,
} from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import { abortUnanswered } from "../shared/abort_silent.ts";
import { expectListing, expectSame } from "./steps.ts";
import { listAll } from "../shared/powers.ts";
import {
  half,
  recordRequests,
  underFaults,
  wireEvidence,
} from "../shared/wire.ts";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import { expectHappened } from "../shared/earlier_failure.ts";

/** More than a page of a service with small ones. */
const SOME = 25;

/** Listings while something else is under way, or goes wrong. */
export const lstFailureCases: readonly Case[] = [
  {
    id: "LST-5",
    clauses: [2, 21, 25, 28],
    level: "must",
    capabilities: ["list"],
    title:
      "temporary files are never listed; abort, close and failures are typed",
    explain:
      "While an upload is under way, after one that failed and after one that was aborted, a listing names whole objects only. An aborted one ends with the signal's reason, one after close() with CLOSED. With a proxy, one whose request fails, the first or a later one, ends with the error of that failure: a page that is missing is not the end.",
    timeoutMs: 60_000,
    async run(ctx) {
      await checkOwnFiles(ctx);
      await checkFailures(ctx);
    },
  },
];

async function checkOwnFiles(ctx: CaseContext): Promise<void> {
  const given = ["kept", "d/kept"];
  for (const name of given) await ctx.given(name, ctx.bytes(99, name));
  await checkDuringUpload(ctx, given);
  await settle(ctx.store.uploadObject("failed", join(ctx.scratch, "no")));
  const seen = await listAll(ctx.store, "");
  const finished = [...given, "in-flight"];
  await expectListing(
    ctx,
    "",
    seen.includes("in-flight") ? finished : given,
    "after failures",
  );

  const reason = new Error("the caller's own reason");
  const signal = AbortSignal.abort(reason);
  const what = "a listing that is aborted already";
  await expectReason(ctx, listAll(ctx.store, "", { signal }), reason, what, {
    clause: 21,
  });
  await checkAbortUnderWay(ctx, reason);
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  await expectCode(
    ctx,
    listAll(closed, ""),
    "CLOSED",
    "a listing after close()",
    { clause: 28 },
  );
}

/** Lists from inside the callback of an upload, which is aborted then. */
async function checkDuringUpload(
  ctx: CaseContext,
  given: readonly string[],
): Promise<void> {
  const controller = new AbortController();
  const bytes = ctx.bytes(9 * 1024 * 1024 + 1, "in flight");
  let listed: Promise<string[]> | undefined;
  const outcome = await settle(ctx.upload("in-flight", bytes, {
    signal: controller.signal,
    async callback() {
      listed ??= listAll(ctx.store, "");
      await settle(listed);
      controller.abort();
    },
  }));
  const what = "an upload that is listed and aborted in its first call";
  const hasHappened = listed !== undefined;
  expectHappened(ctx, { hasHappened, what, clause: 8, outcome });
  const names = (await listed ?? []).filter((name) => name !== "in-flight");
  expectSame(ctx, names, given, "a listing while an upload is under way");
  // An upload in parts, with files that stay when it fails.
  const failing = () => {
    throw new Error("the callback's own error");
  };
  await settle(ctx.upload("in-flight", bytes, { callback: failing }));
}

async function checkAbortUnderWay(
  ctx: CaseContext,
  reason: Error,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  async function listAndAbort(): Promise<void> {
    const list = (ctx.store as ListableObjectStore).listObjects("", { signal });
    for await (const _ of list) controller.abort(reason);
  }
  const what = "a listing that is aborted under way";
  const outcome = await ctx.within(20_000, settle(listAndAbort()), what);
  // The rest of a page that is there already may still come.
  if (outcome.status === "fulfilled") return;
  expectEqual(ctx, outcome.reason, reason, `the error of ${what}`, {
    clause: 21,
  });
}

/** Listings whose requests fail: all of them, or the last one. */
async function checkFailures(ctx: CaseContext): Promise<void> {
  const { wire } = ctx;
  if (wire === undefined) return;
  const source = await ctx.source(ctx.bytes(5));
  for (let i = 0; i < SOME; i++) {
    await ctx.store.uploadObject(`paged/${i}`, source);
  }
  const busy: FaultAction = { kind: "status", status: 503 };
  const faults: [string, FaultAction, string][] = [
    ["a busy service", busy, "TRANSIENT"],
    ["a lost connection", { kind: "reset", at: "before-head" }, "TRANSIENT"],
    ["answers that are cut", { kind: "cut", afterBytes: half }, "TRANSIENT"],
  ];
  if (wire.dialect !== undefined) {
    const forbidden: FaultAction = { kind: "status", status: 403 };
    faults.push(["no permission", forbidden, "PERMISSION_DENIED"]);
  }
  for (const [how, action, code] of faults) {
    const what = `a listing with ${how}`;
    const listing = () => listAll(ctx.store, "paged/");
    const { outcome } = await underFaults(ctx, [{ action }], listing, what);
    const evidence = [wireEvidence(ctx)];
    expect(ctx, outcome.status === "rejected", {
      expected: `${what} rejects with ${code}`,
      observed: "it ended as if it were complete",
      clause: 25,
      evidence,
    });
    const clause = code === "TRANSIENT" ? 25 : 24;
    checkCode(ctx, outcome.reason, code, what, { clause, evidence });
  }
  const start = (options: { signal: AbortSignal }) =>
    listAll(ctx.store, "paged/", options);
  await abortUnanswered(ctx, { what: "listing", start });
  const requests = await recordRequests(
    ctx,
    () => listAll(ctx.store, "paged/"),
  );
  if (requests.length < 2) return;
  await checkLaterPage(ctx, busy, requests.length);
  await checkAskedAgain(ctx, busy, requests.length);
}

/** Who asks again for the page that was refused once goes on where it was. */
async function checkAskedAgain(
  ctx: CaseContext,
  action: FaultAction,
  nth: number,
): Promise<void> {
  const what = "a listing of which one request is refused once";
  const rules = [{ match: { nth, count: 1 }, action, optional: true }];
  const names = () => listAll(ctx.store, "paged/");
  const { outcome } = await underFaults(ctx, rules, names, what);
  if (outcome.status === "rejected") {
    return checkCode(ctx, outcome.reason, "TRANSIENT", what, { clause: 25 });
  }
  const wanted = Array.from({ length: SOME }, (_, index) => `paged/${index}`);
  expectSame(ctx, outcome.value, wanted, what);
}

async function checkLaterPage(
  ctx: CaseContext,
  action: FaultAction,
  nth: number,
): Promise<void> {
  const what = "a listing whose last request fails";
  const names: string[] = [];
  async function list(): Promise<void> {
    const { listObjects } = ctx.store as ListableObjectStore;
    for await (const name of listObjects.call(ctx.store, "paged/")) {
      names.push(name);
    }
  }
  const rules = [{ match: { nth }, action, optional: true }];
  const { outcome, fired } = await underFaults(ctx, rules, list, what);
  // A listing may ask for one more page before it needs it.
  if (outcome.status === "fulfilled" && fired === 0) return;
  const isTyped = outcome.status === "rejected"
    ? isStoreError(outcome.reason) && outcome.reason.code === "TRANSIENT"
    : names.length === SOME;
  expect(ctx, isTyped, {
    expected: `${what} rejects with TRANSIENT`,
    observed: outcome.status === "rejected"
      ? `it rejected with ${outcome.reason}`
      : `it ended after ${names.length} of ${SOME} names`,
    clause: 25,
    evidence: [wireEvidence(ctx)],
  });
}
