import type { Case, CaseContext } from "../../model/case.ts";
import {
  expect,
  expectReason,
  firstDifference,
  settle,
} from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import type { ObjectStore, UploadOptions } from "../../../src/object_store.ts";
import { quiet } from "../shared/transfers.ts";
import { recordRequests, underFaults, wireEvidence } from "../shared/wire.ts";

/** One request for most stores, and three parts of stores with small ones. */
const SIZES = [30_011, 700_001];
const OLD_SIZE = 50_021;
/** At how many requests from the beginning, and from the end, of an upload. */
const NEAR = 2;
/** As many looks at an object that may be replaced in that very moment. */
const LOOKS = 3;

/** The part of group ABT about uploads over an object. */
export const abtOverwriteCases: readonly Case[] = [{
  id: "ABT-10",
  clauses: [8, 21],
  level: "must",
  capabilities: ["reopen"],
  timeoutMs: 120_000,
  title: "an aborted overwrite leaves the old object, or the new one, whole",
  explain:
    "The abort comes at the first call of the callback, or as one of the upload's requests comes to the service or its answer leaves it. The handle is closed, which waits for what it still does in the background; then the old object is there, or, where the commit was under way, the new one. If this fails, look for a clean-up that removes the object and not the parts.",
  async run(ctx) {
    for (const size of SIZES) {
      await abortAtFirstCall(ctx, size);
      if (ctx.wire !== undefined) await abortAtRequests(ctx, size);
    }
  },
}];

async function abortAtFirstCall(ctx: CaseContext, size: number): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const what = `an overwrite of ${size} bytes aborted at its first call`;
  const callback = () => controller.abort(new Error("the first call"));
  await checkAborted(ctx, size, what, controller, async (start) => {
    return await ctx.within(20_000, settle(start({ signal, callback })), what);
  });
}

async function abortAtRequests(ctx: CaseContext, size: number): Promise<void> {
  const name = ctx.name("probe");
  await ctx.given(name, ctx.bytes(OLD_SIZE, "probe"));
  const bytes = ctx.bytes(size, "probe");
  const requests = await recordRequests(ctx, () => ctx.upload(name, bytes));
  const count = requests.length;
  for (let nth = 1; nth <= count; nth++) {
    if (nth > NEAR && nth <= count - NEAR) continue;
    for (const when of ["before", "after"] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      const abort = () => controller.abort(new Error(`${nth} ${when}`));
      const rule: FaultRule = {
        match: { nth, count: 1 },
        action: { kind: "run", when, run: abort },
        // There may be one request less this time.
        optional: true,
      };
      const what =
        `an overwrite of ${size} bytes aborted ${when} request ${nth}`;
      await checkAborted(ctx, size, what, controller, async (start) => {
        const begin = () => start({ signal });
        return (await underFaults(ctx, [rule], begin, what)).outcome;
      });
    }
  }
}

async function checkAborted(
  ctx: CaseContext,
  size: number,
  what: string,
  { signal }: AbortController,
  run: (
    start: (options: UploadOptions) => Promise<void>,
  ) => Promise<PromiseSettledResult<unknown>>,
): Promise<void> {
  const name = ctx.name("overwritten");
  const [old, bytes] = [ctx.bytes(OLD_SIZE, "old"), ctx.bytes(size, what)];
  await ctx.given(name, old);
  const source = await ctx.source(bytes);
  const store: ObjectStore = await ctx.open();
  const outcome = await run((options) =>
    quiet(store.uploadObject(name, source, options))
  );
  if (outcome.status === "rejected") {
    await expectReason(
      ctx,
      Promise.reject(outcome.reason),
      signal.reason,
      what,
      { clause: 21 },
    );
  }
  await ctx.within(60_000, store.close(), `close() after ${what}`);
  const stored = await look(ctx, name);
  const allowed = outcome.status === "fulfilled" ? [bytes] : [old, bytes];
  const isWhole = stored !== undefined &&
    allowed.some((each) => firstDifference(stored, each) === undefined);
  expect(ctx, isWhole, {
    expected: outcome.status === "fulfilled"
      ? `${what}, which has resolved, has stored the new object`
      : `${what} leaves the old object, or the new one, whole`,
    observed: stored === undefined
      ? "there is no object that can be read"
      : `there is one of ${stored.length} bytes`,
    evidence: [wireEvidence(ctx)],
  });
}

/** An object's bytes. What the service has taken before the abort may replace it while it is read. */
async function look(
  ctx: CaseContext,
  name: string,
): Promise<Uint8Array | undefined> {
  for (let i = 0; i < LOOKS; i++) {
    const found = await settle(ctx.fetch(name));
    if (found.status === "fulfilled") return found.value;
  }
  return undefined;
}
