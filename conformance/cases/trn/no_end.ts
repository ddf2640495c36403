import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, expectEqual } from "../../checks/expect.ts";
import {
  type Operation,
  Operations,
  SMALL,
} from "../shared/wire_operations.ts";
import { endOf, runWithFaults, wireEvidence } from "../shared/wire_outcomes.ts";

/** Milliseconds between two bytes: never silent. */
const PAUSE_MS = 50;
/** Codes of what rejects because an answer says too little, or takes too long. */
const CODES = ["TRANSIENT", "OTHER"];

/** Successes that do not end: a part of group TRN. */
export const trnNoEndCases: readonly Case[] = [{
  id: "TRN-27",
  clauses: [27, 25, 6],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "a success without a length and without an end is waited for in vain",
  explain:
    "Each request is answered 200 without a length, and the body goes on byte by byte for ever; an answer to HEAD has no body and no length either. Sizes and downloads reject as TRANSIENT or OTHER, within the time that an operation may take: nobody has told a size, so 0 and what has come so far are none. An upload does the same, or believes the status and does not wait for the end. Look for a missing `Content-Length` that becomes 0 or NaN, for a body that is read to its end only to be thrown away, and for a time limit that begins anew with each byte.",
  async run(ctx) {
    const ms = endOf(ctx);
    const operations = await new Operations(ctx).small();
    const what = "while each request is answered 200 without an end";
    const outcomes = await runWithFaults(
      ctx,
      { action: { kind: "endless", status: 200, body: "", ms: PAUSE_MS } },
      operations,
      { what, ms },
    );
    for (const [i, operation] of operations.entries()) {
      await judge(ctx, operation, outcomes[i]!, `${operation.what} ${what}`);
    }
  },
}];

async function judge(
  ctx: CaseContext,
  operation: Operation,
  outcome: PromiseSettledResult<unknown>,
  what: string,
): Promise<void> {
  const evidence = [wireEvidence(ctx)];
  if (outcome.status === "rejected") {
    checkCode(ctx, outcome.reason, CODES, what, { evidence });
    return await operation.expectNothing();
  }
  switch (operation.kind) {
    case "upload":
      // The service has said that it is stored, and what it says of it is nobody's business.
      return;
    case "size":
      return expectEqual(ctx, outcome.value, SMALL, what, {
        clause: 6,
        evidence,
      });
    case "download":
      expect(ctx, false, {
        expected: `${what} rejects`,
        observed: "it fulfilled, although nobody has told the object's size",
        clause: 25,
        evidence,
      });
  }
}
