import type { Case } from "../../model/case.ts";
import { checkCode, expect } from "../../checks/expect.ts";
import { Operations } from "../shared/wire_operations.ts";
import { endOf, runWithFaults, wireEvidence } from "../shared/wire_outcomes.ts";

/** Milliseconds between two bytes: never silent. */
const PAUSE_MS = 50;

/** Answers that do not end: a part of group TRN. */
export const trnEndlessCases: readonly Case[] = [{
  id: "TRN-20",
  clauses: [27, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 180_000,
  title: "a refusal whose text never ends is a refusal all the same",
  explain:
    "Each request is answered 403, and the text of the error goes on byte by byte for ever. Each operation ends by what the status says, PERMISSION_DENIED, or as TRANSIENT because the answer took too long, and close() does not wait for it. Look for a text that is read to its end, and for a time limit that begins anew with each byte.",
  async run(ctx) {
    const ms = endOf(ctx);
    const operations = await new Operations(ctx).small();
    const what = "while each request is refused by a text without an end";
    const outcomes = await runWithFaults(
      ctx,
      { action: { kind: "endless", status: 403, ms: PAUSE_MS } },
      operations,
      { what, ms },
    );
    for (const [i, operation] of operations.entries()) {
      const outcome = outcomes[i]!;
      const evidence = [wireEvidence(ctx)];
      const called = `${operation.what} ${what}`;
      expect(ctx, outcome.status === "rejected", {
        expected: `${called} rejects`,
        observed: "it fulfilled",
        evidence,
      });
      const codes = ["PERMISSION_DENIED", "TRANSIENT"];
      checkCode(ctx, outcome.reason, codes, called, { evidence });
      await operation.expectNothing();
    }
  },
}];
