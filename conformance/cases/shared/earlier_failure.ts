import type { CaseContext } from "../../model/case.ts";
import { errorChain } from "../../checks/expect.ts";

/** Details for {@linkcode expectNoEarlierFailure}. */
export interface EarlierFailure {
  /** True once that has happened which is to make the operation fail. */
  readonly hasHappened: boolean;
  /** The operation, in words. */
  readonly what: string;
  /** The clause of an operation that fails for no reason of the caller's. */
  readonly clause: number;
  /** The outcome. */
  readonly outcome: PromiseSettledResult<unknown>;
}

/** The clauses of transfers that have only to succeed. */
export const CLAUSE_OF_TRANSFER: Readonly<
  Record<"upload" | "download", number>
> = { upload: 8, download: 10 };

/**
 * Fails the case unless what was to make an operation fail has happened, be it
 * in a call of its callback: one that fulfils without a call breaks clause 19.
 */
export function expectHappened(
  ctx: CaseContext,
  details: EarlierFailure,
): void {
  const { hasHappened, what, outcome } = details;
  if (!hasHappened && outcome.status === "fulfilled") {
    throw ctx.fail({
      expected: `${what}: the callback is called, at the end with the total`,
      observed: "it fulfilled without that call",
      clause: 19,
    });
  }
  expectNoEarlierFailure(ctx, details);
}

/**
 * Fails the case if an operation has rejected before the abort, the call of
 * the callback or whatever was to make it fail: then it has failed for a
 * reason of its own, and shows nothing of what the case is about.
 */
export function expectNoEarlierFailure(
  ctx: CaseContext,
  { hasHappened, what, clause, outcome }: EarlierFailure,
): void {
  if (hasHappened || outcome.status === "fulfilled") return;
  throw ctx.fail({
    expected: `${what} does not fail before`,
    observed: "it rejected for another reason",
    clause,
    evidence: [errorChain(outcome.reason)],
  });
}

/** Waits until a callback has been called in one of some operations, and fails the case as {@linkcode expectHappened} does if they end before. */
export async function reachCall(
  ctx: CaseContext,
  reached: Promise<unknown>,
  { what, clause, operations }: Pick<EarlierFailure, "what" | "clause"> & {
    operations: readonly Promise<unknown>[];
  },
): Promise<void> {
  const outcome = await ctx.within(
    20_000,
    Promise.race([reached.then(() => undefined), settleAll(operations)]),
    `${what}: a call of the callback`,
  );
  if (outcome === undefined) return;
  expectHappened(ctx, { hasHappened: false, what, clause, outcome });
}

/** The outcome of many, once all have settled: the first that has rejected, if one has. */
async function settleAll(
  operations: readonly Promise<unknown>[],
): Promise<PromiseSettledResult<unknown>> {
  const outcomes = await Promise.allSettled(operations);
  return outcomes.find(({ status }) => status === "rejected") ??
    { status: "fulfilled", value: undefined };
}
