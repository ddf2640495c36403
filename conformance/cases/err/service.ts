import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  checkCode,
  errorChain,
  expect,
  expectCode,
} from "../../checks/expect.ts";
import type { FaultAction, WireRequest } from "../../faults/fault.ts";
import { checkMissingBucket } from "./errors.ts";
import { type Outcomes, runAll } from "./provoke_on_wire.ts";
import { prepareTransfers, severalParts } from "../shared/transfers.ts";
import { butDiscards } from "../shared/wire_outcomes.ts";
import { underFaults, wireEvidence, wireOf } from "../shared/wire.ts";

/** Statuses that mean the same whatever is asked for. */
const PLAIN_STATUSES: readonly number[] = [401, 403, 429, 500, 501, 503, 504];

/** Errors that the service's answers, or their loss, become. */
export const errServiceCases: readonly Case[] = [
  {
    id: "ERR-3",
    clauses: [22],
    level: "should",
    needs: ["upstream"],
    title: "what made an operation fail is the error's cause",
    explain:
      "The connection is reset at every request. The store's error says what that means; its `cause` is what the system said, for whoever has to find out why.",
    timeoutMs: 60_000,
    async run(ctx) {
      const reset: FaultAction = { kind: "reset", at: "before-head" };
      const { outcomes } = await runAll(ctx, reset, "a lost connection");
      for (const [method, outcome] of Object.entries(outcomes)) {
        const what = `${method}() whose connection is reset`;
        const error: unknown = expectRejected(ctx, outcome, what);
        // Not every error of a client is an Error.
        const hasCause = isStoreError(error) &&
          error.cause !== undefined && error.cause !== null;
        expect(ctx, hasCause, {
          expected: `${what} rejects with an error that has its cause`,
          observed: isStoreError(error)
            ? "it has none"
            : "it rejected with an error that is not the store's",
          evidence: [errorChain(error), wireEvidence(ctx)],
        });
      }
    },
  },
  {
    id: "ERR-5",
    clauses: [24],
    level: "must",
    title: "what the service forbids is PERMISSION_DENIED, from every method",
    explain:
      "Permission denied is neither 'not found' nor transient, and a HEAD without a body is a 403 as well as a GET with one. Tried with a store that may do nothing (capability `authz`), and with answers 401 and 403 in the service's own words ('upstream' and 'dialect').",
    timeoutMs: 60_000,
    async run(ctx) {
      const hasWords = ctx.wire?.dialect !== undefined;
      if (!ctx.has("authz") && !hasWords) {
        throw ctx.skip("the harness does not declare 'authz'");
      }
      if (ctx.has("authz")) await checkForbidden(ctx);
      if (!hasWords) return;
      for (const status of [403, 401]) {
        await checkForbiddenAnswers(ctx, status);
      }
      for (const nth of [1, 2]) await checkForbiddenTransfers(ctx, nth);
    },
  },
  {
    id: "ERR-6",
    clauses: [24],
    level: "must",
    capabilities: ["bucket"],
    needs: ["openMissingBucket"],
    title: "a missing bucket is not a missing object",
    explain:
      "BUCKET_NOT_FOUND from upload, download and listing, whose answers tell: a missing bucket is not an empty one; getObjectSize may need one more request after its 404, and only where that is forbidden is it OBJECT_NOT_FOUND.",
    run: checkMissingBucket,
  },
  {
    id: "ERR-9",
    clauses: [24, 25],
    level: "must",
    needs: ["upstream"],
    title: "the same answer is the same error from every method",
    explain:
      "The service answers every request with one status. Size, upload and download then reject with one code; only a HEAD, whose answer has no body, cannot know what a service's code in a body says, so HEADs pass where the code decides, also those that a store sends before a GET. If this fails, the methods have tables of their own.",
    timeoutMs: 90_000,
    async run(ctx) {
      for (const status of PLAIN_STATUSES) {
        await checkSymmetry(ctx, { kind: "status", status });
      }
      const [code] = wireOf(ctx).dialect?.transientCodes ?? [];
      if (code === undefined) return;
      await checkSymmetry(ctx, { kind: "status", status: 400, code });
    },
  },
];

async function checkForbidden(ctx: CaseContext): Promise<void> {
  const store = await ctx.openSpecial("openForbidden");
  const name = ctx.name();
  const code = "PERMISSION_DENIED";
  await expectCode(ctx, store.getObjectSize(name), code, "getObjectSize");
  const upload = ctx.upload(name, ctx.bytes(100), undefined, store);
  await expectCode(ctx, upload, code, "the upload");
  const path = join(ctx.root, "forbidden");
  const download = ctx.download(name, path, undefined, store);
  await expectCode(ctx, download, code, "the download");
}

async function checkForbiddenAnswers(
  ctx: CaseContext,
  status: number,
): Promise<void> {
  const fault = `an answer of status ${status}`;
  const { outcomes } = await runAll(ctx, { kind: "status", status }, fault);
  for (const [method, outcome] of Object.entries(outcomes)) {
    const what = `${method}() with ${fault}`;
    const error = expectRejected(ctx, outcome, what);
    checkCode(ctx, error, "PERMISSION_DENIED", what, {
      evidence: [wireEvidence(ctx)],
    });
  }
}

/** Transfers of several requests, that are forbidden at once or later. */
async function checkForbiddenTransfers(
  ctx: CaseContext,
  nth: number,
): Promise<void> {
  const setup = { salt: `forbidden ${nth}` };
  for (
    const transfer of await prepareTransfers(ctx, severalParts(ctx), setup)
  ) {
    const what = `${transfer.what} that is forbidden from request ${nth} on`;
    const { outcome } = await underFaults(
      ctx,
      [{
        match: { ...butDiscards(ctx), nth },
        action: { kind: "status", status: 403 },
        optional: nth > 1,
      }],
      () => transfer.start(),
      what,
    );
    if (outcome.status === "fulfilled" && nth > 1) {
      await transfer.expectDone();
      continue;
    }
    const error = expectRejected(ctx, outcome, what);
    checkCode(ctx, error, "PERMISSION_DENIED", what, {
      evidence: [wireEvidence(ctx)],
    });
  }
}

async function checkSymmetry(
  ctx: CaseContext,
  action: FaultAction & { kind: "status" },
): Promise<void> {
  const { status, code } = action;
  const what = `status ${status}${code === undefined ? "" : ` ${code}`}`;
  // A HEAD's answer has no body, so no code: it passes, also before a GET.
  const where = ({ method }: WireRequest) =>
    code === undefined || method !== "HEAD";
  const { outcomes } = await runAll(ctx, action, what, { where });
  const { getObjectSize, ...others } = outcomes;
  const isBlind = code !== undefined && getObjectSize.status === "fulfilled";
  const codes = codesOf(ctx, isBlind ? others : outcomes, what);
  const lines = [...codes].map(([method, code]) => `${method}(): ${code}`);
  expect(ctx, new Set(codes.values()).size === 1, {
    expected: `each method rejects with the same code if the answer is ${what}`,
    observed: lines.join(", "),
    evidence: [wireEvidence(ctx)],
  });
}

function codesOf(
  ctx: CaseContext,
  outcomes: Partial<Outcomes>,
  what: string,
): Map<string, string> {
  return new Map(
    Object.entries(outcomes).map(([method, outcome]) => {
      const error = expectRejected(ctx, outcome, `${method}() with ${what}`);
      return [method, isStoreError(error) ? error.code : "no store's error"];
    }),
  );
}

function expectRejected(
  ctx: CaseContext,
  outcome: PromiseSettledResult<unknown>,
  what: string,
): unknown {
  if (outcome.status === "rejected") return outcome.reason;
  throw ctx.fail({
    expected: `${what} rejects`,
    observed: "it fulfilled",
    clause: 25,
    evidence: [wireEvidence(ctx)],
  });
}
