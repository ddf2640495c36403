import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, expectCode, settle } from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import { abortUnanswered } from "../shared/abort_silent.ts";
import { deleteObject, succeed } from "../shared/powers.ts";
import {
  expectPermanentError,
  patienceOf,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { untilQuiet } from "../shared/wire.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Deletes that the service or the network refuses: a part of group DEL. */
export const delWireCases: readonly Case[] = [{
  id: "DEL-9",
  clauses: [34, 25],
  level: "must",
  capabilities: ["delete"],
  needs: ["upstream"],
  timeoutMs: 180_000,
  title: "a delete that fails leaves the object whole",
  explain:
    "Every request is answered 503, or its connection is reset before the service sees it: TRANSIENT, and the object is as it was; answered 405 or 501 (the service, or what stands before it, knows no DELETE) an error that is not transient. When the service is well again, the same call succeeds. Never take 'no answer' for 'gone'.",
  async run(ctx) {
    const actions: FaultAction[] = [
      { kind: "status", status: 503 },
      { kind: "reset", at: "before-head" },
    ];
    for (const action of actions) {
      const name = ctx.name();
      const bytes = ctx.bytes(3_011, name);
      await ctx.given(name, bytes);
      const what = `a delete with ${action.kind} for every request`;
      await expectFailure(ctx, name, action, "TRANSIENT", what);
      await ctx.expectObject(name, bytes, `${what} has failed`);
      await succeed(ctx, deleteObject(ctx, name), "the same call, once more");
      await ctx.expectNoObject(name, "the second delete has resolved");
    }
    for (const status of [405, 501]) await checkUnknown(ctx, status);
    const name = ctx.name();
    const bytes = ctx.bytes(501);
    await ctx.given(name, bytes);
    await abortUnanswered(ctx, {
      what: "delete",
      start: (options) => deleteObject(ctx, name, options),
    });
    // The service has not seen it, and nobody may ask once more for what was given up.
    await untilQuiet(ctx);
    await ctx.expectObject(name, bytes, "its delete was aborted");
  },
}, {
  id: "DEL-10",
  clauses: [34, 25],
  level: "must",
  capabilities: ["delete"],
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "a delete whose answer is lost may be made again",
  explain:
    "The service deletes the object, and its answer does not come, once or always: the call resolves, or rejects as TRANSIENT. The same call then resolves, as nothing there is no error.",
  async run(ctx) {
    for (const count of [1, Infinity]) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(3_011, name));
      const what = "a delete whose answer is lost";
      const faults = wireOf(ctx).inject({
        match: { method: ["DELETE", "POST"], count },
        action: { kind: "lose-answer" },
        optional: true,
      });
      const ms = patienceOf(ctx);
      const deleting = settle(deleteObject(ctx, name));
      const outcome = await ctx.within(ms, deleting, what, "scaled");
      await faults.stop();
      if (outcome.status === "rejected") {
        const evidence = [wireEvidence(ctx)];
        checkCode(ctx, outcome.reason, "TRANSIENT", what, { evidence });
      }
      await succeed(ctx, deleteObject(ctx, name), "the same call, once more");
      await ctx.expectNoObject(name, "the second delete has resolved");
    }
  },
}, {
  id: "DEL-11",
  clauses: [24, 34],
  level: "must",
  capabilities: ["delete"],
  title: "what may not be deleted is PERMISSION_DENIED, and stays",
  explain:
    "With a store that may do nothing (capability `authz`), on a missing bucket (capability `bucket`), and with answers 403 in the service's words: a missing object is no error, and a missing bucket or right is.",
  run: checkForbidden,
}];

async function checkForbidden(ctx: CaseContext): Promise<void> {
  const hasWords = ctx.wire?.dialect !== undefined;
  if (!ctx.has("authz") && !ctx.has("bucket") && !hasWords) {
    throw ctx.skip("the harness declares neither 'authz' nor 'bucket'");
  }
  const name = ctx.name();
  const bytes = ctx.bytes(733);
  await ctx.given(name, bytes);
  const denied = "PERMISSION_DENIED";
  if (hasWords) {
    const action: FaultAction = { kind: "status", status: 403 };
    await expectFailure(ctx, name, action, denied, "a delete answered by 403");
  }
  if (ctx.has("authz")) {
    const store = await ctx.openSpecial("openForbidden");
    const deleting = deleteObject(ctx, name, undefined, store);
    await expectCode(ctx, deleting, denied, "a delete without permission");
  }
  if (ctx.has("bucket")) {
    const store = await ctx.openSpecial("openMissingBucket");
    const deleting = deleteObject(ctx, name, undefined, store);
    const what = "a delete in a missing bucket";
    await expectCode(ctx, deleting, "BUCKET_NOT_FOUND", what);
  }
  await ctx.expectObject(name, bytes, "its delete was refused");
}

/** A delete that nothing in front of the object knows. */
async function checkUnknown(ctx: CaseContext, status: number): Promise<void> {
  const name = ctx.name();
  const bytes = ctx.bytes(1_013, name);
  await ctx.given(name, bytes);
  const what = `a delete with ${status} for every request`;
  const action: FaultAction = { kind: "status", status };
  const reason = await fail(ctx, name, action, what);
  expectPermanentError(ctx, reason, what, { clause: 25 });
  await ctx.expectObject(name, bytes, `${what} has failed`);
}

async function expectFailure(
  ctx: CaseContext,
  name: string,
  action: FaultAction,
  code: string,
  what: string,
): Promise<void> {
  const reason = await fail(ctx, name, action, what);
  checkCode(ctx, reason, code, what, { evidence: [wireEvidence(ctx)] });
}

/** Deletes under a fault, and gives what it rejects with. */
async function fail(
  ctx: CaseContext,
  name: string,
  action: FaultAction,
  what: string,
): Promise<unknown> {
  return await disposeAfter(wireOf(ctx).inject({ action }), async () => {
    const ms = patienceOf(ctx);
    const deleting = settle(deleteObject(ctx, name));
    const outcome = await ctx.within(ms, deleting, what, "scaled");
    expect(ctx, outcome.status === "rejected", {
      expected: `${what} rejects`,
      observed: "it resolved",
      evidence: [wireEvidence(ctx)],
    });
    return outcome.reason;
  });
}
