import type { Case } from "../../model/case.ts";
import {
  blameFound,
  checkCode,
  errorChain,
  expect,
  expectCode,
  expectEqual,
} from "../../checks/expect.ts";
import { settlesWithin } from "../../checks/ticks.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";
import { expectFile } from "../shared/expect_file.ts";
import { sizeGrid } from "../shared/size_grid.ts";
import { largeSizeCase } from "./large.ts";
import { checkBetweenRequests, sizWireCases } from "./wire.ts";

const NOT_FOUND = "OBJECT_NOT_FOUND";
/** The time that a size has while an upload's callback waits for it. */
const BLOCKED_MS = 2_000;

/** The sizes that `getObjectSize` answers (clauses 6 and 7). */
export const sizCases: readonly Case[] = [
  {
    id: "SIZ-1",
    clauses: [6],
    level: "must",
    title: "the size is exact, each object its own",
    explain:
      "Callers allocate and resume by it. If this fails, look for a constant, a size of another object, or a size counted in blocks or characters.",
    async run(ctx) {
      const sizes = new Map<string, number>();
      for (const { bytes } of sizeGrid(ctx)) {
        const name = ctx.name();
        await ctx.given(name, bytes);
        sizes.set(name, bytes.length);
      }
      for (const [name, size] of sizes) {
        const said = await ctx.store.getObjectSize(name);
        expectEqual(ctx, said, size, `the size of ${JSON.stringify(name)}`);
      }
      const together = await Promise.all(
        [...sizes.keys()].map((name) => ctx.store.getObjectSize(name)),
      );
      for (const [index, size] of [...sizes.values()].entries()) {
        const what = `the size of object ${index + 1}, asked for all at once`;
        expectEqual(ctx, together[index], size, what);
      }
    },
  },
  {
    id: "SIZ-2",
    clauses: [7, 22],
    level: "must",
    title: "a missing object is ObjectNotFoundError",
    explain:
      "If this fails, look for 0, -1, undefined or a raw error in place of it, or for a match by the beginning of the name.",
    async run(ctx) {
      const missing = (name: string, what: string) =>
        expectCode(ctx, ctx.store.getObjectSize(name), NOT_FOUND, what);
      const name = ctx.name("there");
      await missing(name, "the size of an object, with nothing uploaded,");
      await ctx.given(name, ctx.bytes(77));
      await missing(ctx.name("fresh"), "the size of a missing object");
      const start = "the size of what an object's name begins with";
      await missing(name.slice(0, -1), start);
      await missing(`${name}x`, "the size of a name that goes on");
      await missing(name.toUpperCase(), "the size of the name in capitals");
      await missing(`${name}/x`, "the size of a name below an object's");
    },
  },
  {
    id: "SIZ-3",
    clauses: [7],
    level: "must",
    title: "what is only a directory of objects is ObjectNotFoundError",
    explain:
      "There are no directories in a flat name space. If this fails, look for a size taken from a local directory, or from a listing by prefix.",
    async run(ctx) {
      const directory = ctx.name("directory");
      await ctx.given(`${directory}/inner/x`, ctx.bytes(61));
      for (const name of [directory, `${directory}/inner`]) {
        const what = `getObjectSize(${JSON.stringify(name)}) of a directory`;
        await expectCode(ctx, ctx.store.getObjectSize(name), NOT_FOUND, what);
        const slash = `${name}/`;
        await expectCode(
          ctx,
          ctx.store.getObjectSize(slash),
          [NOT_FOUND, "INVALID_OBJECT_NAME"],
          `getObjectSize(${JSON.stringify(slash)}) of a directory`,
        );
      }
    },
  },
  {
    id: "SIZ-5",
    clauses: [6, 4],
    level: "must",
    title: "the size is fresh after an overwrite, also from another handle",
    explain:
      "An operation begun after an upload has resolved sees it (clause 4). If this fails, look for a cache of sizes.",
    async run(ctx) {
      const name = ctx.name("changing");
      const second = await ctx.secondHandle();
      const handles = [["its own", ctx.store], ["the other", second]] as const;
      for (const [salt, size] of [5000, 17, 5000, 0, 5001].entries()) {
        const bytes = ctx.bytes(size, salt);
        // In turn, so that each handle sees what the other one did.
        await ctx.given(name, bytes, salt % 2 === 0 ? ctx.store : second);
        for (const [whose, store] of handles) {
          const said = await store.getObjectSize(name);
          const what = `the size after upload ${salt + 1}, by ${whose} handle`;
          expectEqual(ctx, said, bytes.length, what);
        }
      }
    },
  },
  ...sizWireCases,
  largeSizeCase,
  {
    id: "SIZ-7",
    clauses: [6, 7],
    level: "must",
    title: "the size is never a placeholder, whatever goes on meanwhile",
    explain:
      "If this fails, look for a size asked in two steps, or for an answer that is made up when one of them fails: 0, -1, NaN, or the size of a part.",
    async run(ctx) {
      const bytes = [ctx.bytes(70_001, 1), ctx.bytes(1_003, 2)];
      const sizes = bytes.map(({ length }) => length);
      const name = ctx.name("racing");
      const check = async (allowed: number[], mayBeMissing: boolean) => {
        try {
          const size = await ctx.store.getObjectSize(name);
          expect(ctx, allowed.some((one) => Object.is(one, size)), {
            expected: `the size is ${allowed.join(" or ")}`,
            observed: `it is ${String(size)}`,
            ...(mayBeMissing && size === 0 ? await blameFound(ctx) : {}),
          });
        } catch (error) {
          if (error instanceof Error && error.name === "CaseStop") throw error;
          if (mayBeMissing) {
            const what = "getObjectSize of what may be missing, if it fails,";
            checkCode(ctx, error, NOT_FOUND, what, { clause: 7 });
            return;
          }
          throw ctx.fail({
            expected: "the size of an object that is there all the time",
            observed: "it rejected with something else",
            evidence: [errorChain(error)],
          });
        }
      };
      for (const [index, content] of bytes.entries()) {
        const allowed = sizes.slice(0, index + 1);
        // A store may do one thing at a time: then a size says nothing meanwhile.
        let isBlocked = false;
        const late: Promise<void>[] = [];
        const { callback } = traceCalls(async (_, call) => {
          if (call >= 10 || isBlocked) return;
          const checking = check(allowed, index === 0);
          checking.catch(() => {});
          isBlocked = !await settlesWithin(BLOCKED_MS, checking);
          if (isBlocked) late.push(checking);
          else await checking;
        });
        await Promise.all([
          ctx.upload(name, content, { callback }),
          ...Array.from({ length: 20 }, () => check(allowed, index === 0)),
        ]);
        await Promise.all(late);
        await check([content.length], false);
      }
      if (ctx.oracle === undefined) return;
      await checkBetweenRequests(ctx);
      const last = sizes.slice(-1);
      // Some have begun when it goes, and some begin while it does.
      const asking = Array.from({ length: 20 }, () => check(last, true));
      const gone = ctx.oracle.delete(name, ctx.place);
      asking.push(...Array.from({ length: 20 }, () => check(last, true)));
      await Promise.all([gone, ...asking]);
      const what = "the size of an object that has been removed";
      await expectCode(ctx, ctx.store.getObjectSize(name), NOT_FOUND, what);
    },
  },
  {
    id: "SIZ-8",
    clauses: [6, 8, 18],
    level: "must",
    title: "size, bytes on disk and both callbacks' totals agree",
    explain:
      "Four numbers for one object. If this fails, the method that differs measures something else, such as encoded bytes or blocks.",
    async run(ctx) {
      for (const [index, size] of [0, 1, 4_099, 300_007].entries()) {
        const bytes = ctx.bytes(size, index);
        const name = ctx.name("agreeing");
        const up = traceCalls();
        await ctx.upload(name, bytes, { callback: up.callback });
        expectTrace(ctx, up, bytes.length, "the upload");
        const said = await ctx.store.getObjectSize(name);
        expectEqual(ctx, said, bytes.length, "the size of the object");
        const down = traceCalls();
        const path = ctx.at(`agreeing-${index}`);
        await ctx.download(name, path, { callback: down.callback });
        expectTrace(ctx, down, bytes.length, "the download");
        await expectFile(ctx, path, bytes, "the download");
      }
    },
  },
];
