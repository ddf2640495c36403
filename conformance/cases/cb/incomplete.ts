import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { WireRequest } from "../../faults/fault.ts";
import { type Trace, traceCalls } from "../../checks/trace.ts";
import { findMiddle, type NamedFault, prepare } from "./middle.ts";
import { severalParts, type Transfer } from "../shared/transfers.ts";
import {
  hasAnswerBody,
  hasBody,
  underFaults,
  wireEvidence,
  wireOf,
} from "../shared/wire.ts";

/** CB-13: transfers whose last bytes, or whose last answers, do not come. */
export async function checkNoFullCountOnWire(ctx: CaseContext): Promise<void> {
  if (ctx.wire === undefined) return;
  // In one request, for most stores, and in several.
  for (const size of [100_003, severalParts(ctx)]) {
    await checkIncomplete(ctx, size);
  }
}

async function checkIncomplete(ctx: CaseContext, size: number): Promise<void> {
  const { dialect } = wireOf(ctx);
  const most = (length: number) => Math.max(0, length - 1);
  const { count } = await findMiddle(ctx, "download", size);
  const download = { where: hasAnswerBody };
  const { nth } = await findMiddle(ctx, "upload", size);
  const commit = dialect
    ? { where: (request: WireRequest) => dialect.isCommit(request) }
    : { where: hasBody, nth };
  const busy = { kind: "status", status: 503 } as const;
  if (ctx.has("checksum") && size < (ctx.limits.partSize ?? Infinity)) {
    await checkDamaged(ctx, size);
  }
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
    ["download", {
      what: "whose last body ends before its last byte",
      rule: {
        match: { ...download, nth: count },
        action: { kind: "cut", afterBytes: most },
        // There may be one request less this time.
        optional: true,
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
    const transfer = await prepare(ctx, what, size, `${size} ${fault.what}`);
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

/** A download whose bytes have all come, and are not those that were sent. */
async function checkDamaged(ctx: CaseContext, size: number): Promise<void> {
  const download = await prepare(ctx, "download", size, `${size} damaged`);
  const trace = traceCalls();
  const { callback } = trace;
  const action = { kind: "corrupt", byte: (n: number) => n - 1 } as const;
  const rule = { match: { where: hasAnswerBody }, action };
  const what = "the download whose last byte is another";
  const start = () => download.start({ callback });
  const { outcome } = await underFaults(ctx, [rule], start, what);
  // What becomes of it is for TRN-5.
  if (outcome.status === "rejected") expectNotComplete(ctx, trace, what);
}

/** Fails the case if a transfer that failed has reported everything. */
export function expectNotComplete(
  ctx: CaseContext,
  trace: Trace,
  what: string,
): void {
  expect(ctx, !trace.calls.some(({ bytes, total }) => bytes === total), {
    expected: `${what} and fails: no call (total, total)`,
    observed: "there was one",
    clause: 19,
    evidence: [trace.evidence(), wireEvidence(ctx)],
  });
}
