import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import type {
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import { writeObject } from "../shared/powers.ts";

/** Fails the case unless a write fails as it has to, and leaves the old object, or none. */
export async function expectUnstored(
  ctx: CaseContext,
  { what, data, options, isReplacing, check }: {
    what: string;
    data: ObjectData;
    options?: WriteObjectOptions;
    isReplacing: boolean;
    check: (writing: Promise<void>, what: string) => Promise<unknown>;
  },
): Promise<void> {
  const name = ctx.name("unstored");
  const old = ctx.bytes(313, name);
  if (isReplacing) await ctx.given(name, old);
  const trace = traceCalls();
  const { callback } = trace;
  await check(writeObject(ctx, name, data, { callback, ...options }), what);
  const isTold = trace.calls.some(({ bytes, total }) =>
    bytes === total && total > 0
  );
  expect(ctx, !isTold, {
    expected: `${what} is never reported as complete`,
    observed: "its callback was told the total",
    clause: 19,
    evidence: [trace.evidence()],
  });
  const failed = `${what} has failed`;
  await (isReplacing
    ? ctx.expectObject(name, old, failed)
    : ctx.expectNoObject(name, failed));
}
