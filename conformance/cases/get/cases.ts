import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  expect,
  expectBytes,
  expectCode,
  expectEqual,
} from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";
import { getLocalCases } from "./local.ts";
import { getPathCases } from "./path.ts";
import { getWireCases } from "./wire.ts";
import { inOrder } from "../shared/in_order.ts";
import { contentGrid, sizeGrid } from "../shared/size_grid.ts";
import { watchDirectory } from "./watch_directory.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

const NOT_FOUND = "OBJECT_NOT_FOUND";

/** Writes into a downloaded file, in place, and looks at the object. */
async function checkOwn(ctx: CaseContext): Promise<void> {
  const [name, path] = [ctx.name("own"), ctx.at("own")];
  const bytes = ctx.bytes(5_003, "own");
  await ctx.given(name, bytes);
  await ctx.download(name, path);
  await fs.writeFile(path, new Uint8Array(17), { flag: "r+" });
  const what = "an object whose downloaded file was written into";
  expectBytes(ctx, await ctx.fetch(name), bytes, what, { clause: 8 });
  await ctx.expectObject(name, bytes, what);
}

const getCasesUnordered: readonly Case[] = [
  {
    id: "GET-1",
    clauses: [10, 8],
    level: "must",
    title: "a download writes exactly the object's bytes to a new path",
    explain:
      "If this fails at one size only, look at what happens where a buffer or a range ends. The file is the caller's own: what is written into it afterwards is in no object, as it would be where the file is a link to what the store keeps.",
    async run(ctx) {
      const grid = [...sizeGrid(ctx), ...contentGrid(ctx)];
      for (const [index, { what, bytes }] of grid.entries()) {
        const name = ctx.name();
        await ctx.given(name, bytes);
        const path = ctx.at(`new-${index}`);
        await ctx.download(name, path);
        await expectFile(ctx, path, bytes, what);
      }
      await checkOwn(ctx);
    },
  },
  {
    id: "GET-2",
    clauses: [10, 13],
    level: "must",
    title: "missing parents of the destination are made",
    explain:
      "If this fails for several levels only, the directory is made without those above it.",
    async run(ctx) {
      const bytes = ctx.bytes(4_201);
      const name = ctx.name();
      await ctx.given(name, bytes);
      await fs.mkdir(ctx.at("there"));
      const paths = [["one", "x"], ["a", "b", "c", "d", "x"], [
        "there",
        "e",
        "x",
      ]];
      for (const segments of paths) {
        const path = ctx.at(...segments);
        await ctx.download(name, path);
        const what = `the download to ${segments.join("/")}`;
        await expectFile(ctx, path, bytes, what);
      }
    },
  },
  {
    id: "GET-3",
    clauses: [7, 14],
    level: "must",
    title: "a missing object is ObjectNotFoundError, and nothing is touched",
    explain:
      "If this fails, look for a destination that is opened before the object is known to exist.",
    async run(ctx) {
      const there = ctx.name("there");
      await ctx.given(`${there}/x`, ctx.bytes(301, 1));
      const old = ctx.at("old");
      await fs.writeFile(old, ctx.bytes(401, 2));
      const directory = ctx.at("directory");
      await fs.mkdir(directory);
      const before = await snapshot(ctx.root);
      const missing = [
        ctx.name(),
        there,
        there.slice(0, -1),
        `${there}/xy`,
      ];
      for (const name of missing) {
        for (const overwrite of [false, true]) {
          for (const path of [`${ctx.root}/new`, directory, old]) {
            if (path === old && !overwrite) continue;
            const what =
              `the download of a missing object, overwrite ${overwrite},`;
            const downloading = ctx.download(name, path, { overwrite });
            await expectCode(ctx, downloading, NOT_FOUND, what, { clause: 7 });
            await expectUntouched(ctx, ctx.root, before, what);
          }
        }
      }
    },
  },
  {
    id: "GET-4",
    clauses: [13, 14],
    level: "must",
    title: "the download of a missing object makes no directories",
    explain:
      "If this fails, look for parents that are made first; if only some stay, they are not all removed again. Where the system tells of it, a directory that was there for a moment is seen, too.",
    async run(ctx) {
      await fs.mkdir(ctx.at("there"));
      const before = await snapshot(ctx.root);
      await disposeAfter(watchDirectory(ctx.root), async (watcher) => {
        await watcher.take();
        const trials = [
          ["a/x", "a"],
          ["a/b/c/x", "a"],
          ["there/a/b/x", join("there", "a")],
          ["dir/", "dir"],
          ["a/b/dir/", "a"],
        ] as const;
        for (const [path, first] of trials) {
          const what = `the download of a missing object to "${path}"`;
          const downloading = ctx.download(ctx.name(), `${ctx.root}/${path}`);
          await expectCode(ctx, downloading, NOT_FOUND, what, { clause: 7 });
          await expectUntouched(ctx, ctx.root, before, what, { clause: 13 });
          const seen = await watcher.take();
          expect(ctx, !seen?.includes(first), {
            expected: `${what} makes no directory, not even for a moment`,
            observed: `"${first}" was made and removed again`,
            clause: 13,
          });
        }
      });
    },
  },
  {
    id: "GET-6",
    clauses: [10, 12],
    level: "must",
    title: "an empty object gives an empty file",
    explain:
      "If this fails, the file is only made with the first byte, or an empty body is taken for a failure.",
    async run(ctx) {
      const name = ctx.name("empty");
      await ctx.given(name, new Uint8Array(0));
      const old = ctx.at("old");
      await fs.writeFile(old, ctx.bytes(53));
      await fs.mkdir(ctx.at("directory"));
      const paths = [
        [ctx.at("new"), ctx.at("new")],
        [ctx.at("a", "b", "new"), ctx.at("a", "b", "new")],
        [ctx.at("directory"), ctx.at("directory", name)],
        [old, old],
      ] as const;
      for (const [path, file] of paths) {
        await ctx.download(name, path, { overwrite: path === old });
        const stat = await fs.lstat(file).catch(() => undefined);
        const what = "the size of the file of an empty object";
        expectEqual(ctx, stat?.isFile() ? stat.size : undefined, 0, what);
      }
    },
  },
];

/** The files that `downloadObject` writes (clauses 10, 13 and 14). */
export const getCases: readonly Case[] = inOrder(
  getCasesUnordered,
  getPathCases,
  getLocalCases,
  getWireCases,
);
