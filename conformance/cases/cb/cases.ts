import type { Case } from "../../model/case.ts";
import { expect, expectCode, expectEqual } from "../../checks/expect.ts";
import { expectTrace, needCalls, traceCalls } from "../../checks/trace.ts";
import { writeFile } from "node:fs/promises";
import { cbAfterwardsCases } from "./afterwards.ts";
import { cbFailureCases } from "./failures.ts";
import { cbManyCases } from "./many.ts";
import { cbWireCases } from "./wire.ts";
import { inOrder } from "../shared/in_order.ts";
import { BIG, prepareTransfers, turn } from "../shared/transfers.ts";

const MIB = 1024 * 1024;

const cbCountCases: readonly Case[] = [{
  id: "CB-1",
  clauses: [18, 19],
  level: "must",
  title: "both transfers take a callback; its total is the object's size",
  explain:
    "A progress bar divides by the total. Check that it is the object's size in bytes on every call, and not the size of a part or of what is left.",
  async run(ctx) {
    for (const size of [1, 65_537, BIG]) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        const trace = traceCalls();
        const { what, bytes } = transfer;
        await transfer.start({ callback: trace.callback });
        await transfer.expectDone();
        expect(ctx, trace.calls.length > 0, {
          expected: `${what}: the callback is called at least once`,
          observed: "it was not",
          clause: 19,
        });
        for (const { total } of trace.calls) {
          expectEqual(ctx, total, bytes.length, `${what}: the total`, {
            evidence: [trace.evidence()],
          });
        }
      }
    }
  },
}, {
  id: "CB-2",
  clauses: [18],
  level: "must",
  title: "the count is cumulative and never goes back",
  explain:
    "The first argument says how far the whole transfer has come, not how large the last piece was. Check parts that are sent side by side and pieces that are counted again.",
  timeoutMs: 60_000,
  async run(ctx) {
    const part = Math.min(ctx.limits.partSize ?? 5 * MIB, 32 * MIB);
    const sizes = [1, 65_535, 65_536, 65_537, MIB, BIG, 2 * part + 3];
    for (const size of sizes) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        const trace = traceCalls();
        await transfer.start({ callback: trace.callback });
        needCalls(ctx, trace, transfer.what);
        const counts = trace.calls.map(({ bytes }) => bytes);
        const evidence = [trace.evidence()];
        const back = counts.findIndex((count, i) =>
          count < (counts[i - 1] ?? 0)
        );
        expect(ctx, back === -1, {
          expected: `${transfer.what}: the count never goes back`,
          observed: `${counts[back]} after ${counts[back - 1]}`,
          evidence,
        });
        const positive = counts.filter((count) => count > 0);
        const sum = positive.reduce((a, b) => a + b, 0);
        expect(ctx, positive.length < 2 || sum !== transfer.bytes.length, {
          expected: `${transfer.what}: the counts are cumulative`,
          observed: "they sum to the object's size",
          hint: "the calls look like increments",
          evidence,
        });
      }
    }
  },
}, {
  id: "CB-3",
  clauses: [19],
  level: "must",
  title: "the last call is (total, total) and comes before the promise settles",
  explain:
    "Who closes a progress bar when the promise resolves must have seen 100 %. Check that the last call is made, and awaited, before the operation resolves.",
  async run(ctx) {
    for (const size of [1, 65_536, BIG]) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        const trace = traceCalls();
        const operation = transfer.start({ callback: trace.callback });
        const atSettling = await operation.then(() => trace.calls.at(-1));
        const total = transfer.bytes.length;
        expect(ctx, atSettling?.bytes === total && atSettling.total === total, {
          expected:
            `${transfer.what}: the last call before the promise resolves is (${total}, ${total})`,
          observed: atSettling === undefined
            ? "there was no call"
            : `it was (${atSettling.bytes}, ${atSettling.total})`,
          evidence: [trace.evidence()],
        });
      }
    }
  },
}, {
  id: "CB-4",
  clauses: [18],
  level: "must",
  title: "counts are safe integers from 0 to the total",
  explain:
    "Check for strings, bigints, fractions from percentages, negative numbers, and counts that pass the total by headers or by pieces counted twice.",
  async run(ctx) {
    for (const size of [0, 1, 65_537, BIG]) {
      for (
        const transfer of await prepareTransfers(ctx, size, { salt: size })
      ) {
        const trace = traceCalls();
        await transfer.start({ callback: trace.callback });
        needCalls(ctx, trace, transfer.what);
        for (const { bytes, total } of trace.calls) {
          const isRight = Number.isSafeInteger(bytes) && bytes >= 0 &&
            Number.isSafeInteger(total) && bytes <= total;
          expect(ctx, isRight, {
            expected: `${transfer.what}: 0 ≤ count ≤ total, safe integers`,
            observed: `(${show(bytes)}, ${show(total)})`,
            evidence: [trace.evidence()],
          });
        }
      }
    }
  },
}, {
  id: "CB-7",
  clauses: [19],
  level: "must",
  title: "an empty object gives exactly one (0, 0)",
  explain:
    "Nothing is transferred, but who waits for the last call must get it, once. Check loops over pieces that never run for an empty body, and a first call at 0 beside a last one.",
  async run(ctx) {
    for (const isAsync of [false, true]) {
      const setup = { salt: String(isAsync) };
      for (const transfer of await prepareTransfers(ctx, 0, setup)) {
        const trace = traceCalls(isAsync ? () => turn(1) : undefined);
        await transfer.start({ callback: trace.callback });
        expectTrace(ctx, trace, 0, `${transfer.what} of an empty object`);
        await transfer.expectDone();
      }
    }
  },
}, {
  id: "CB-12",
  clauses: [19],
  level: "must",
  title: "no call for a missing object, none for an existing file",
  explain:
    "There is no total before the object is known to exist, and nothing is transferred onto an existing file. Check for a first (0, …) that is sent too early.",
  async run(ctx) {
    const trace = traceCalls();
    const { callback } = trace;
    for (const overwrite of [false, true]) {
      const missing = ctx.download(ctx.name(), `${ctx.root}/missing`, {
        callback,
        overwrite,
      });
      await expectCode(ctx, missing, "OBJECT_NOT_FOUND", "the download");
    }
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(70_001));
    const path = ctx.at("existing");
    await writeFile(path, ctx.bytes(10, "old"));
    const existing = ctx.download(name, path, { callback });
    await expectCode(ctx, existing, "FILE_EXISTS", "the download");
    expect(ctx, trace.calls.length === 0, {
      expected: "the callback is not called",
      observed: `${trace.calls.length} calls`,
      evidence: [trace.evidence()],
    });
  },
}];

/** Group CB: what progress callbacks are told. */
export const cbCases: readonly Case[] = inOrder(
  cbCountCases,
  cbManyCases,
  cbFailureCases,
  cbWireCases,
  cbAfterwardsCases,
);

function show(value: unknown): string {
  return typeof value === "number" ? `${value}` : `${typeof value} ${value}`;
}
