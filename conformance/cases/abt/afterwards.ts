import type { Case, CaseContext } from "../../model/case.ts";
import { expectReason, settle } from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import { Later } from "../shared/later.ts";
import { isWrite } from "../shared/wire.ts";
import { turn } from "../shared/transfers.ts";
import { expectNoEarlierFailure } from "../shared/earlier_failure.ts";
import { PROMPT_MS } from "../shared/abort_silent.ts";

/** Bytes of an upload whose parts nobody knows. */
const MANY = 2 ** 20 + 4_321;
/** Of the bytes of an upload that is aborted. */
const FRACTIONS = [0, 0.5, 0.9];
/** Turns of the event loop between the call and the abort. */
const DELAYS = [0, 2];

/** The part of group ABT that watches what comes after the rejection. */
export const abtAfterwardsCases: readonly Case[] = [{
  id: "ABT-9",
  clauses: [8, 21],
  level: "must",
  timeoutMs: 120_000,
  title: "an aborted upload takes no effect after it has rejected",
  explain:
    "Uploads are aborted at their first call, in the middle and near their end, some turns of the event loop later too. Once one has rejected, another upload of the same name resolves; for a second the object must stay what that one has stored. A round in which the committing request was on its way before the abort is not counted. Look at the signal once more right before the step that makes the object visible, and end or await what still runs before rejecting.",
  async run(ctx) {
    const { partSize, largestObject } = ctx.limits;
    const size = Math.min(
      largestObject,
      partSize === undefined ? MANY : Math.max(MANY, 2 * partSize + 4_321),
    );
    const bytes = ctx.bytes(size, "aborted");
    const path = await ctx.source(bytes);
    const later = new Later(ctx);
    let seen = 0;
    for (const delay of DELAYS) {
      for (const fraction of FRACTIONS) {
        const round = await abortAndReplace(ctx, later, {
          path,
          total: bytes.length,
          fraction,
          delay,
        });
        if (round !== "doubtful") seen++;
      }
    }
    if (seen === 0) {
      throw ctx.unverified(
        "every commit was on its way before its upload could be aborted",
      );
    }
    if (later.size === 0) {
      throw ctx.unverified("no progress is reported before the end");
    }
    await later.expectKept();
  },
}];

/**
 * Aborts an upload when so much of it is reported, and stores something else
 * as soon as it has rejected.
 *
 * @returns `"doubtful"` if the service had been asked to make the object visible by then.
 */
async function abortAndReplace(
  ctx: CaseContext,
  later: Later,
  { path, total, fraction, delay }: {
    path: string;
    total: number;
    fraction: number;
    delay: number;
  },
): Promise<"doubtful" | "clear"> {
  const name = ctx.name("aborted");
  const controller = new AbortController();
  const { signal } = controller;
  const what =
    `an upload that is aborted ${delay} turns after ${fraction} of its bytes`;
  const meter = ctx.wire?.meter();
  let isOver = false;
  const { callback } = traceCalls(async ({ bytes }) => {
    if (bytes === total || bytes < total * fraction || isOver) return;
    isOver = true;
    if (delay > 0) void turn(delay).then(() => controller.abort("aborted"));
    else controller.abort("aborted");
    await Promise.resolve();
  });
  const uploading = ctx.store.uploadObject(name, path, { signal, callback });
  const outcome = await ctx.within(20_000 + PROMPT_MS, settle(uploading), what);
  if (outcome.status === "fulfilled") return "clear";
  const hasHappened = signal.aborted;
  expectNoEarlierFailure(ctx, { hasHappened, what, clause: 8, outcome });
  await expectReason(ctx, uploading, signal.reason, what, { clause: 21 });
  const isCommit = ctx.wire?.dialect?.isCommit ?? isWrite;
  const isDoubtful = meter?.exchanges.some(({ request }) => isCommit(request));
  if (isDoubtful) return "doubtful";
  await later.store(name, what);
  return "clear";
}
