import type { CaseContext } from "../../model/case.ts";
import {
  describeError,
  isStoreError,
  isTransientError,
} from "../../checks/error_chain.ts";
import { errorChain, expect } from "../../checks/expect.ts";
import type { FaultMatch } from "../../faults/fault.ts";
import type { Operation } from "../shared/wire_operations.ts";
import { runWithFaults, wireEvidence } from "../shared/wire_outcomes.ts";

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
    const evidence = [wireEvidence(ctx)];
    expect(ctx, outcome.status === "rejected", {
      expected: `${failing} rejects`,
      observed: "it fulfilled",
      evidence,
    });
    const { reason } = outcome;
    expect(ctx, isStoreError(reason) && !isTransientError(reason), {
      expected:
        `${failing} rejects with an error of the store, and not with TRANSIENT`,
      observed: `it rejected with ${describeError(reason)[0]}`,
      evidence: [...evidence, errorChain(reason)],
    });
    await (isLate
      ? operation.expectNothingOrWhole()
      : operation.expectNothing());
  }
}
