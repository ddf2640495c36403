import * as fs from "node:fs/promises";
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expect,
  expectEqual,
  firstDifference,
  settle,
} from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import { severalReports } from "../shared/size_grid.ts";

/** A source that changes meanwhile: a part of group PUT. */
export const putChangingCases: readonly Case[] = [
  {
    id: "PUT-9",
    clauses: [9, 8],
    level: "must",
    title: "a source that changes size gives an error or one moment's bytes",
    explain:
      "A log that is still written to is a common source. If this fails, look for a size asked once and bytes read later, or for parts read by opening the path again.",
    async run(ctx) {
      for (const change of ["shrinks", "grows", "is replaced"] as const) {
        for (const at of ["the first report", "the middle"] as const) {
          await checkChanging(ctx, change, at);
        }
      }
    },
  },
];

async function checkChanging(
  ctx: CaseContext,
  change: "shrinks" | "grows" | "is replaced",
  at: "the first report" | "the middle",
): Promise<void> {
  const what = `the upload of a source that ${change} at ${at}`;
  const before = ctx.bytes(severalReports(ctx), `${change} ${at}`);
  const old = ctx.bytes(503, `old ${change} ${at}`);
  const after = contentAfter(ctx, change, before);
  const source = await ctx.source(before);
  const name = ctx.name("changing");
  await ctx.given(name, old);
  let isChanged = false;
  const trace = traceCalls(async ({ bytes, total }) => {
    if (isChanged || (at === "the middle" && bytes < total / 2)) return;
    isChanged = true;
    await changeSource(ctx, change, source, before.length, after);
  });
  const uploading = ctx.store.uploadObject(name, source, {
    callback: trace.callback,
  });
  const outcome = await ctx.within(20_000, settle(uploading), what);
  if (outcome.status === "rejected") {
    const { reason } = outcome;
    expect(ctx, !isStoreError(reason) || reason.code !== "OBJECT_NOT_FOUND", {
      expected: `${what}, if it fails, never says OBJECT_NOT_FOUND`,
      observed: "it does",
      evidence: [errorChain(reason)],
    });
    await ctx.expectObject(name, old, `${what} failed, so the old object`);
    return;
  }
  const size = await ctx.store.getObjectSize(name);
  const stored = await ctx.fetch(name);
  expectEqual(ctx, stored.length, size, `${what}: the count of bytes`);
  const isOneMoment =
    [before, after].some((bytes) =>
      firstDifference(stored, bytes) === undefined
    ) || change === "grows" && isBetween(stored, before, after);
  expect(ctx, isOneMoment, {
    expected: `${what} gives an error, or the bytes of one moment`,
    observed: `an object of ${stored.length} bytes, which the source never was`,
    evidence: [trace.evidence(), {
      title: "sizes of the source",
      lines: [`before: ${before.length}`, `after: ${after.length}`],
    }],
  });
  const last = trace.calls.at(-1);
  const total = `${what}: the total that the callback was told last`;
  expectEqual(ctx, last?.total, size, total, {
    clause: last === undefined ? 19 : 18,
  });
}

function contentAfter(
  ctx: CaseContext,
  change: string,
  before: Uint8Array,
): Uint8Array {
  if (change === "shrinks") return before.subarray(0, before.length / 3);
  const more = ctx.bytes(Math.ceil(before.length / 2) + 1, "more");
  const start = change === "grows" ? before : ctx.bytes(before.length, "new");
  // Longer than before, so that no position in it is missing.
  return concatenate([start, more]);
}

async function changeSource(
  ctx: CaseContext,
  change: string,
  source: string,
  size: number,
  after: Uint8Array,
): Promise<void> {
  if (change === "shrinks") return await fs.truncate(source, after.length);
  if (change === "grows") {
    return await fs.appendFile(source, after.subarray(size));
  }
  const other = join(ctx.scratch, `${basename(source)}-other`);
  await fs.writeFile(other, after);
  await fs.rename(other, source);
}

/** While it grows there are moments between before and after. */
function isBetween(
  stored: Uint8Array,
  before: Uint8Array,
  after: Uint8Array,
): boolean {
  return stored.length >= before.length &&
    firstDifference(stored, after) === stored.length;
}
