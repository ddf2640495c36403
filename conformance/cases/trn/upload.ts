import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import type { FaultAction, FaultMatch, FaultRule } from "../../faults/fault.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  expectTransient,
  patienceOf,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";
import { isWrite } from "../shared/wire.ts";

/** More than an upload's head, less than its body. */
const SOME_BYTES = 1_000;

/** Uploads that fail, and uploads of which nobody knows: a part of group TRN. */
export const trnUploadCases: readonly Case[] = [{
  id: "TRN-11",
  clauses: [8, 26],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title:
    "an interrupted upload leaves the old object or none; a retry stores the new one",
  explain:
    "The connection breaks within the body, or the service refuses. Nothing may be visible of the new object, the old one stays as it was, and the same call then stores it exactly. Check an object that is made visible before its bytes are there, and an upload that goes on from a part of the failed one.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const actions: readonly FaultAction[] = [
      { kind: "reset-upload", afterBytes: SOME_BYTES },
      { kind: "status", status: 503 },
    ];
    for (const action of actions) {
      const what = `with ${action.kind} for every request that writes`;
      const uploads = await prepare(ctx, operations, what);
      const rule = { match: { where: isWrite }, action };
      await expectTransient(ctx, rule, uploads, { what });
      for (const upload of uploads) await repeat(ctx, upload);
    }
  },
}, {
  id: "TRN-12",
  clauses: [8, 25, 26],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title:
    "an upload whose last answer is lost resolves or is transient, and the object is whole",
  explain:
    "The service has stored the object and nobody hears of it, or the request never arrived. The store may look what is there, and resolve only if that is certainly the new object: one of the same size may be the old one. Otherwise TRANSIENT, whatever a second attempt at the commit is told (the upload is gone by then). The object is the old or the new one, whole, and the same call then stores it.",
  async run(ctx) {
    const operations = new Operations(ctx);
    for (const [what, rule] of lostCommits(ctx)) {
      const uploads = await prepare(ctx, operations, what);
      // A fault that happens once happens to each of them.
      const isOnce = rule.match?.count === 1;
      const batches = isOnce ? uploads.map((upload) => [upload]) : [uploads];
      for (const batch of batches) {
        await expectTransient(ctx, rule, batch, {
          what,
          orDone: true,
          afterFailure: (upload) => upload.expectNothingOrWhole(),
        });
      }
      for (const upload of uploads) await repeat(ctx, upload);
    }
  },
}];

/** Uploads to new names and over objects of the same size, small and in several parts. */
async function prepare(
  ctx: CaseContext,
  operations: Operations,
  salt: string,
): Promise<Operation[]> {
  const uploads: Operation[] = [];
  for (const size of [SMALL, severalRequests(ctx)]) {
    const old = ctx.bytes(size, `old ${salt} ${size}`);
    uploads.push(await operations.upload(size));
    uploads.push(await operations.upload(size, old));
  }
  return uploads;
}

/** The ways in which a commit's answer is lost; without a dialect every request that writes counts as one. */
function lostCommits(ctx: CaseContext): [what: string, rule: FaultRule][] {
  const { dialect } = wireOf(ctx);
  const match: FaultMatch = {
    where: (request) => dialect ? dialect.isCommit(request) : isWrite(request),
  };
  const once = { ...match, count: 1 };
  return [
    ["while every commit's answer is lost", {
      match,
      action: { kind: "lose-answer" },
    }],
    ["when the first commit's answer is lost", {
      match: once,
      action: { kind: "lose-answer" },
    }],
    ["while no commit arrives", {
      match,
      action: { kind: "reset", at: "before-head" },
    }],
  ];
}

async function repeat(ctx: CaseContext, upload: Operation): Promise<void> {
  const again = `${upload.what}, once more when nothing fails,`;
  const ms = patienceOf(ctx);
  const outcome = await ctx.within(ms, settle(upload.start()), again);
  expect(ctx, outcome.status === "fulfilled", {
    expected: `${again} succeeds`,
    observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
    clause: 26,
    evidence: [wireEvidence(ctx)],
  });
  await upload.expectDone(outcome.value);
}
