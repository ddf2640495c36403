import type { Case, CaseContext } from "../../model/case.ts";
import { describeError, isTransientError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expect,
  expectEqual,
  expectReason,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import type {
  ObjectData,
  WriteObjectOptions,
} from "../../../src/object_store.ts";
import {
  abortSilent,
  abortUnanswered,
  PROMPT_MS,
} from "../shared/abort_silent.ts";
import type { FaultRule } from "../../faults/fault.ts";
import { countListeners } from "../shared/count_listeners.ts";
import { traceCalls } from "../../checks/trace.ts";
import { writeObject } from "../shared/powers.ts";
import { severalReports } from "../shared/size_grid.ts";
import { BIG, severalParts, turn } from "../shared/transfers.ts";
import { expectNoRequests, hasBody } from "../shared/wire.ts";
import { streamOf } from "./kinds.ts";
import {
  expectCancelled,
  makeEndless,
  makeSource,
  type Source,
} from "./sources.ts";

/** Any value is a reason, and one that looks like the store's own error is none of the store's. */
const REASONS: readonly unknown[] = [
  new Error("the source's own error"),
  "text",
  0,
  null,
  undefined,
  Object.assign(new Error("reset"), { code: "ECONNRESET" }),
  new DOMException("timed out", "TimeoutError"),
];

/** Writes that fail by what they are given, or by their caller: a part of group WRI. */
export const wriFailureCases: readonly Case[] = [{
  id: "WRI-5",
  clauses: [33, 8],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 120_000,
  title: "a stream that errors fails the write with that very error",
  explain:
    "Before its first chunk, in the middle, after the last, and one that has errored before the call: the promise rejects with that value itself, whatever it is, and the object is the old one, or none. Do not translate what the caller's code has thrown.",
  run: checkErrors,
}, {
  id: "WRI-6",
  clauses: [33, 8],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "data of another size than was told is a RangeError, and not stored",
  explain:
    "A stream that ends a byte too early or goes on for one too many, one that never ends, and bytes, a Blob and a string with another size; and a stream with chunks that are no Uint8Arrays, which is refused in any way but as transient. The object is the old one, or none.",
  run: checkSizes,
}, {
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

async function checkErrors(ctx: CaseContext): Promise<void> {
  const { length } = ctx.bytes(severalReports(ctx));
  // As of a copy from one store to another: it is the source's error all the same.
  const missing = await settle(ctx.store.getObjectSize(ctx.name("missing")));
  const foreign = (missing as { reason?: unknown }).reason;
  for (const [index, error] of [...REASONS, foreign].entries()) {
    for (const failAt of [0, length >> 1, length]) {
      for (const isSized of [false, true]) {
        const bytes = ctx.bytes(length, "never stored");
        const { stream } = makeSource(bytes, { failAt, error });
        await expectUnstored(ctx, {
          what: `a stream that errors at ${failAt} of ${length} bytes`,
          data: stream,
          options: isSized ? { size: length } : {},
          isReplacing: index % 2 === 0,
          check: (writing, what) => expectReason(ctx, writing, error, what),
        });
      }
    }
    const errored = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(error),
    });
    await expectUnstored(ctx, {
      what: "a stream that has errored before the call",
      data: errored,
      isReplacing: true,
      check: (writing, what) => expectReason(ctx, writing, error, what),
    });
  }
  const [error] = REASONS;
  const large = ctx.bytes(BIG, "large");
  await expectUnstored(ctx, {
    what: "a large stream that errors before its end",
    data: makeSource(large, { failAt: large.length - 1, error }).stream,
    isReplacing: true,
    check: (writing, what) => expectReason(ctx, writing, error, what),
  });
}

async function checkSizes(ctx: CaseContext): Promise<void> {
  const most = ctx.limits.largestObject - 2;
  for (const size of [Math.min(1_009, most), Math.min(BIG, most)]) {
    const bytes = ctx.bytes(size, "another size");
    const { length } = bytes;
    const data: [string, () => ObjectData][] = [
      ["a stream", () => makeSource(bytes).stream],
      ["one chunk", () => streamOf(bytes.slice())],
    ];
    if (size <= 1_009) {
      data.push(
        ["bytes", () => bytes],
        ["a Blob", () => new Blob([bytes])],
        ["a string", () => "é".repeat(length >> 1) + "e".repeat(length % 2)],
      );
    }
    for (const [kind, make] of data) {
      for (const wrong of [length - 1, length + 1, 0]) {
        await expectUnstored(ctx, {
          what: `${kind} of ${length} bytes with ${wrong} as its size`,
          data: make(),
          options: { size: wrong },
          isReplacing: wrong > 0,
          check: (writing, what) => expectRangeError(ctx, writing, what),
        });
      }
    }
  }
  const endless = makeEndless(ctx.bytes(4_001, "endless"));
  await expectUnstored(ctx, {
    what: "a stream without an end with 10000 as its size",
    data: endless.stream,
    options: { size: Math.min(10_000, ctx.limits.largestObject) },
    isReplacing: true,
    check: (writing, what) => expectRangeError(ctx, writing, what),
  });
  for (const chunk of ["text", 7, null, [1, 2], new ArrayBuffer(3)]) {
    await expectUnstored(ctx, {
      what: `a stream with a chunk of type ${typeof chunk}`,
      data: streamOf(ctx.bytes(100), chunk, ctx.bytes(100)),
      isReplacing: true,
      check: async (writing, what) => {
        const error = await expectRejection(ctx, writing, what);
        expect(ctx, !isTransientError(error), {
          expected: `${what} is not worth another attempt`,
          observed: "it rejected as transient",
          clause: 25,
        });
      },
    });
  }
}

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
  const failures: [string, (source: Source) => Promise<unknown>][] = [
    ["an invalid name", (source) => begin(source, undefined, "")],
    [
      "a closed store",
      (source) => begin(source, undefined, name, closed),
    ],
    [
      "a signal that is aborted before",
      (source) => begin(source, { signal: AbortSignal.abort() }),
    ],
    ["a size that is too small", (source) => begin(source, { size: 5 })],
    ["a callback that throws", (source) =>
      begin(source, {
        size: bytes.length,
        callback: () => {
          throw new Error("thrown by the callback");
        },
      })],
  ];
  for (const [how, fail] of failures) {
    const source = makeSource(bytes);
    const what = `a write with ${how}`;
    await expectRejection(ctx, fail(source), what);
    await expectCancelled(ctx, source, what);
  }
  const source = makeSource(bytes, { waitAt: 1 });
  const writing = begin(source, { signal: controller.signal });
  await ctx.within(20_000, source.waiting, "the source waits");
  controller.abort();
  await expectRejection(ctx, writing, "a write that is aborted");
  await expectCancelled(ctx, source, "a write that is aborted");
}

/** Fails the case unless a write fails as it has to, and leaves the old object, or none. */
async function expectUnstored(
  ctx: CaseContext,
  { what, data, options, isReplacing, check }: {
    what: string;
    data: ObjectData;
    options?: WriteObjectOptions;
    isReplacing: boolean;
    check: (writing: Promise<void>, what: string) => Promise<unknown>;
  },
): Promise<void> {
  const name = ctx.name("unstored");
  const old = ctx.bytes(313, name);
  if (isReplacing) await ctx.given(name, old);
  const trace = traceCalls();
  const { callback } = trace;
  await check(writeObject(ctx, name, data, { callback, ...options }), what);
  const isTold = trace.calls.some(({ bytes, total }) =>
    bytes === total && total > 0
  );
  expect(ctx, !isTold, {
    expected: `${what} is never reported as complete`,
    observed: "its callback was told the total",
    clause: 19,
    evidence: [trace.evidence()],
  });
  const failed = `${what} has failed`;
  await (isReplacing
    ? ctx.expectObject(name, old, failed)
    : ctx.expectNoObject(name, failed));
}

async function expectRangeError(
  ctx: CaseContext,
  writing: Promise<void>,
  what: string,
): Promise<void> {
  const error = await expectRejection(ctx, writing, what);
  expect(ctx, error instanceof RangeError, {
    expected: `${what} rejects with a RangeError`,
    observed: `it rejected with ${describeError(error)[0]}`,
    evidence: [errorChain(error)],
  });
}
