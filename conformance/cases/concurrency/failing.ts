import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import { countTicks } from "../../checks/ticks.ts";
import {
  BIG,
  prepareTransfers,
  quiet,
  severalParts,
  type Transfer,
} from "../shared/transfers.ts";
import { untilQuiet, wireEvidence, wireOf } from "../shared/wire.ts";

/** Operations that are under way while others fail. */
export const conFailingCases: readonly Case[] = [{
  id: "CON-7",
  clauses: [29, 26],
  level: "must",
  timeoutMs: 90_000,
  title: "an operation that fails or is aborted does not disturb its siblings",
  explain:
    "Between good transfers some fail in every way, also by the wire. Check shared clients that are torn down, one controller for all, and a pool of connections that one of them empties.",
  async run(ctx) {
    const good = await Promise.all(
      Array.from(
        { length: 6 },
        (_, i) =>
          prepareTransfers(ctx, i === 0 ? BIG : 90_001 * i, { salt: i }),
      ),
    );
    const [badUp, badDown] = await prepareTransfers(ctx, BIG, { salt: "bad" });
    const [upAborted, downAborted] = await prepareTransfers(ctx, BIG, {
      salt: "aborted",
    });
    const callback = () => {
      throw new Error("thrown by the callback");
    };
    const controller = new AbortController();
    const { signal } = controller;
    const path = join(ctx.root, "missing");
    const failing: Promise<unknown>[] = [
      badUp.start({ callback }),
      badDown.start({ callback }),
      upAborted.start({ signal, callback: () => controller.abort("now") }),
      downAborted.start({ signal, callback: () => controller.abort("now") }),
      ctx.download(ctx.name(), path),
      quiet(ctx.store.getObjectSize(ctx.name())),
      quiet(ctx.store.uploadObject(ctx.name(), join(ctx.scratch, "none"))),
    ];
    const all = good.flat();
    const working = all.map((transfer) => transfer.start());
    await ctx.within(
      25_000,
      Promise.allSettled([...failing, ...working]),
      "all of them",
    );
    // An abort from a callback may come too late.
    const outcome = await settle(failing[3] ?? Promise.resolve());
    if (outcome.status === "fulfilled") await downAborted.expectDone();
    await Promise.all(working);
    for (const transfer of all) await transfer.expectDone();
    await checkFaulted(ctx);
  },
}];

/** Faults for the requests of some objects only, while others are transferred. */
async function checkFaulted(ctx: CaseContext): Promise<void> {
  const { wire } = ctx;
  if (wire === undefined) return;
  const faults: FaultAction[] = [
    { kind: "status", status: 503 },
    { kind: "reset", at: "before-head" },
    { kind: "cut", afterBytes: (length) => length >> 1 },
    { kind: "stall", at: "before-head" },
  ];
  const bad: Transfer[] = [];
  const rules: FaultRule[] = [];
  for (const [index, action] of faults.entries()) {
    const setup = { salt: `bad ${action.kind}` };
    const [up, down] = await prepareTransfers(ctx, 300_007 + index, setup);
    bad.push(up, down);
    const where: NonNullable<FaultRule["match"]>["where"] = ({ target }) =>
      target.includes(up.name) || target.includes(down.name);
    rules.push({ match: { where }, action, optional: true });
  }
  const good = (await Promise.all(
    [0, 1, 2].map((i) => {
      const size = i === 0 ? severalParts(ctx) : 200_003;
      return prepareTransfers(ctx, size, { salt: `beside faults ${i}` });
    }),
  )).flat();
  await untilQuiet(ctx);
  const injected = wireOf(ctx).inject(...rules);
  const controller = new AbortController();
  const { signal } = controller;
  const failing = bad.map((transfer) => transfer.start({ signal }));
  const working = good.map((transfer) => transfer.start());
  try {
    await countTicks(500).over;
    // A store may have few connections, and the silent ones would keep them.
    controller.abort(new Error("the caller wants no more of those that fail"));
    const what = "transfers beside others that fail";
    await ctx.within(40_000, Promise.allSettled(working), what);
  } finally {
    await injected.stop();
  }
  await Promise.allSettled(failing);
  for (const [i, promise] of working.entries()) {
    const outcome = await settle(promise);
    expect(ctx, outcome.status === "fulfilled", {
      expected: `the ${good[i]?.what} beside transfers that fail succeeds`,
      observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
      evidence: [wireEvidence(ctx)],
    });
    await good[i]?.expectDone();
  }
  if (injected.total > 0) return;
  throw ctx.unverified(
    "the requests do not show the objects' names, so no fault could be for some of them only",
  );
}
