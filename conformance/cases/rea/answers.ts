import type { Case, CaseContext } from "../../model/case.ts";
import {
  checkCode,
  expectBytes,
  expectCode,
  settle,
} from "../../checks/expect.ts";
import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import type { ReadObjectOptions } from "../../../src/object_store.ts";
import { readObject, readOn } from "../shared/powers.ts";
import { SMALL } from "../shared/wire_operations.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Answers that were not asked for, and answers that say no: a part of group REA. */
export const reaAnswerCases: readonly Case[] = [{
  id: "REA-14",
  clauses: [25, 31],
  level: "must",
  capabilities: ["read"],
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "an answer that was not asked for is never taken for the range",
  explain:
    "A range is answered with the whole object (200), with another range (206), or with a 206 that does not say which; and the whole with the first bytes of it. The stream is exact, as by a further request, or the failure is TRANSIENT or OTHER. Check status and `Content-Range` of each answer.",
  run: checkOtherAnswers,
}, {
  id: "REA-19",
  clauses: [24, 25],
  level: "must",
  capabilities: ["read"],
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "what the service refuses is the same error as of a download",
  explain:
    "503 and a lost connection are TRANSIENT; where the harness gives words or a store for it, what is forbidden is PERMISSION_DENIED and a missing bucket BUCKET_NOT_FOUND. When the service is well again, the same call succeeds.",
  run: checkRefused,
}];

async function checkOtherAnswers(ctx: CaseContext): Promise<void> {
  // As text, since a fault's body is text.
  const bytes = ctx.bytes(SMALL).map((byte) => 48 + byte % 64);
  const { length } = bytes;
  if (length < 2_000) throw ctx.unverified("largestObject is too small");
  const name = ctx.name("whole");
  await ctx.given(name, bytes);
  const text = new TextDecoder().decode(bytes);
  const headers = { "content-type": "application/octet-stream", etag: '"a"' };
  const piece = (from: number, to: number): FaultAction => ({
    kind: "status",
    status: 206,
    headers: { ...headers, "content-range": `bytes ${from}-${to}/${length}` },
    body: text.slice(from, to + 1),
  });
  const whole: FaultAction = {
    kind: "status",
    status: 200,
    headers,
    body: text,
  };
  const mute: FaultAction = { ...whole, status: 206, body: text.slice(0, 500) };
  const range = { offset: 1_000, length: 500 };
  const answers: [string, ReadObjectOptions, FaultAction][] = [
    ["a range answered with the whole object", range, whole],
    ["a range answered with another", range, piece(0, 499)],
    ["a range answered with a later one", range, piece(1_100, 1_599)],
    ["a range answered without 'Content-Range'", range, mute],
    ["the whole answered with its first bytes", {}, piece(0, 999)],
    ["the rest answered with a piece", { offset: 1_000 }, piece(1_000, 1_999)],
  ];
  for (const [what, options, action] of answers) {
    const { offset = 0, length = Infinity } = options;
    const wanted = bytes.subarray(offset, offset + length);
    // In one round the service is well after the first of them.
    for (const count of [1, Infinity]) {
      const rule: FaultRule = {
        match: { method: "GET", count },
        action,
        optional: true,
      };
      await checkAnswered(ctx, { name, options, rule, wanted, what });
    }
  }
}

async function checkAnswered(
  ctx: CaseContext,
  { name, options, rule, wanted, what }: {
    name: string;
    options: ReadObjectOptions;
    rule: FaultRule;
    wanted: Uint8Array;
    what: string;
  },
): Promise<void> {
  await disposeAfter(wireOf(ctx).inject(rule), async () => {
    const ms = patienceOf(ctx);
    const opened = await ctx.within(
      ms,
      settle(readObject(ctx, name, options)),
      what,
      "scaled",
    );
    const codes = ["TRANSIENT", "OTHER"];
    const evidence = [wireEvidence(ctx)];
    if (opened.status === "rejected") {
      return checkCode(ctx, opened.reason, codes, what, { evidence });
    }
    const reader = opened.value.stream.getReader();
    const { bytes, failure } = await readOn(ctx, reader, what, ms);
    if (failure) {
      return checkCode(ctx, failure.error, codes, what, { evidence });
    }
    expectBytes(ctx, bytes, wanted, what, { clause: 25, evidence });
  });
}

async function checkRefused(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(SMALL);
  const name = ctx.name();
  await ctx.given(name, bytes);
  const refusals: [string, FaultAction, string, number][] = [
    ["503", { kind: "status", status: 503 }, "TRANSIENT", 25],
    ["a reset", { kind: "reset", at: "before-head" }, "TRANSIENT", 25],
  ];
  if (wireOf(ctx).dialect) {
    const action: FaultAction = { kind: "status", status: 403 };
    refusals.push(["403", action, "PERMISSION_DENIED", 24]);
  }
  for (const [how, action, code, clause] of refusals) {
    const what = `a read whose every request is answered by ${how}`;
    await disposeAfter(wireOf(ctx).inject({ action }), async () => {
      const ms = patienceOf(ctx);
      const reading = read();
      await expectCode(ctx, reading, code, what, { clause, ms });
    });
  }
  expectBytes(ctx, await read(), bytes, "the same call, when all is well", {
    clause: 26,
  });
  for (const member of ["openForbidden", "openMissingBucket"] as const) {
    const isForbidden = member === "openForbidden";
    if (!ctx.has(isForbidden ? "authz" : "bucket")) continue;
    const store = await ctx.openSpecial(member);
    const code = isForbidden ? "PERMISSION_DENIED" : "BUCKET_NOT_FOUND";
    const what = `a read of a store from ${member}`;
    const reading = readObject(ctx, name, undefined, store);
    await expectCode(ctx, reading, code, what, { clause: 24 });
  }

  async function read(): Promise<Uint8Array> {
    return await (await readObject(ctx, name)).bytes();
  }
}
