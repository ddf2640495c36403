import { truncate } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import { Later } from "../shared/later.ts";
import { writeObject } from "../shared/powers.ts";
import { quiet, severalParts } from "../shared/transfers.ts";
import { isWrite } from "../shared/wire.ts";

/** Of the bytes of a transfer that fails. */
const FRACTIONS = [0, 0.5, 0.9];
/** Milliseconds within which a transfer fails whose callback has thrown. */
const FAIL_MS = 20_000;

/** The part of group CB that watches what comes after a failure. */
export const cbAfterwardsCases: readonly Case[] = [{
  id: "CB-17",
  clauses: [8, 20],
  level: "must",
  timeoutMs: 120_000,
  title: "a transfer that the caller's side has failed takes no effect later",
  explain:
    "Callbacks throw at the first call, in the middle and near the end of uploads and of a download, a source becomes shorter while it is read, and, where the store can write, a stream errors or is too short. Once each has rejected, something else is stored or written in its place; for a second that must stay. A round in which the committing request was on its way before is not counted. Look for parts or a temporary file that are finished in the background after the rejection: end or await what still runs before rejecting, as after an abort.",
  async run(ctx) {
    const later = new Later(ctx);
    for (const fraction of FRACTIONS) {
      await failUpload(ctx, later, fraction);
      await failDownload(ctx, later, fraction);
    }
    await shorten(ctx, later);
    if (ctx.has("write")) await failWrites(ctx, later);
    if (later.size === 0) {
      throw ctx.unverified("no transfer could be made to fail before its end");
    }
    await later.expectKept();
  },
}];

async function failUpload(
  ctx: CaseContext,
  later: Later,
  fraction: number,
): Promise<void> {
  const name = ctx.name("up");
  const bytes = ctx.bytes(severalParts(ctx), `up ${fraction}`);
  const path = await ctx.source(bytes);
  await rejectAndStore(ctx, later, name, {
    what: `an upload whose callback throws after ${fraction} of its bytes`,
    start: () =>
      ctx.store.uploadObject(name, path, {
        callback: throwAfter(fraction * bytes.length, bytes.length),
      }),
  });
}

async function failDownload(
  ctx: CaseContext,
  later: Later,
  fraction: number,
): Promise<void> {
  const name = ctx.name("down");
  const bytes = ctx.bytes(severalParts(ctx), `down ${fraction}`);
  await ctx.given(name, bytes);
  const what =
    `a download whose callback throws after ${fraction} of its bytes`;
  const path = ctx.at(ctx.name("file"));
  const downloading = ctx.download(name, path, {
    callback: throwAfter(fraction * bytes.length, bytes.length),
    // So that it could.
    overwrite: true,
  });
  const outcome = await ctx.within(FAIL_MS, settle(downloading), what);
  if (outcome.status === "rejected") await later.write(path, what);
}

/** A store may also give the bytes of one moment. */
async function shorten(ctx: CaseContext, later: Later): Promise<void> {
  const name = ctx.name("up");
  const bytes = ctx.bytes(severalParts(ctx), "shortened");
  const path = await ctx.source(bytes);
  let isShort = false;
  await rejectAndStore(ctx, later, name, {
    what: "an upload whose source becomes shorter",
    start: () =>
      ctx.store.uploadObject(name, path, {
        async callback() {
          if (isShort) return;
          isShort = true;
          await truncate(path, 100);
        },
      }),
  });
}

async function failWrites(ctx: CaseContext, later: Later): Promise<void> {
  const bytes = ctx.bytes(severalParts(ctx), "written");
  const half = bytes.subarray(0, bytes.length / 2);
  const failing = ctx.name("written");
  await rejectAndStore(ctx, later, failing, {
    what: "a write whose stream errors after half of its bytes",
    start: () => writeObject(ctx, failing, streamOf(half, "error")),
  });
  const short = ctx.name("written");
  await rejectAndStore(ctx, later, short, {
    what: "a write of fewer bytes than it has said",
    start: () =>
      writeObject(ctx, short, streamOf(half, "close"), { size: bytes.length }),
  });
}

/** Stores something else as soon as an operation has rejected, unless the service had been asked to make its object visible by then. */
async function rejectAndStore(
  ctx: CaseContext,
  later: Later,
  name: string,
  { what, start }: { what: string; start: () => Promise<unknown> },
): Promise<void> {
  const meter = ctx.wire?.meter();
  const outcome = await ctx.within(FAIL_MS, settle(quiet(start())), what);
  if (outcome.status === "fulfilled") return;
  const isCommit = ctx.wire?.dialect?.isCommit ?? isWrite;
  const isDoubtful = meter?.exchanges.some(({ request }) => isCommit(request));
  if (!isDoubtful) await later.store(name, what);
}

function throwAfter(
  bytesTransferred: number,
  total: number,
): (bytes: number, total: number) => void | Promise<void> {
  return traceCalls(({ bytes }) => {
    if (bytes < bytesTransferred || bytes === total) return;
    throw new Error("thrown by the callback");
  }).callback;
}

function streamOf(
  bytes: Uint8Array<ArrayBuffer>,
  end: "close" | "error",
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
    },
    pull(controller) {
      if (end === "close") controller.close();
      else controller.error(new Error("errored by the caller"));
    },
  });
}
