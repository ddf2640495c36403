import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectReason, settle } from "../../checks/expect.ts";
import { countTicks } from "../../checks/ticks.ts";
import { traceCalls } from "../../checks/trace.ts";
import { isWrite } from "../shared/wire.ts";
import { turn } from "../shared/transfers.ts";
import { PROMPT_MS } from "../shared/abort_silent.ts";

/** Milliseconds for which the objects are watched. */
const WATCH_MS = 1_000;
/** Bytes of an upload whose parts nobody knows. */
const MANY = 2 ** 20 + 4_321;
/** Of the bytes of an upload that is aborted. */
const FRACTIONS = [0, 0.5, 0.9];
/** Turns of the event loop between the call and the abort. */
const DELAYS = [0, 2];

/** An upload that was aborted, and what was stored after it. */
interface Round {
  readonly name: string;
  readonly later: Uint8Array;
  readonly what: string;
}

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
    const rounds: Round[] = [];
    let seen = 0;
    for (const delay of DELAYS) {
      for (const fraction of FRACTIONS) {
        const round = await abortAndReplace(ctx, {
          path,
          total: bytes.length,
          fraction,
          delay,
        });
        if (round === "doubtful") continue;
        seen++;
        if (round) rounds.push(round);
      }
    }
    if (seen === 0) {
      throw ctx.unverified(
        "every commit was on its way before its upload could be aborted",
      );
    }
    if (rounds.length === 0) {
      throw ctx.unverified("no progress is reported before the end");
    }
    await countTicks(WATCH_MS).over;
    for (const { name, later, what } of rounds) {
      await ctx.expectObject(
        name,
        later,
        `a second after ${what} has rejected and a later upload has resolved`,
      );
    }
  },
}];

/**
 * Aborts an upload when so much of it is reported, and stores something else
 * as soon as it has rejected.
 *
 * @returns `undefined` if it came to its end, and `"doubtful"` if the service had been asked to make the object visible by then.
 */
async function abortAndReplace(
  ctx: CaseContext,
  { path, total, fraction, delay }: {
    path: string;
    total: number;
    fraction: number;
    delay: number;
  },
): Promise<Round | "doubtful" | undefined> {
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
  if (outcome.status === "fulfilled") return undefined;
  expect(ctx, signal.aborted, {
    expected: `${what} does not fail before`,
    observed: `it rejected with ${outcome.reason}`,
    clause: 8,
  });
  await expectReason(ctx, uploading, signal.reason, what, { clause: 21 });
  const isCommit = ctx.wire?.dialect?.isCommit ?? isWrite;
  const isDoubtful = meter?.exchanges.some(({ request }) => isCommit(request));
  const later = ctx.bytes(1_009, `${fraction} ${delay}`);
  await ctx.given(name, later);
  return isDoubtful ? "doubtful" : { name, later, what };
}
