import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectCode } from "../../checks/expect.ts";
import type { FaultAction, FaultRule } from "../../faults/fault.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";
import { plant } from "../shared/landing.ts";
import { severalParts } from "../shared/transfers.ts";
import {
  begunSince,
  half,
  hasAnswerBody,
  recordRequests,
  underFaults,
  untilQuiet,
  wireEvidence,
} from "../shared/wire.ts";

/** The bytes that a look at an object may bring as bodies. */
const MOST_BYTES = 4 * 1024;

/** The part of group OVW that needs faults on the wire. */
export const ovwWireCases: readonly Case[] = [{
  id: "OVW-6",
  clauses: [12, 14],
  level: "must",
  needs: ["upstream"],
  title: "with overwrite a download that fails leaves the old file",
  explain:
    "The body ends early, the connection breaks, or the service is busy, at the beginning, in the middle and at the last byte. The old file stays as it was, with its inode and its time, and nothing is beside it. If this fails, look for a file that is opened for writing, or removed, before all bytes are there.",
  timeoutMs: 90_000,
  async run(ctx) {
    for (const size of [40_009, severalParts(ctx)]) {
      const name = ctx.name("broken");
      const bytes = ctx.bytes(size, size);
      await ctx.given(name, bytes);
      const path = ctx.at(`old-${size}`);
      await plant(path, ctx.bytes(3_001, `old ${size}`));
      const before = await snapshot(ctx.root);
      for (const { what: how, rule } of await planFaults(ctx, name)) {
        const what = `an overwriting download of ${size} bytes ${how}`;
        const { outcome, fired } = await underFaults(
          ctx,
          [rule],
          () => ctx.download(name, path, { overwrite: true }),
          what,
        );
        // This time there may be fewer requests than before; that fault is the last.
        // What is refused to one of several requests may come by another one.
        if (outcome.status === "fulfilled" && (fired === 0 || rule.optional)) {
          break;
        }
        expect(ctx, outcome.status === "rejected", {
          expected: `${what} rejects`,
          observed: "it fulfilled",
          clause: 25,
          evidence: [wireEvidence(ctx)],
        });
        await expectUntouched(ctx, ctx.root, before, what, { clause: 12 });
      }
      await ctx.download(name, path, { overwrite: true });
      await expectFile(ctx, path, bytes, "the same download without a fault");
    }
  },
}];

/** OVW-1: an existing file is told without a transfer. */
export async function checkNoTransfer(ctx: CaseContext): Promise<void> {
  const { wire } = ctx;
  if (wire === undefined) return;
  const name = ctx.name("large");
  await ctx.given(name, ctx.bytes(300_007, "large"));
  const path = ctx.at("kept");
  await plant(path, "kept");
  await untilQuiet(ctx);
  const meter = wire.meter();
  const start = performance.now();
  const what = "a download to an existing file";
  await expectCode(ctx, ctx.download(name, path), "FILE_EXISTS", what);
  await untilQuiet(ctx);
  const received = begunSince(meter, start)
    .reduce((sum, { responseBytes }) => sum + responseBytes, 0);
  expect(ctx, received <= MOST_BYTES, {
    expected: `${what}: no transfer`,
    observed: `${received} bytes of bodies came from the service`,
    hint: "the destination is looked at before the request",
    evidence: [wireEvidence(ctx)],
  });
}

async function planFaults(
  ctx: CaseContext,
  name: string,
): Promise<{ what: string; rule: FaultRule }[]> {
  const path = join(ctx.scratch, `probe-${name}`);
  const requests = await recordRequests(ctx, () => ctx.download(name, path));
  const bodies = requests.filter(({ request }) => hasAnswerBody(request));
  const last = (length: number) => Math.max(0, length - 1);
  const on = (nth: number, action: FaultAction): FaultRule => ({
    match: { where: hasAnswerBody, nth },
    action,
    optional: nth > 1,
  });
  const busy = { kind: "status", status: 503 } as const;
  const faults = [
    { what: "from a busy service", rule: on(1, busy) },
    {
      what: "whose bodies end after a half",
      rule: on(1, { kind: "cut", afterBytes: half }),
    },
    {
      what: "whose bodies end before the last byte",
      rule: on(1, { kind: "cut", afterBytes: last }),
    },
    {
      what: "whose connection breaks in the middle of a body",
      rule: on(1, { kind: "reset", at: { bodyBytes: half } }),
    },
  ];
  const nth = Math.ceil(bodies.length / 2) + 1;
  if (bodies.length > 1) {
    faults.push({ what: "that fails in its middle", rule: on(nth, busy) });
  }
  return faults;
}
