import type { Case } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import { Operations } from "../shared/wire_operations.ts";
import { runOnce, wireEvidence } from "../shared/wire_outcomes.ts";

/** Of the time after which a silent request ends: between two pieces of a body, with room for a busy machine. */
const PAUSE = 0.2;
/** The number of pieces of a body: more time than a silent request has. */
const PIECES = 8;
/** Above this many milliseconds the case would take too long. */
const LONGEST_STALL = 8_000;
/** Bytes of the object: fewer than one of the pieces that stores report or buffer. */
const SIZE = 40_003;

/** Links on which bytes flow, slowly: a part of group TRN. */
export const trnSlowCases: readonly Case[] = [{
  id: "TRN-18",
  clauses: [27],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "a slow link on which bytes flow is not silent",
  explain:
    "A body of 40 kB comes in eight pieces, the next one after a fifth of the time that a silent request has, so that the whole takes longer than that. The download succeeds. Look for a time limit on the whole request, or for a silence that only ends when a buffer or a chunk is full. The harness's `limits.stallTimeoutMs` says how long a silent request lasts.",
  async run(ctx) {
    const { stallTimeoutMs } = ctx.limits;
    if (stallTimeoutMs === undefined) {
      throw ctx.unverified("the harness gives no 'limits.stallTimeoutMs'");
    }
    if (stallTimeoutMs > LONGEST_STALL) {
      throw ctx.unverified(
        `'limits.stallTimeoutMs' is more than ${LONGEST_STALL}, so the case would take too long`,
      );
    }
    const operations = new Operations(ctx);
    const download = await operations.download(SIZE, { isPlain: true });
    const ms = Math.ceil(stallTimeoutMs * PAUSE);
    const what = `while each answer takes ${
      ms * (PIECES - 1)
    } ms, never silent`;
    const { outcome, fired } = await runOnce(
      ctx,
      {
        match: { method: "GET" },
        action: { kind: "slow", pieces: PIECES, ms },
      },
      download,
      { what },
    );
    expect(ctx, outcome.status === "fulfilled", {
      expected: `${download.what} succeeds ${what}`,
      observed: `it rejected with ${
        (outcome as { reason?: unknown }).reason
      }, after ${fired} answers`,
      hint: "a limit on the whole request is taken for one on its silence",
      evidence: [wireEvidence(ctx)],
    });
    await download.expectDone(outcome.value);
  },
}];
