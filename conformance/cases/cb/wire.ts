import type { Case, CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import { expectTrace, type Trace, traceCalls } from "../../checks/trace.ts";
import { expectNotComplete } from "./incomplete.ts";
import {
  findMiddle,
  fitsFor,
  type Middle,
  type NamedFault,
  prepare,
} from "./middle.ts";
import { severalParts } from "../shared/transfers.ts";
import { underFaults, wireEvidence } from "../shared/wire.ts";

/** In one request, for most stores. */
const SMALL = 200_003;

/** The part of group CB that needs faults on the wire. */
export const cbWireCases: readonly Case[] = [{
  id: "CB-11",
  clauses: [18, 19],
  level: "must",
  needs: ["upstream"],
  title: "the count never goes back or beyond the total after a lost request",
  explain:
    "One request in the middle fails, and the store may try it again: what it had counted of it is counted once. A transfer that fails is checked as far as it came. Check counters that each attempt adds to, or begins anew.",
  timeoutMs: 90_000,
  async run(ctx) {
    for (const what of ["upload", "download"] as const) {
      let fired = 0;
      for (const size of [SMALL, severalParts(ctx)]) {
        const middle = await findMiddle(ctx, what, size);
        for (const fault of faultsInMiddle(what, middle)) {
          fired += await checkRetried(ctx, { what, size, fault });
        }
      }
      if (fired === 0) {
        throw ctx.unverified(`no fault came to the requests of the ${what}`);
      }
    }
  },
}];

/** Faults for one request in the middle, or two. */
function faultsInMiddle(
  what: "upload" | "download",
  { nth, bytes }: Middle,
): NamedFault[] {
  const half = bytes >> 1;
  const status = { kind: "status", status: 503 } as const;
  const faults: [string, number, FaultAction][] = what === "upload"
    ? [
      ["breaks in the middle", 1, { kind: "reset-upload", afterBytes: half }],
      ["is not answered", 1, { kind: "lose-answer" }],
    ]
    : [
      ["breaks in the middle", 1, { kind: "reset", at: { bodyBytes: half } }],
      ["ends in the middle", 1, { kind: "cut", afterBytes: half }],
    ];
  faults.push(["meets a busy service", 1, status]);
  faults.push(["meets a busy service, and the next one, too", 2, status]);
  return faults.map(([how, count, action]) => ({
    what: `one of whose requests ${how}`,
    rule: {
      match: { where: fitsFor(what), nth, count },
      action,
      optional: true,
    },
  }));
}

async function checkRetried(
  ctx: CaseContext,
  { what, size, fault: { what: how, rule } }: {
    what: "upload" | "download";
    size: number;
    fault: NamedFault;
  },
): Promise<number> {
  const transfer = await prepare(ctx, what, size, `${size} ${how}`);
  const trace = traceCalls();
  const { callback } = trace;
  const whole = `the ${what} ${how}`;
  const { outcome, fired } = await underFaults(
    ctx,
    [rule],
    () => transfer.start({ callback }),
    whole,
  );
  if (outcome.status === "fulfilled") {
    expectTrace(ctx, trace, transfer.bytes.length, whole);
    await transfer.expectDone();
    return fired;
  }
  expectCounts(ctx, trace, whole);
  expectNotComplete(ctx, trace, whole);
  return fired;
}

/** Fails the case unless the calls of a transfer that failed keep clause 18. */
function expectCounts(ctx: CaseContext, trace: Trace, what: string): void {
  let before = 0;
  for (const [index, { bytes, total }] of trace.calls.entries()) {
    expect(ctx, bytes >= before && bytes <= total, {
      expected: `${what}: the count never goes back, nor beyond the total`,
      observed: `call ${index + 1} was (${bytes}, ${total}), after ${before}`,
      evidence: [trace.evidence(), wireEvidence(ctx)],
    });
    before = bytes;
  }
}
