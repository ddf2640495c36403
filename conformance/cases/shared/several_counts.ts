import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { Trace } from "../../checks/trace.ts";

const MIB = 2 ** 20;
/** Fewer counts of as many reports as are due. */
const LEAST = 4;

/** A size for which at least eight progress reports are due; stops the case where there can be none. */
export function severalCounts(ctx: CaseContext): number {
  const { progressGranularity, largestObject } = ctx.limits;
  const size = 8 * progressGranularity + 1;
  if (size > largestObject) {
    if (ctx.isSlow) {
      throw ctx.unverified(
        "the store is too slow here for an object that is large enough",
      );
    }
    throw ctx.skip("the store's largest object is too small for it");
  }
  if (size > 256 * MIB) {
    throw ctx.unverified("'limits.progressGranularity' is above 32 MiB");
  }
  return size;
}

/** Fails the case unless a transfer of {@linkcode severalCounts} bytes has reported that it goes on. */
export function expectSeveralCounts(
  ctx: CaseContext,
  { calls, evidence }: Trace,
  what: string,
): void {
  const counts = new Set(calls.map(({ bytes }) => bytes)).size;
  expect(ctx, counts >= LEAST, {
    expected: `${what}: at least ${LEAST} counts`,
    observed: `${counts}`,
    evidence: [evidence()],
  });
}
