import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, settle } from "../../checks/expect.ts";
import type {
  FaultAction,
  FaultRule,
  WireRequest,
} from "../../faults/fault.ts";
import { expectFile } from "../shared/expect_file.ts";
import { expectNoEntry } from "../shared/transfers.ts";
import { severalRequests } from "../shared/wire_operations.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** A range that cannot be had. */
interface Refusal {
  readonly what: string;
  readonly action: FaultAction;
  /** The codes that the download may reject with. */
  readonly codes: readonly string[];
}

/** Where the first answer is lost, if it is. */
const LOSSES: readonly FaultRule[][] = [
  [],
  [{
    match: { method: "GET", count: 1 },
    action: { kind: "reset", at: { bodyBytes: (length) => length >> 1 } },
    // The first answer of some stores has no body.
    optional: true,
  }],
];

/** Ranges that a service or a proxy does not give: a part of group TRN. */
export const trnRangeCases: readonly Case[] = [{
  id: "TRN-19",
  clauses: [25, 15],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "a range that is refused, or is another, never damages a download",
  explain:
    "Requests for ranges that begin beyond the first byte are answered 412, 501, 200 with the whole object, or 206 with another range, as of a proxy that strips the header: in one round each of the further ranges of a large object, in another what is asked for after a loss. The download is exact, as by a new request for the whole, or fails as TRANSIENT (a 501 and a wrong answer may be OTHER), and leaves no file. Check status and `Content-Range` of each answer.",
  async run(ctx) {
    const size = severalRequests(ctx);
    // As text, since a fault's body is text.
    const bytes = ctx.bytes(size).map((byte) => 48 + byte % 64);
    const name = ctx.name("whole");
    await ctx.given(name, bytes);
    let fired = 0;
    for (const losses of LOSSES) {
      for (const refusal of refusalsOf(bytes)) {
        fired += await checkRefused(ctx, { name, bytes }, losses, refusal);
      }
    }
    if (fired > 0) return;
    throw ctx.unverified(
      "the store has asked for no range beyond the first byte, also after a loss",
    );
  },
}];

function refusalsOf(bytes: Uint8Array): Refusal[] {
  const { length } = bytes;
  const text = new TextDecoder().decode(bytes);
  const headers = { "content-type": "application/octet-stream", etag: '"a"' };
  return [{
    what: "412",
    action: { kind: "status", status: 412 },
    codes: ["TRANSIENT"],
  }, {
    what: "501",
    action: { kind: "status", status: 501 },
    codes: ["TRANSIENT", "OTHER"],
  }, {
    what: "200 with the whole object",
    action: { kind: "status", status: 200, headers, body: text },
    codes: ["TRANSIENT", "OTHER"],
  }, {
    what: "206 with the first bytes",
    action: {
      kind: "status",
      status: 206,
      headers: {
        ...headers,
        "content-range": `bytes 0-${length - 1}/${length}`,
      },
      body: text,
    },
    codes: ["TRANSIENT", "OTHER"],
  }];
}

/** @returns How many ranges were refused. */
async function checkRefused(
  ctx: CaseContext,
  { name, bytes }: { name: string; bytes: Uint8Array },
  losses: readonly FaultRule[],
  { what: answer, action, codes }: Refusal,
): Promise<number> {
  const what = `a download whose further ranges are answered ${answer}${
    losses.length > 0 ? " after a loss" : ""
  }`;
  const path = ctx.at(ctx.name("file"));
  return await disposeAfter(
    wireOf(ctx).inject(
      {
        match: { method: "GET", where: isFurther },
        action,
        optional: true,
      },
      ...losses,
    ),
    async (faults) => {
      const outcome = await ctx.within(
        patienceOf(ctx),
        settle(ctx.download(name, path)),
        what,
        "scaled",
      );
      const evidence = [wireEvidence(ctx)];
      if (outcome.status === "fulfilled") {
        await expectFile(ctx, path, bytes, what, { clause: 15, evidence });
      } else {
        checkCode(ctx, outcome.reason, codes, what, { evidence });
        await expectNoEntry(ctx, path, what);
      }
      return faults.fired[0] ?? 0;
    },
  );
}

/** Tells whether a request asks for what comes after the first byte. */
function isFurther({ headers }: WireRequest): boolean {
  const first = headers.range?.match(/^bytes=(\d+)-/)?.[1];
  return first !== undefined && Number(first) > 0;
}
