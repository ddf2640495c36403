import type { Case, CaseContext } from "../../model/case.ts";
import {
  expectEqual,
  expectReason,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import type { FaultRule } from "../../faults/fault.ts";
import type { WriteObjectOptions } from "../../../src/object_store.ts";
import {
  abortSilent,
  abortUnanswered,
  PROMPT_MS,
} from "../shared/abort_silent.ts";
import { countListeners } from "../shared/count_listeners.ts";
import { writeObject } from "../shared/powers.ts";
import { severalReports } from "../shared/size_grid.ts";
import { severalParts, turn } from "../shared/transfers.ts";
import { expectNoRequests, hasBody } from "../shared/wire.ts";
import { expectCancelled, makeSource, type Source } from "./sources.ts";
import { expectUnstored } from "./unstored.ts";

/** Writes that their caller ends, and what becomes of their streams: a part of group WRI. */
export const wriEndedCases: readonly Case[] = [{
  id: "WRI-9",
  clauses: [21, 33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "an abort ends a write whose source gives nothing",
  explain:
    "A signal that is aborted already means no I/O. In the middle, while the store waits for a source that says nothing, the promise rejects with the reason itself within a second, and leaves the old object, or none. No listener is left on the signal.",
  run: checkAborts,
}, {
  id: "WRI-12",
  clauses: [33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "whatever fails, the stream is cancelled",
  explain:
    "An invalid name, a store that is closed, a signal that was aborted before or is in the middle, a wrong size, a callback that throws: what reads a file or a socket for the stream has to learn that nobody wants more.",
  run: checkCancelled,
}];

async function checkAborts(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(severalReports(ctx), "aborted");
  const early = makeSource(bytes);
  const already = AbortSignal.abort(new Error("aborted before"));
  await expectNoRequests(ctx, "a write that is aborted before", async () => {
    const writing = writeObject(ctx, ctx.name(), makeSource(bytes).stream, {
      signal: already,
    });
    await expectReason(ctx, writing, already.reason, "it");
  });
  await settle(writeObject(ctx, ctx.name(), early.stream, { signal: already }));
  expectEqual(ctx, early.pulls, 0, "the count of chunks that were asked for");
  for (const reason of [new Error("the caller's own"), "text", null]) {
    for (const options of [{}, { size: bytes.length }]) {
      const controller = new AbortController();
      const { signal } = controller;
      const source = makeSource(bytes, { waitAt: bytes.length >> 1 });
      await expectUnstored(ctx, {
        what: "a write that is aborted while its source says nothing",
        data: source.stream,
        options: { ...options, signal },
        isReplacing: reason !== "text",
        check: async (writing, what) => {
          await ctx.within(20_000, source.waiting, "the source waits");
          controller.abort(reason);
          const { reason: wanted } = signal;
          const ms = PROMPT_MS;
          await expectReason(ctx, writing, wanted, what, { ms });
        },
      });
    }
  }
  await abortOnSilence(ctx);
  const { signal } = new AbortController();
  const listeners = countListeners(signal);
  for (let i = 0; i < 10; i++) {
    const name = ctx.name();
    await writeObject(ctx, name, makeSource(bytes).stream, { signal });
    const failing = makeSource(bytes, { failAt: 100, error: "failed" }).stream;
    await settle(writeObject(ctx, name, failing, { signal }));
    await settle(writeObject(ctx, name, bytes, { signal, size: 3 }));
  }
  for (let i = 0; i < 100 && listeners.count() > 0; i++) await turn(2);
  expectEqual(ctx, listeners.count(), 0, "the number of listeners left");
}

/** The service says nothing, or takes no more of a body. */
async function abortOnSilence(ctx: CaseContext): Promise<void> {
  if (ctx.wire === undefined) return;
  const bytes = ctx.bytes(severalParts(ctx), "silence");
  for (const make of [() => bytes, () => makeSource(bytes).stream]) {
    const name = ctx.name("silence");
    const start = (options: { signal: AbortSignal }) =>
      writeObject(ctx, name, make(), options);
    await abortUnanswered(ctx, { what: "write", start });
    const stalled: FaultRule = {
      match: { where: hasBody },
      action: { kind: "stall-upload", afterBytes: 20_000 },
    };
    const when = "in the middle of a request";
    await abortSilent(ctx, stalled, { what: "write", start }, when);
    await ctx.expectNoObject(name, "its writes were aborted");
  }
}

async function checkCancelled(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(severalReports(ctx));
  const controller = new AbortController();
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  const name = ctx.name();
  const begin = (
    source: Source,
    options?: WriteObjectOptions,
    as = name,
    store = ctx.store,
  ) => writeObject(ctx, as, source.stream, options, store);
  const failures: [string, number, (source: Source) => Promise<unknown>][] = [
    ["an invalid name", 1, (source) => begin(source, undefined, "")],
    [
      "a closed store",
      28,
      (source) => begin(source, undefined, name, closed),
    ],
    [
      "a signal that is aborted before",
      21,
      (source) => begin(source, { signal: AbortSignal.abort() }),
    ],
    ["a size that is too small", 33, (source) => begin(source, { size: 5 })],
    ["a callback that throws", 20, (source) =>
      begin(source, {
        size: bytes.length,
        callback: () => {
          throw new Error("thrown by the callback");
        },
      })],
  ];
  for (const [how, clause, fail] of failures) {
    const source = makeSource(bytes);
    const what = `a write with ${how}`;
    await expectRejection(ctx, fail(source), what, { clause });
    await expectCancelled(ctx, source, what);
  }
  const source = makeSource(bytes, { waitAt: 1 });
  const writing = begin(source, { signal: controller.signal });
  await ctx.within(20_000, source.waiting, "the source waits");
  controller.abort();
  await expectRejection(ctx, writing, "a write that is aborted", {
    clause: 21,
  });
  await expectCancelled(ctx, source, "a write that is aborted");
}
