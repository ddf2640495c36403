import { join } from "node:path";
import type { CaseContext } from "../case.ts";
import { expect, expectBytes, expectEqual } from "../expect.ts";
import { countTicks } from "../ticks.ts";
import { close } from "./cls_steps.ts";
import { expectFile, makeGate, quiet, turn, waitUntil } from "./transfers.ts";
import { wireEvidence } from "./wire.ts";

/** Holds the requests of one operation of each kind, closes the store, lets them go on, and checks everybody. */
export async function closeDuringRequests(ctx: CaseContext): Promise<void> {
  if (ctx.wire === undefined) return;
  const place = { segment: "held" };
  const store = await ctx.open(place);
  const [old, bytes] = [ctx.bytes(20_011, "old"), ctx.bytes(10_007, "new")];
  const [down, up] = [ctx.name("down"), ctx.name("up")];
  await ctx.given(down, old, store);
  const source = await ctx.source(bytes);
  const path = join(ctx.scratch, "held");

  const gate = makeGate();
  const meter = ctx.wire.meter();
  await using _ = ctx.wire.inject({
    action: { kind: "run", run: () => gate.pass() },
  });
  let settled = 0;
  const begun = [
    store.getObjectSize(down),
    store.uploadObject(up, source),
    store.downloadObject(down, path),
  ].map((promise) => {
    const onEnd = () => void settled++;
    promise.then(onEnd, onEnd);
    return quiet(promise as Promise<unknown>);
  });
  await ctx.within(20_000, gate.reached, "a request");
  // A store that takes one operation after the other gets no further.
  await waitUntil(() => meter.exchanges.length >= begun.length, 500);
  let hasClosed = false;
  const closing = quiet(store.close().then(() => void (hasClosed = true)));
  await turn(10);
  await countTicks(100).over;
  const evidence = [wireEvidence(ctx)];
  expect(ctx, !hasClosed || settled === begun.length, {
    expected: "close() waits for operations whose requests are not answered",
    observed: `it resolved while ${begun.length - settled} were in progress`,
    evidence,
  });
  gate.open();
  const all = Promise.all(begun);
  const [size] = await ctx.within(25_000, all, "operations in flight");
  await close(ctx, closing);
  const what = "in flight when the store was closed";
  expectEqual(ctx, size, old.length, `the size that was ${what}`, { evidence });
  await expectFile(ctx, path, old, `the download ${what}`);
  const stored = ctx.has("reopen")
    ? await ctx.fetch(up, await ctx.open(place))
    : await ctx.oracle?.get(up, ctx.placeOf(place));
  if (stored) expectBytes(ctx, stored, bytes, `the upload ${what}`);
}
