import type { Case, CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { FaultRule, WireRequest } from "../../faults/fault.ts";
import { deleteObject } from "../shared/powers.ts";
import { isWrite } from "../shared/wire.ts";
import {
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  butDiscards,
  expectPermanentError,
  runWithFaults,
  wireEvidence,
  wireOf,
} from "../shared/wire_outcomes.ts";

/** Statuses after which a client may ask with `GET` whatever it has asked with before. */
const STATUSES = [301, 302, 303];
/** The page that they lead to. */
const PAGE = "/sign-in-to-this-network";

/** Redirects: a part of group TRN. */
export const trnRedirectCases: readonly Case[] = [{
  id: "TRN-25",
  clauses: [25, 8],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "what is redirected to a page has not been done",
  explain:
    'A gateway answers every request that writes with 301, 302 or 303 and the address of its sign-in page, which answers GET with 200 and everything else with 405. Uploads, in one request and in several, and deletions reject with an error of the store that is not transient, and nothing has changed. Look for an HTTP client that follows redirects by itself: `fetch` does unless it is given `redirect: "manual"`, and asks with GET after a 303, so that the page\'s 200 is taken for the success of what never reached the service.',
  async run(ctx) {
    const old = ctx.bytes(SMALL, "old");
    for (const status of STATUSES) {
      for (const [which, where] of writesOf(ctx)) {
        const operations = new Operations(ctx);
        const uploads = [
          await operations.upload(SMALL, old),
          await operations.upload(severalRequests(ctx)),
        ];
        const what = `while ${which} is answered ${status} and a page`;
        const rules = rulesOf(status, where);
        const outcomes = await runWithFaults(ctx, rules, uploads, { what });
        for (const [i, upload] of uploads.entries()) {
          expectRefused(ctx, outcomes[i]!, `${upload.what} ${what}`);
          await upload.expectNothing();
        }
      }
      if (ctx.has("delete")) await checkDeletion(ctx, status, old);
    }
  },
}];

/** Requests of uploads: all, as a gateway does it, and the last alone, as the first one to fail hides what the others would do. */
function writesOf(
  ctx: CaseContext,
): [string, (request: WireRequest) => boolean][] {
  const { where: isNoDiscard } = butDiscards(ctx);
  const { dialect } = wireOf(ctx);
  const all = (request: WireRequest) =>
    isWrite(request) && isNoDiscard!(request);
  const writes: [string, typeof all][] = [["each write", all]];
  if (dialect) writes.push(["the commit", dialect.isCommit.bind(dialect)]);
  return writes;
}

async function checkDeletion(
  ctx: CaseContext,
  status: number,
  bytes: Uint8Array,
): Promise<void> {
  const name = ctx.name("kept");
  await ctx.given(name, bytes);
  const what = `while it is answered ${status} and a page`;
  const deletion = { what: "a deletion", start: () => deleteObject(ctx, name) };
  const [outcome] = await runWithFaults(
    ctx,
    rulesOf(status, isWrite),
    [deletion],
    { what },
  );
  const deleting = `${deletion.what} ${what}`;
  expectRefused(ctx, outcome!, deleting);
  await ctx.expectObject(name, bytes, `${deleting} has rejected`);
}

function rulesOf(
  status: number,
  where: (request: WireRequest) => boolean,
): FaultRule[] {
  const page = { path: PAGE };
  const reads = ["GET", "HEAD"];
  const headers = { "content-type": "text/html" };
  return [
    {
      match: { ...page, method: reads },
      action: { kind: "status", status: 200, body: "<p>Sign in", headers },
      // Nobody has to follow.
      optional: true,
    },
    {
      match: page,
      action: { kind: "status", status: 405 },
      optional: true,
    },
    {
      match: { where },
      action: {
        kind: "status",
        status,
        headers: { ...headers, location: PAGE },
        body: "",
      },
    },
  ];
}

function expectRefused(
  ctx: CaseContext,
  outcome: PromiseSettledResult<unknown>,
  what: string,
): void {
  expect(ctx, outcome.status === "rejected", {
    expected:
      `${what} rejects with an error of the store, and not with TRANSIENT`,
    observed: "it fulfilled",
    hint: "a redirect was followed, and the page's 200 taken for a success",
    evidence: [wireEvidence(ctx)],
  });
  expectPermanentError(ctx, outcome.reason, what);
}
