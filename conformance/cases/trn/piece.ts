import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expectEqual, settle } from "../../checks/expect.ts";
import type { FaultRule, WireRequest } from "../../faults/fault.ts";
import { expectFile } from "../shared/expect_file.ts";
import { expectNoEntry, quiet } from "../shared/transfers.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Bytes of the object. */
const WHOLE = 5_000;
/** Bytes of what is sent of it. */
const PIECE = 1_000;
/** Codes for an answer that is not the one asked for. */
const CODES = ["TRANSIENT", "OTHER"];

/** Answers that are a part of what was asked for: a part of group TRN. */
export const trnPieceCases: readonly Case[] = [{
  id: "TRN-16",
  clauses: [25, 6],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 120_000,
  title: "a piece of an object is never taken for the whole",
  explain:
    "A request for the whole is answered 206 with bytes 0-999 of 5000, one for a range with another range or with 416, as if the object were empty, one for the size 206 with the length of the piece. The operation is exact all the same (`Content-Range` tells the size), or fails as TRANSIENT or OTHER, and leaves no file. Look for a status that is only checked to be a success, and a size taken from Content-Length.",
  async run(ctx) {
    const name = ctx.name("whole");
    // As text, since a fault's body is text.
    const bytes = ctx.bytes(WHOLE).map((byte) => 48 + byte % 64);
    await ctx.given(name, bytes);
    const object = { name, bytes };
    // Whoever asks for a range that begins at 0 may be sent less of it.
    await checkDownload(ctx, object, {
      piece: "the first piece",
      start: 0,
      where: (request) => !isRanged(request),
    });
    await checkDownload(ctx, object, {
      piece: "another piece",
      start: 2 * PIECE,
      where: () => true,
    });
    await checkUnsatisfied(ctx, object);
    await checkSize(ctx, name);
  },
}];

async function checkDownload(
  ctx: CaseContext,
  { name, bytes }: { name: string; bytes: Uint8Array },
  { piece, start, where }: {
    piece: string;
    start: number;
    where: (request: WireRequest) => boolean;
  },
): Promise<void> {
  const body = new TextDecoder().decode(bytes.subarray(start, start + PIECE));
  const rule: FaultRule = {
    match: { method: "GET", where },
    action: { kind: "status", status: 206, headers: headersOf(start), body },
    // A store that asks for ranges only never asks for the whole.
    optional: true,
  };
  const what = `a download that is answered 206 with ${piece} of the object`;
  await downloadWholeOrNot(ctx, { name, bytes }, { rule, what, codes: CODES });
}

/** The answer to a range beyond the end, for an object that has bytes: never an empty one. */
async function checkUnsatisfied(
  ctx: CaseContext,
  object: { name: string; bytes: Uint8Array },
): Promise<void> {
  const what = "a download of an object that has bytes, answered with 416";
  const rule: FaultRule = {
    match: { method: "GET" },
    action: { kind: "status", status: 416 },
    optional: true,
  };
  await downloadWholeOrNot(ctx, object, { rule, what });
}

/** Downloads under a fault: what it resolves with is exact, and what it rejects with leaves nothing and has one of the codes, if they are given. */
async function downloadWholeOrNot(
  ctx: CaseContext,
  { name, bytes }: { name: string; bytes: Uint8Array },
  { rule, what, codes }: {
    rule: FaultRule;
    what: string;
    codes?: typeof CODES;
  },
): Promise<void> {
  const path = ctx.at(ctx.name("file"));
  await disposeAfter(wireOf(ctx).inject(rule), async () => {
    const outcome = await ctx.within(
      patienceOf(ctx),
      settle(ctx.download(name, path)),
      what,
      "scaled",
    );
    if (outcome.status === "fulfilled") {
      return await expectFile(ctx, path, bytes, what, { clause: 25 });
    }
    if (codes !== undefined) {
      checkCode(ctx, outcome.reason, codes, what, {
        evidence: [wireEvidence(ctx)],
      });
    }
    await expectNoEntry(ctx, path, what);
  });
}

async function checkSize(ctx: CaseContext, name: string): Promise<void> {
  const headers = { ...headersOf(0), "content-length": `${PIECE}` };
  await disposeAfter(
    wireOf(ctx).inject({
      match: { method: "HEAD" },
      action: { kind: "status", status: 206, headers },
      optional: true,
    }),
    async () => {
      const what =
        "the size of an object whose HEAD is answered 206 with a piece";
      const asking = quiet(ctx.store.getObjectSize(name));
      const outcome = await ctx.within(
        patienceOf(ctx),
        settle(asking),
        what,
        "scaled",
      );
      const evidence = [wireEvidence(ctx)];
      if (outcome.status === "rejected") {
        return checkCode(ctx, outcome.reason, CODES, what, { evidence });
      }
      expectEqual(ctx, outcome.value, WHOLE, what, { clause: 6, evidence });
    },
  );
}

function isRanged({ headers }: WireRequest): boolean {
  return headers.range !== undefined;
}

/** The head of an answer with one piece. */
function headersOf(start: number): Record<string, string> {
  return {
    "content-type": "application/octet-stream",
    "content-range": `bytes ${start}-${start + PIECE - 1}/${WHOLE}`,
    etag: '"0123456789abcdef0123456789abcdef"',
    "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT",
  };
}
