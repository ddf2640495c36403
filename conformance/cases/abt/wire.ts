import { writeFile } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectReason } from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { checkWholeOrNone } from "./steps.ts";
import {
  abortSilent,
  abortUnanswered,
  SILENT,
} from "../shared/abort_silent.ts";
import { expectFile } from "../shared/expect_file.ts";
import {
  prepareDownload,
  prepareTransfers,
  prepareUpload,
  quiet,
  severalParts,
  type Transfer,
} from "../shared/transfers.ts";
import {
  hasAnswerBody,
  hasBody,
  recordRequests,
  underFaults,
  wireEvidence,
} from "../shared/wire.ts";

/** Three parts and ranges of stores with small ones, and one of most. */
const MIDDLE = 700_001;
/** One request, for most stores. */
const SMALL = 30_011;
/** At how many requests from the beginning, and from the end, of a transfer. */
const NEAR = 2;

const SILENT_IN_BODY: FaultRule = {
  match: { where: hasAnswerBody },
  action: { kind: "stall", at: { bodyBytes: (length) => length >> 1 } },
};
const SILENT_IN_UPLOAD: FaultRule = {
  match: { where: hasBody },
  action: { kind: "stall-upload", afterBytes: 20_000 },
};

/** The part of group ABT that needs a silent server. */
export const abtWireCases: readonly Case[] = [{
  id: "ABT-3",
  clauses: [21, 14, 8],
  level: "must",
  needs: ["upstream"],
  title: "an abort is prompt while the server is silent, and leaves nothing",
  explain:
    "The server says nothing: before the head of its answer, in the middle of a body, or in the middle of the request's. The operation rejects with the signal's reason within a second all the same, the destination is as it was, and the object is the old one or the new one, whole. Check a signal that is only looked at when bytes come.",
  timeoutMs: 60_000,
  async run(ctx) {
    await abortSilentSize(ctx);
    const size = severalParts(ctx);
    const transfers = [
      ...await prepareTransfers(ctx, SMALL, { salt: "small" }),
      ...await prepareTransfers(ctx, size, { salt: "head" }),
    ];
    for (const transfer of transfers) {
      await abortSilent(ctx, SILENT, transfer, "before its first answer");
      await checkWholeOrNone(ctx, transfer);
    }
    const down = await prepareDownload(ctx, size, { salt: "body" });
    await abortSilent(ctx, SILENT_IN_BODY, down, "in the middle of a body");
    await down.expectNothing();
    const up = await prepareUpload(ctx, size, { salt: "body" });
    await abortSilent(ctx, SILENT_IN_UPLOAD, up, "in the middle of a request");
    await checkWholeOrNone(ctx, up);
    await abortOverFile(ctx);
  },
}];

/** ABT-8: aborts a transfer as each of its requests comes to the service, and as each answer leaves it. */
export async function abortAtRequests(ctx: CaseContext): Promise<void> {
  if (ctx.wire === undefined) return;
  const setup = { salt: "requests" };
  const counts: Record<string, number> = {};
  for (const transfer of await prepareTransfers(ctx, MIDDLE, setup)) {
    const requests = await recordRequests(ctx, () => transfer.start());
    counts[transfer.what] = requests.length;
  }
  const most = Math.max(...Object.values(counts));
  for (let nth = 1; nth <= most; nth++) {
    for (const when of ["before", "after"] as const) {
      const setup = { salt: `${nth} ${when}` };
      for (const transfer of await prepareTransfers(ctx, MIDDLE, setup)) {
        const count = counts[transfer.what] ?? 0;
        if (nth > count || (nth > NEAR && nth <= count - NEAR)) continue;
        await abortAtRequest(ctx, transfer, nth, when);
      }
    }
  }
}

async function abortAtRequest(
  ctx: CaseContext,
  transfer: Transfer,
  nth: number,
  when: "before" | "after",
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error(`aborted ${when} request ${nth}`);
  const rule: FaultRule = {
    match: { nth, count: 1 },
    action: { kind: "run", when, run: () => controller.abort(reason) },
    // There may be one request less this time.
    optional: true,
  };
  const what = `${transfer.what} aborted ${
    when === "before" ? "at its request" : "at the answer to its request"
  } ${nth}`;
  const { signal } = controller;
  const operation = quiet(
    underFaults(ctx, [rule], () => transfer.start({ signal }), what),
  );
  const { outcome } = await operation;
  if (outcome.status === "fulfilled") return await transfer.expectDone();
  await expectReason(ctx, Promise.reject(outcome.reason), reason, what, {
    evidence: [wireEvidence(ctx)],
  });
  await checkWholeOrNone(ctx, transfer);
}

async function abortSilentSize(ctx: CaseContext): Promise<void> {
  const name = ctx.name();
  await ctx.given(name, ctx.bytes(3_001, "size"));
  const start = (options: { signal: AbortSignal }) =>
    quiet(ctx.store.getObjectSize(name, options));
  await abortUnanswered(ctx, { what: "getObjectSize", start });
}

/** The old file stays, also where the new one had begun to come. */
async function abortOverFile(ctx: CaseContext): Promise<void> {
  const size = severalParts(ctx);
  const { name } = await prepareDownload(ctx, size, { salt: "over a file" });
  const path = ctx.at("old.bin");
  const old = ctx.bytes(4_099, "old file");
  await writeFile(path, old);
  const start: Transfer["start"] = (options) =>
    ctx.download(name, path, { ...options, overwrite: true });
  const operation = { what: "download", start };
  await abortSilent(ctx, SILENT_IN_BODY, operation, "in the middle of a body");
  await expectFile(ctx, path, old, "the old file after the abort", {
    clause: 14,
  });
}
