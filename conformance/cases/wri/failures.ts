import type { Case, CaseContext } from "../../model/case.ts";
import { describeError, isTransientError } from "../../checks/error_chain.ts";
import {
  errorChain,
  expect,
  expectReason,
  expectRejection,
  settle,
} from "../../checks/expect.ts";
import type { ObjectData } from "../../../src/object_store.ts";
import { severalReports } from "../shared/size_grid.ts";
import { BIG } from "../shared/transfers.ts";
import { streamOf } from "./kinds.ts";
import { makeEndless, makeSource } from "./sources.ts";
import { expectUnstored } from "./unstored.ts";

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

/** Writes that fail by what they are given: a part of group WRI. */
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
    "A stream that ends a byte too early or goes on for one too many, one that never ends, and bytes, a Blob and a string with another size, that of a string counted in UTF-8; and a stream with chunks that are no Uint8Arrays, which is refused in any way but as transient. The object is the old one, or none.",
  run: checkSizes,
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
  const text = "\u00e9\u{1f600}".repeat(50);
  await expectUnstored(ctx, {
    what: `a string of ${text.length} UTF-16 units with these as its size`,
    data: text,
    options: { size: text.length },
    isReplacing: true,
    check: (writing, what) => expectRangeError(ctx, writing, what),
  });
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
