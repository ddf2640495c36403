import type { Case, CaseContext } from "../case.ts";
import { expect } from "../expect.ts";
import type { FaultRule, WireRequest } from "../faults/fault.ts";
import { expectTrace, type Trace, traceCalls } from "../trace.ts";
import {
  prepareDownload,
  prepareUpload,
  severalParts,
  type Transfer,
} from "./transfers.ts";
import {
  hasAnswerBody,
  hasBody,
  recordRequests,
  underFaults,
  wireEvidence,
} from "./wire.ts";

/** The request of a transfer in which half of the bytes have passed, and how many of them it has. */
export interface Middle {
  /** Its number among those with bodies of that direction, from 1. */
  readonly nth: number;
  /** Its body's size. */
  readonly bytes: number;
}

/** A fault, in words. */
interface NamedFault {
  readonly what: string;
  readonly rule: FaultRule;
}

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
      const middle = await findMiddle(ctx, what, severalParts(ctx));
      let fired = 0;
      for (const fault of faultsOnce(what, middle)) {
        fired += await checkRetried(ctx, what, fault);
      }
      if (fired === 0) {
        throw ctx.unverified(`no fault came to the requests of the ${what}`);
      }
    }
  },
}];

/** Makes a transfer without a fault and finds its middle on the wire. */
export async function findMiddle(
  ctx: CaseContext,
  what: "upload" | "download",
  size: number,
): Promise<Middle> {
  const transfer = await prepare(ctx, what, size, `middle ${size}`);
  const exchanges = await recordRequests(ctx, () => transfer.start());
  await transfer.expectDone();
  const bodies = exchanges
    .filter(({ request }) => fitsFor(what)(request))
    .map((each) => what === "upload" ? each.requestBytes : each.responseBytes);
  const half = bodies.reduce((sum, bytes) => sum + bytes, 0) / 2;
  let passed = 0;
  for (const [index, bytes] of bodies.entries()) {
    passed += bytes;
    if (passed >= half && bytes > 0) return { nth: index + 1, bytes };
  }
  throw ctx.unverified(`the ${what} has no bodies on the wire`);
}

/** Which requests carry the bytes of a transfer. */
export function fitsFor(
  what: "upload" | "download",
): typeof hasBody {
  return what === "upload" ? hasBody : hasAnswerBody;
}

/** A transfer of its own bytes, ready to begin. */
export function prepare(
  ctx: CaseContext,
  what: "upload" | "download",
  size: number,
  salt: string,
): Promise<Transfer> {
  return what === "upload"
    ? prepareUpload(ctx, size, { salt })
    : prepareDownload(ctx, size, { salt });
}

/** CB-13: transfers whose last bytes, or whose last answers, do not come. */
export async function checkNoFullCountOnWire(ctx: CaseContext): Promise<void> {
  const { wire } = ctx;
  if (wire === undefined) return;
  const size = severalParts(ctx);
  const most = (length: number) => Math.max(0, length - 1);
  const download = { where: hasAnswerBody };
  const { nth } = await findMiddle(ctx, "upload", size);
  const commit = wire.dialect
    ? {
      where: (request: WireRequest) => wire.dialect?.isCommit(request) ?? false,
    }
    : { where: hasBody, nth };
  const busy = { kind: "status", status: 503 } as const;
  const faults: [Transfer["what"], NamedFault][] = [
    ["download", {
      what: "whose bodies end before their last bytes",
      rule: { match: download, action: { kind: "cut", afterBytes: most } },
    }],
    ["download", {
      what: "whose connections break at the last bytes",
      rule: {
        match: download,
        action: { kind: "reset", at: { bodyBytes: most } },
      },
    }],
    ["upload", {
      what: "whose commit is refused",
      rule: { match: commit, action: busy, optional: true },
    }],
    ["upload", {
      what: "whose commit is not answered",
      rule: { match: commit, action: { kind: "lose-answer" }, optional: true },
    }],
    ["upload", {
      what: "whose bodies do not arrive whole",
      rule: {
        match: { where: hasBody },
        action: { kind: "reset-upload", afterBytes: 20_011 },
        optional: true,
      },
    }],
  ];
  for (const [what, fault] of faults) {
    const transfer = await prepare(ctx, what, size, fault.what);
    const trace = traceCalls();
    const { callback } = trace;
    const whole = `the ${what} ${fault.what}`;
    const { outcome } = await underFaults(
      ctx,
      [fault.rule],
      () => transfer.start({ callback }),
      whole,
    );
    if (outcome.status === "fulfilled") await transfer.expectDone();
    else expectNotComplete(ctx, trace, whole);
  }
}

function faultsOnce(
  what: "upload" | "download",
  { nth, bytes }: Middle,
): NamedFault[] {
  const match = { where: fitsFor(what), nth, count: 1 };
  const half = bytes >> 1;
  const status = { kind: "status", status: 503 } as const;
  const actions = what === "upload"
    ? [
      ["breaks in the middle", { kind: "reset-upload", afterBytes: half }],
      ["is not answered", { kind: "lose-answer" }],
      ["meets a busy service", status],
    ] as const
    : [
      ["breaks in the middle", { kind: "reset", at: { bodyBytes: half } }],
      ["ends in the middle", { kind: "cut", afterBytes: half }],
      ["meets a busy service", status],
    ] as const;
  return actions.map(([how, action]) => ({
    what: `one of whose requests ${how}`,
    rule: { match, action, optional: true },
  }));
}

async function checkRetried(
  ctx: CaseContext,
  what: "upload" | "download",
  { what: how, rule }: NamedFault,
): Promise<number> {
  const transfer = await prepare(ctx, what, severalParts(ctx), how);
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

function expectNotComplete(ctx: CaseContext, trace: Trace, what: string): void {
  expect(ctx, !trace.calls.some(({ bytes, total }) => bytes === total), {
    expected: `${what} and fails: no call (total, total)`,
    observed: "there was one",
    clause: 19,
    evidence: [trace.evidence(), wireEvidence(ctx)],
  });
}
