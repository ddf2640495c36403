import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import type { FaultAction } from "../../faults/fault.ts";
import {
  type Operation,
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import {
  expectTransient,
  patienceOf,
  wireEvidence,
} from "../shared/wire_outcomes.ts";
import { checkReplaced } from "./replaced.ts";
import { BIG } from "../shared/transfers.ts";
import { half, isWrite, recordRequests } from "../shared/wire.ts";

/** More than a buffer, and less than a part. */
const MEDIUM = 300_007;

type BodyPoint = readonly [what: string, at: (length: number) => number];

const CUTS: readonly BodyPoint[] = [
  ["before its first byte", () => 0],
  ["after one byte", () => 1],
  ["after half of it", half],
  ["before its last byte", (length) => length - 1],
];
const BYTES: readonly BodyPoint[] = [
  ["its first byte", () => 0],
  ["a byte in its middle", half],
  ["its last byte", (length) => length - 1],
];

/** Bodies of answers that break: a part of group TRN. */
export const trnBodyCases: readonly Case[] = [{
  id: "TRN-3",
  clauses: [25, 14],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 600_000,
  title: "a body that ends early is transient, and leaves no file",
  explain:
    "The connection is closed in good order after 0 bytes, 1, half, or all but one, while the announced length says more. Compare what came with the object's size, whatever the HTTP client says; check an end without a single byte, and the last range of several.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const downloads = [
      await operations.download(SMALL),
      await operations.download(BIG),
    ];
    for (const [what, afterBytes] of CUTS) {
      await expectTransient(
        ctx,
        {
          match: { method: "GET" },
          action: { kind: "cut", afterBytes },
        },
        downloads,
        {
          what: `while every body ends ${what}`,
          // Who resumes where a body has ended gets everything in the end.
          orDone: true,
          clause: 14,
        },
      );
    }
  },
}, {
  id: "TRN-5",
  clauses: [25, 14],
  level: "must",
  capabilities: ["checksum"],
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "a body that arrives damaged is transient, and leaves no file",
  explain:
    "One byte of the answer is changed, its length is not. Where the service gives a checksum of what it sends, compare it before the file is published; the first and the last byte count as well, and so do larger objects, unless they are stored or read in several pieces, of which services give no checksum.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const downloads = [await operations.download(SMALL)];
    const { partSize = Infinity } = ctx.limits;
    const medium = Math.min(MEDIUM, partSize - 1);
    for (const size of [medium, severalRequests(ctx)]) {
      const download = await downloadInOnePiece(ctx, operations, size);
      if (download) downloads.push(download);
    }
    for (const [what, byte] of BYTES) {
      await expectTransient(
        ctx,
        {
          match: { method: "GET" },
          action: { kind: "corrupt", byte },
        },
        downloads,
        {
          what: `while every body has ${what} changed`,
          hint: "the service's checksum is not compared",
        },
      );
    }
  },
}, {
  id: "TRN-10",
  clauses: [26, 14, 11],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "after a download that failed, the same call succeeds",
  explain:
    "Without overwrite: what the first attempt has left, be it a part of the file or an empty one that reserves the name, would make the second one a FileExistsError. Check the clean-up after a failure in the middle of the body, and what an attempt continues.",
  async run(ctx) {
    const operations = new Operations(ctx);
    const actions: readonly FaultAction[] = [
      { kind: "cut", afterBytes: half },
      { kind: "reset", at: { bodyBytes: half } },
      { kind: "status", status: 503 },
    ];
    for (const action of actions) {
      for (const size of [SMALL, severalRequests(ctx), BIG]) {
        const isPlain = size === SMALL;
        const download = await operations.download(size, { isPlain });
        const what = `with ${action.kind} for every answer`;
        for (const optional of [false, true]) {
          const rule = { match: { method: "GET" }, action, optional };
          const details = { what, orDone: true };
          await expectTransient(ctx, rule, [download], details);
        }
        await repeat(ctx, download);
      }
    }
  },
}, {
  id: "TRN-15",
  clauses: [15, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title:
    "an object that is replaced during its download: old, new, or transient",
  explain:
    "It is replaced between the requests of a download, by one of the same size, a shorter and a longer one. A store that notices (412, or 416 once the size was known) says TRANSIENT and nothing else, as another attempt gets the new object. Check what a precondition that fails becomes, and a range beyond the end.",
  async run(ctx) {
    const size = severalRequests(ctx);
    for (const newSize of [size, Math.floor(size / 3), size + 100_003]) {
      for (const nth of [2, 3, undefined]) {
        await checkReplaced(ctx, { nth, sizes: [size, newSize] });
      }
    }
  },
}];

/**
 * A download of an object that the store writes with one request and reads
 * with one, as of such a body a service that gives checksums gives one.
 *
 * @returns `undefined` where the store does it in another way.
 */
async function downloadInOnePiece(
  ctx: CaseContext,
  operations: Operations,
  size: number,
): Promise<Operation | undefined> {
  if (size > ctx.limits.largestObject) return undefined;
  let download: Operation | undefined;
  const uploading = await recordRequests(ctx, async () => {
    // Into a directory that is there: the download that succeeds would leave a new one.
    download = await operations.download(size, { isPlain: true });
  });
  if (!download) return undefined;
  const { start, expectDone } = download;
  const downloading = await recordRequests(ctx, async () => {
    await expectDone(await start());
  });
  const [body, ...further] = downloading
    .filter(({ responseBytes }) => responseBytes >= size);
  const isOnePiece = uploading
        .filter(({ request }) => isWrite(request)).length === 1 &&
    body !== undefined && further.length === 0 &&
    !Object.keys(body.request.headers).some((name) => /range/.test(name));
  return isOnePiece ? download : undefined;
}

async function repeat(ctx: CaseContext, download: Operation): Promise<void> {
  const again = `${download.what}, once more when nothing fails`;
  const ms = patienceOf(ctx);
  const outcome = await ctx.within(ms, settle(download.start()), again);
  expect(ctx, outcome.status === "fulfilled", {
    expected: `${again} succeeds`,
    observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
    hint: "the first attempt has left something",
    evidence: [wireEvidence(ctx)],
  });
  await download.expectDone(outcome.value);
}
