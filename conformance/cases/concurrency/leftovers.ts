import { join } from "@std/path/join";
import type { Case } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import { countTicks, settlesWithin } from "../../checks/ticks.ts";
import {
  countOpenFiles,
  failingDownload,
  givenObjects,
  smallObjects,
} from "./steps.ts";
import { expectFile } from "../shared/expect_file.ts";
import { makeGate } from "../shared/transfers.ts";
import { expectHappened } from "../shared/earlier_failure.ts";

/** The time within which files and connections are closed that nobody uses any more: longer than `keep-alive` of most services. */
const GRACE_MS = 6_000;
/** The time that a download waits for the other one: a store may have one under way at a time. */
const HOLD_MS = 1_000;

/** The part of group CON about what operations leave open, or take from each other. */
export const conLeftoverCases: readonly Case[] = [{
  id: "CON-6",
  clauses: [28, 29],
  level: "should",
  exclusive: true,
  title: "500 small objects leave no open files behind",
  explain:
    "A handle that leaks with each operation ends a long-running process. Check sources, temporary files and response bodies that are not closed, after failures, too.",
  timeoutMs: 120_000,
  async run(ctx) {
    // The first round opens what a store keeps for good, such as connections.
    await smallObjects(ctx, 0, 50);
    const before = await countOpenFiles(ctx);
    if (before === undefined) {
      throw ctx.unverified("there is no /proc/self/fd to count open files in");
    }
    await smallObjects(ctx, 50, 550);
    let after = before;
    // What has been let go of is closed when the machine comes to it; a leak stays.
    const grace = countTicks(GRACE_MS, 4);
    let isOver = false;
    grace.over.then(() => isOver = true);
    do {
      after = await countOpenFiles(ctx) ?? before;
      if (after - before < 50) return grace.stop();
      await new Promise<void>((resolve) => setTimeout(resolve, 50));
    } while (!isOver);
    throw ctx.fail({
      expected: "500 small objects leave no more files open than before",
      observed: `${after} open files after ${before}`,
    });
  },
}, {
  id: "CON-8",
  clauses: [14, 29],
  level: "must",
  title: "a failing download does not take a new directory from another one",
  explain:
    "Both make the same new directory; the one that fails cleans up. It may remove the directory only if nobody uses it, and a publish that finds it gone makes it again.",
  timeoutMs: 60_000,
  async run(ctx) {
    const [object] = await givenObjects(ctx, 1, 2_003);
    if (object === undefined) return;
    const { name, bytes } = object;
    // A store may have one download under way at a time: then neither waits for the other.
    let isSideBySide = true;
    for (let round = 0; round < 100; round++) {
      const directory = join(`round-${round}`, "new", "directory");
      // In half of the rounds one fails when both are written, and the other publishes after
      // that; in the others they meet as they come.
      const isHeld = isSideBySide && round % 4 < 2;
      const written = makeGate();
      let hasHappened = false;
      const failed = Promise.withResolvers<void>();
      const good = () =>
        ctx.download(name, ctx.at(directory, "good"), {
          async callback(done, total) {
            if (done < total || !isHeld) return;
            written.pass();
            await settlesWithin(HOLD_MS, failed.promise);
          },
        });
      const bad = () =>
        failingDownload(ctx, name, directory, round, async () => {
          hasHappened = true;
          if (!isHeld) return;
          const isThere = await settlesWithin(HOLD_MS, written.reached);
          isSideBySide &&= isThere;
        }).finally(failed.resolve);
      const [first, second] = round % 2 ? [good, bad] : [bad, good];
      const operations = [first(), second()] as const;
      const succeeding = operations[round % 2 ? 0 : 1];
      await ctx.within(25_000, Promise.allSettled(operations), "both");
      const failing = await settle(operations[round % 2 ? 1 : 0]);
      if (failing.status === "fulfilled") {
        const what = `round ${round}: a download whose last call throws`;
        expectHappened(ctx, {
          hasHappened,
          what,
          clause: 10,
          outcome: failing,
        });
        throw ctx.fail({
          expected: `${what} rejects`,
          observed: "it fulfilled",
          clause: 20,
        });
      }
      const outcome = await settle(succeeding);
      expect(ctx, outcome.status === "fulfilled", {
        expected: `round ${round}: the other download succeeds`,
        observed: `it rejected with ${
          (outcome as { reason?: unknown }).reason
        }`,
        clause: 13,
      });
      const path = join(ctx.root, directory, "good");
      await expectFile(ctx, path, bytes, `round ${round}`);
    }
  },
}];
