import { askUri } from "../../checks/ask_uri.ts";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case } from "../../model/case.ts";
import { isStoreError } from "../../checks/error_chain.ts";
import {
  checkCode,
  errorChain,
  expect,
  expectBytes,
  expectEqual,
  firstDifference,
  isDamaged,
  settle,
} from "../../checks/expect.ts";
import { conFailingCases } from "./failing.ts";
import { conJoinedCases } from "./joined.ts";
import { conLeftoverCases } from "./leftovers.ts";
import { conManyFailureCases } from "./many_failures.ts";
import { givenObjects } from "./steps.ts";
import { conStrangerCases } from "./strangers.ts";
import { holdTogether } from "../shared/hold_together.ts";
import { inOrder } from "../shared/in_order.ts";
import { expectFile } from "../shared/expect_file.ts";
import { BIG, makeGate, prepareTransfers, quiet } from "../shared/transfers.ts";
import { CLAUSE_OF_TRANSFER, reachCall } from "../shared/earlier_failure.ts";

const conSharingCases: readonly Case[] = [{
  id: "CON-1",
  clauses: [29, 8],
  level: "must",
  title: "32 uploads and 32 downloads at once, all exact",
  explain:
    "Check for buffers, positions and temporary names that operations share.",
  async run(ctx) {
    const transfers = await Promise.all(
      Array.from({ length: 32 }, (_, i) => {
        const size = i === 0 ? 2_000_003 : i * 4_001;
        return prepareTransfers(ctx, size, { salt: i });
      }),
    );
    const all = transfers.flat();
    await Promise.all(all.map((transfer) => transfer.start()));
    for (const transfer of all) await transfer.expectDone();
  },
}, {
  id: "CON-2",
  clauses: [29, 12],
  level: "must",
  title: "16 downloads onto one path, with overwrite: one of them, whole",
  explain:
    "Different objects are published onto one path at once; each succeeds, and the file is one of them. Check temporary names that are the same, and a file that is written in place.",
  async run(ctx) {
    const objects = await givenObjects(ctx, 16, 300_007);
    const path = ctx.at("new", "file");
    const callback = holdTogether(objects.length);
    const downloads = objects.map(({ name }) =>
      ctx.download(name, path, { overwrite: true, callback })
    );
    const outcomes = await ctx.within(
      25_000,
      Promise.allSettled(downloads),
      "16 downloads",
    );
    for (const outcome of outcomes) {
      expect(ctx, outcome.status === "fulfilled", {
        expected: "every download with overwrite succeeds",
        observed: `one rejected with ${
          (outcome as { reason?: unknown }).reason
        }`,
      });
    }
    const read = await settle(readFile(path));
    expect(ctx, read.status === "fulfilled", {
      expected: "the downloads that have succeeded have written their file",
      observed: "it cannot be read",
      clause: 10,
    });
    const found = new Uint8Array(read.value);
    const isWhole = objects.some(({ bytes }) =>
      firstDifference(bytes, found) === undefined
    );
    expect(ctx, isWhole, {
      expected: "the file is one of the 16 objects, whole",
      observed: `${found.length} bytes that are none of them`,
      ...(objects.some(({ bytes }) => isDamaged(found, bytes))
        ? { clause: 8 }
        : {}),
    });
  },
}, {
  id: "CON-3",
  clauses: [11, 29],
  level: "must",
  title: "16 downloads onto one path, without overwrite: exactly one wins",
  explain:
    "The others reject with FILE_EXISTS. Check for a look at the path that is followed by a rename: between the two there is time for the others.",
  timeoutMs: 60_000,
  async run(ctx) {
    for (let round = 0; round < 3; round++) {
      const objects = await givenObjects(ctx, 16, 120_007 + round);
      const path = ctx.at(`round-${round}`, "file");
      if (round === 0) await mkdir(join(path, ".."));
      const callback = holdTogether(objects.length);
      const downloads = objects.map(({ name }) =>
        ctx.download(name, path, { callback })
      );
      const outcomes = await ctx.within(
        25_000,
        Promise.allSettled(downloads),
        "16 downloads",
      );
      const winners = objects.filter((_, i) =>
        outcomes[i]?.status === "fulfilled"
      );
      const reasons = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [outcome.reason as unknown] : []
      );
      const [other] = reasons.filter((reason) =>
        !isStoreError(reason) || reason.code !== "FILE_EXISTS"
      );
      // Where none succeeds, one that fails for another reason tells why.
      if (winners.length === 0 && other !== undefined) {
        throw ctx.fail({
          expected: "one of 16 downloads onto one path succeeds",
          observed: "none does, and not as the file is there",
          clause: 10,
          evidence: [errorChain(other)],
        });
      }
      expectEqual(ctx, winners.length, 1, "the number of those that succeed", {
        hint: winners.length > 1
          ? "the destination is checked, then renamed onto"
          : "each takes what another has reserved for a file that is there, and gives up",
      });
      for (const reason of reasons) {
        checkCode(ctx, reason, "FILE_EXISTS", "every other one");
      }
      const [winner] = winners;
      if (winner) await expectFile(ctx, path, winner.bytes, "the winner");
    }
  },
}, {
  id: "CON-4",
  clauses: [4, 29],
  level: "must",
  capabilities: ["reopen"],
  title: "two handles on one place, interleaved",
  explain:
    "An operation begun after an upload has resolved sees it, whichever handle. Check sizes and bytes that a handle keeps for itself.",
  async run(ctx) {
    const handles = [ctx.store, await ctx.open()] as const;
    const name = ctx.name();
    for (let round = 0; round < 6; round++) {
      const [writer, reader] = round % 2 ? handles.toReversed() : handles;
      const bytes = ctx.bytes(9_001 - round * 1_300, round);
      await ctx.given(name, bytes, writer);
      const [ownSize, size, other, own] = await Promise.all([
        writer?.getObjectSize(name),
        reader?.getObjectSize(name),
        ctx.fetch(name, reader),
        ctx.fetch(name, writer),
      ]);
      expectEqual(ctx, size, bytes.length, "the size by the other handle");
      expectEqual(ctx, ownSize, bytes.length, "the size by the one that wrote");
      expectBytes(ctx, other, bytes, "the bytes by the other handle");
      expectBytes(ctx, own, bytes, "the bytes by the handle that wrote");
    }
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const [writer, reader] = i % 2 ? handles.toReversed() : handles;
        const name = ctx.name(`side-${i}`);
        const bytes = ctx.bytes(20_001 + i, `side ${i}`);
        await ctx.given(name, bytes, writer);
        expectBytes(ctx, await ctx.fetch(name, reader), bytes, "the bytes");
      }),
    );
  },
}, {
  id: "CON-5",
  clauses: [29],
  level: "must",
  title: "getObjectSize and getUri answer during a transfer",
  explain:
    "A transfer is held in its callback: other operations must not wait for it, and must not disturb it. Check for one lock around the store.",
  async run(ctx) {
    const name = ctx.name();
    const bytes = ctx.bytes(6_007);
    await ctx.given(name, bytes);
    for (const transfer of await prepareTransfers(ctx, BIG, { salt: 5 })) {
      const gate = makeGate();
      const operation = transfer.start({ callback: () => gate.pass() });
      await reachCall(ctx, gate.reached, {
        what: `the ${transfer.what} that is held`,
        clause: CLAUSE_OF_TRANSFER[transfer.what],
        operations: [operation],
      });
      const during = `during the ${transfer.what}`;
      for (let i = 0; i < 3; i++) {
        await askUri(ctx, ctx.store, transfer.name);
        const size = await ctx.within(
          10_000,
          quiet(ctx.store.getObjectSize(name)),
          `getObjectSize ${during}`,
        );
        expectEqual(ctx, size, bytes.length, `the size ${during}`);
      }
      gate.open();
      await ctx.within(25_000, operation, `the ${transfer.what}`);
      await transfer.expectDone();
    }
  },
}];

/** Group CON: many operations at once. */
export const conCases: readonly Case[] = inOrder(
  conSharingCases,
  conFailingCases,
  conLeftoverCases,
  conStrangerCases,
  conManyFailureCases,
  conJoinedCases,
);
