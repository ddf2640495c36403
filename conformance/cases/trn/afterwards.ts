import { dirname } from "@std/path/dirname";
import { mkdir } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import type {
  FaultAction,
  FaultMatch,
  FaultRule,
  WireRequest,
} from "../../faults/fault.ts";
import { Later } from "../shared/later.ts";
import { deleteObject } from "../shared/powers.ts";
import { isWrite } from "../shared/wire.ts";
import {
  Operations,
  severalRequests,
  SMALL,
} from "../shared/wire_operations.ts";
import { butDiscards, runWithFaults, wireOf } from "../shared/wire_outcomes.ts";

/** Failures after which somebody might try again in the background. */
const FAILURES: readonly { what: string; action: FaultAction }[] = [
  {
    what: "the connection is reset",
    action: { kind: "reset", at: "before-head" },
  },
  { what: "the answer is 503", action: { kind: "status", status: 503 } },
  { what: "the answer is 403", action: { kind: "status", status: 403 } },
];

/** Effects that come too late: a part of group TRN. */
export const trnAfterwardsCases: readonly Case[] = [{
  id: "TRN-26",
  clauses: [8, 25],
  level: "must",
  needs: ["upstream"],
  timeoutMs: 300_000,
  title: "what has failed takes no effect after it has rejected",
  explain:
    "Uploads, in one request and in several, deletions and downloads fail because connections are reset or answers are 503 or 403, once at every request that changes something and once at the commit alone; the service sees none of these requests. As soon as they have rejected, all is well again, and something else is stored or written under the same name; for a second that must stay. Look for attempts that go on in the background after the rejection, and for a queue of requests that are sent once the service is there again.",
  async run(ctx) {
    const later = new Later(ctx);
    for (const { what, action } of FAILURES) {
      for (const [where, match] of matchesOf(ctx)) {
        const when = `while ${what}, at ${where},`;
        await failUploads(ctx, later, { what: when, rule: { match, action } });
      }
      if (ctx.has("delete")) {
        const rule = { match: { where: isWrite }, action };
        await failDeletion(ctx, later, { what: `while ${what}`, rule });
      }
      const rule = { match: { method: "GET" }, action };
      await failDownloads(ctx, later, { what: `while ${what}`, rule });
    }
    if (later.size === 0) throw ctx.broken("no operation has rejected");
    await later.expectKept();
  },
}];

interface Failing {
  readonly what: string;
  readonly rule: FaultRule;
}

function matchesOf(ctx: CaseContext): [string, FaultMatch][] {
  const { where } = butDiscards(ctx);
  const { dialect } = wireOf(ctx);
  const writes = {
    where: (request: WireRequest) => isWrite(request) && where!(request),
  };
  return dialect
    ? [
      ["each write", writes],
      ["the commit", { where: dialect.isCommit.bind(dialect) }],
    ]
    : [["each write", writes]];
}

async function failUploads(
  ctx: CaseContext,
  later: Later,
  { what, rule }: Failing,
): Promise<void> {
  const operations = new Operations(ctx);
  const uploads = [
    await operations.upload(SMALL),
    await operations.upload(severalRequests(ctx)),
  ];
  const outcomes = await runWithFaults(ctx, rule, uploads, { what });
  for (const [i, upload] of uploads.entries()) {
    if (outcomes[i]!.status === "fulfilled") continue;
    await later.store(upload.name, `${upload.what} ${what}`);
  }
}

async function failDeletion(
  ctx: CaseContext,
  later: Later,
  { what, rule }: Failing,
): Promise<void> {
  const name = ctx.name("kept");
  await ctx.given(name, ctx.bytes(SMALL, name));
  const deletion = { what: "a deletion", start: () => deleteObject(ctx, name) };
  const [outcome] = await runWithFaults(ctx, rule, [deletion], { what });
  if (outcome?.status === "fulfilled") return;
  await later.store(name, `${deletion.what} ${what}`);
}

async function failDownloads(
  ctx: CaseContext,
  later: Later,
  { what, rule }: Failing,
): Promise<void> {
  const name = ctx.name("down");
  await ctx.given(name, ctx.bytes(severalRequests(ctx), name));
  const path = ctx.at(ctx.name("directory"), "file.bin");
  const download = {
    what: "a download",
    // So that it could replace what is written there later.
    start: () => ctx.download(name, path, { overwrite: true }),
  };
  const [outcome] = await runWithFaults(ctx, rule, [download], { what });
  if (outcome?.status === "fulfilled") return;
  await mkdir(dirname(path), { recursive: true });
  await later.write(path, `${download.what} ${what}`);
}
