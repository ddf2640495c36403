import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { FaultMatch } from "../../faults/fault.ts";
import type { Operation } from "../shared/wire_operations.ts";
import {
  expectPermanentError,
  runWithFaults,
  wireEvidence,
} from "../shared/wire_outcomes.ts";

/** Fails the case unless every operation rejects with an error of the store that is not transient, and leaves nothing. */
export async function expectPermanent(
  ctx: CaseContext,
  { status, match, message }: {
    status: number;
    match: FaultMatch;
    message?: string;
  },
  all: readonly Operation[],
): Promise<void> {
  const said = message === undefined ? {} : { message };
  const what = message === undefined
    ? `while answers are ${status}`
    : `while answers are ${status} and say ${JSON.stringify(message)}`;
  const isLate = match.nth !== undefined;
  const outcomes = await runWithFaults(
    ctx,
    {
      match,
      action: { kind: "status", status, ...said },
      optional: isLate,
    },
    all,
    { what },
  );
  for (const [i, operation] of all.entries()) {
    const outcome = outcomes[i]!;
    if (outcome.status === "fulfilled" && isLate) {
      await operation.expectDone(outcome.value);
      continue;
    }
    const failing = `${operation.what} ${what}`;
    expect(ctx, outcome.status === "rejected", {
      expected: `${failing} rejects`,
      observed: "it fulfilled",
      evidence: [wireEvidence(ctx)],
    });
    const { reason } = outcome;
    expectPermanentError(ctx, reason, failing);
    await (isLate
      ? operation.expectNothingOrWhole()
      : operation.expectNothing());
  }
}
