import type { CaseContext } from "../../model/case.ts";
import { describeError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expectCode,
  expectReason,
  expectRejection,
} from "../../checks/expect.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { quiet } from "./transfers.ts";
import { expectNoRequests } from "./wire.ts";

/** Names that no store accepts (clause 1). */
const INVALID_NAMES: readonly string[] = [
  "",
  "a\0b",
  "lone \ud800 surrogate",
  "x".repeat(1025),
];
const NO_STRINGS: readonly unknown[] = [undefined, null, 7, {}, ["a"]];

/** A method with one name, and options if there are any. */
export type NamedCall = (
  name: string,
  options: { signal?: AbortSignal } | undefined,
  store: ObjectStore,
) => Promise<unknown>;

/**
 * Fails the case unless a method refuses what every method refuses, in the
 * order of clause 17 and before it asks the service: names, a store that is
 * closed, a signal that is aborted already. No clause says what options of
 * another type than theirs mean, so a store may pass over them.
 *
 * @param method Its name, for failures.
 * @param call Calls it, on an object that may be missing.
 */
export async function expectRefusals(
  ctx: CaseContext,
  method: string,
  call: NamedCall,
): Promise<void> {
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const reason = new Error("the caller's own reason");
  const aborted = { signal: AbortSignal.abort(reason) };
  await expectNoRequests(ctx, `${method}() that is refused`, async () => {
    for (const store of [ctx.store, closed]) {
      await expectNamesRefused(ctx, method, call, store);
    }
    const name = ctx.name("missing");
    for (const options of [undefined, aborted]) {
      const what = `${method}() after close()`;
      const calling = start(ctx, () => call(name, options, closed), what);
      await expectCode(ctx, calling, "CLOSED", what, { clause: 28 });
    }
    const what = `${method}() with a signal that is aborted already`;
    const calling = start(ctx, () => call(name, aborted, ctx.store), what);
    await expectReason(ctx, calling, reason, what, { clause: 21 });
  });
}

/** Fails the case unless what a call begins rejects with a `TypeError`. */
export async function expectTypeError(
  ctx: CaseContext,
  begin: () => Promise<unknown>,
  what: string,
  clause?: number,
): Promise<void> {
  const options = clause === undefined ? {} : { clause };
  const calling = start(ctx, begin, what);
  const error = await expectRejection(ctx, calling, what, options);
  if (error instanceof TypeError) return;
  throw ctx.fail({
    expected: `${what} rejects with a TypeError`,
    observed: `it rejected with ${describeError(error)[0]}`,
    evidence: [errorChain(error)],
    ...options,
  });
}

/** Begins a call, which must not throw (clause 23). */
export function start<T>(
  ctx: CaseContext,
  begin: () => Promise<T>,
  what: string,
): Promise<T> {
  try {
    return quiet(begin());
  } catch (error) {
    throw ctx.fail({
      expected: `${what} rejects`,
      observed: "it threw",
      clause: 23,
      evidence: [errorChain(error)],
    });
  }
}

async function expectNamesRefused(
  ctx: CaseContext,
  method: string,
  call: NamedCall,
  store: ObjectStore,
): Promise<void> {
  for (const name of INVALID_NAMES) {
    const shown = JSON.stringify(name.slice(0, 20));
    const what = `${method}() with the invalid name ${shown}`;
    const calling = start(ctx, () => call(name, undefined, store), what);
    await expectCode(ctx, calling, "INVALID_OBJECT_NAME", what, { clause: 1 });
  }
  for (const value of NO_STRINGS) {
    const what = `${method}() with ${JSON.stringify(value)} as the name`;
    const begin = () => call(value as string, undefined, store);
    await expectTypeError(ctx, begin, what, 1);
  }
}
