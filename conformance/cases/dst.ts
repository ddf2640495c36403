import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Case, CaseContext } from "../case.ts";
import {
  expectCode,
  expectEqual,
  expectLocalError,
  expectReason,
} from "../expect.ts";
import { expectUntouched, snapshot } from "../snapshot.ts";
import { expectTrace, traceCalls } from "../trace.ts";
import { dstNameCases } from "./dst_name.ts";
import { at, expectFile, expectInTheWay, plant, plantLink } from "./landing.ts";

/** The cases of group DST: which file a destination means. */
export const dstCases: readonly Case[] = [
  {
    id: "DST-1",
    clauses: [10],
    level: "must",
    title:
      "an existing directory means a file in it, named by the last segment",
    explain:
      "The file takes the name's last segment, whatever the length of the rest, and holds the object's bytes.",
    async run(ctx) {
      await checkInside(ctx, "dir", (directory) => directory);
    },
  },
  {
    id: "DST-2",
    clauses: [10],
    level: "must",
    title: "an existing directory with a trailing separator means the same",
    explain:
      "`dir` and `dir/` are one destination if `dir` is a directory. Resolving the path drops the separator: look at it before.",
    async run(ctx) {
      await checkInside(ctx, "dir", (directory) => `${directory}/`);
    },
  },
  {
    id: "DST-3",
    clauses: [10, 13],
    level: "must",
    title:
      "a missing directory with a trailing separator is made, the file inside",
    explain:
      "A path that ends in a separator is a directory, even if nothing is there yet. A file of the directory's name means that the separator was lost.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(5_009, 1);
      await ctx.given(name, bytes);
      for (const segments of [["new"], ["deep", "er", "most"]]) {
        await ctx.download(name, `${ctx.at(...segments)}/`);
        const path = ctx.at(...segments, name);
        await expectFile(
          ctx,
          path,
          bytes,
          "the file in the directory made for it",
        );
      }
    },
  },
  {
    id: "DST-4",
    clauses: [11, 10],
    level: "must",
    title: "without overwrite a directory is not an existing file",
    explain:
      "For a directory the rule of clause 11 is about the file inside it. A check whether the path exists takes the directory for the file.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(4_013, 1);
      await ctx.given(name, bytes);
      for (const [index, suffix] of ["", "/"].entries()) {
        const directory = ctx.at(`dir-${index}`);
        await fs.mkdir(directory);
        await plant(ctx.at(`dir-${index}`, `${name}-sibling`), "sibling");
        await ctx.download(name, directory + suffix, { overwrite: false });
        const path = ctx.at(`dir-${index}`, name);
        await expectFile(
          ctx,
          path,
          bytes,
          "the file in the existing directory",
        );
      }
    },
  },
  {
    id: "DST-5",
    clauses: [11, 10],
    level: "must",
    title: "without overwrite a file inside the directory is FILE_EXISTS",
    explain:
      "The file inside is looked at as any other destination, a dangling symlink included, and nothing changes.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(4_019, 1));
      for (const label of ["file", "link"]) {
        const directory = ctx.at(label);
        await fs.mkdir(directory);
        const inside = ctx.at(label, name);
        if (label === "file") await plant(inside, ctx.bytes(87, 2));
        else await plantLink(ctx, join(ctx.scratch, "nowhere"), inside);
        const before = await snapshot(ctx.root);
        for (const suffix of ["", "/"]) {
          const what =
            `a download to "dir${suffix}" that has a ${label} of that name`;
          const download = ctx.download(name, directory + suffix);
          await expectCode(ctx, download, "FILE_EXISTS", what);
          await expectUntouched(ctx, ctx.root, before, what, { clause: 11 });
        }
      }
    },
  },
  {
    id: "DST-6",
    clauses: [12, 10],
    level: "must",
    title: "with overwrite only the file inside the directory is replaced",
    explain:
      "The directory is the same one, with its mode and all else that is in it.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(2_039, 1);
      await ctx.given(name, bytes);
      for (const [index, suffix] of ["", "/"].entries()) {
        const label = `dir-${index}`;
        const directory = ctx.at(label);
        await fs.mkdir(directory);
        await fs.chmod(directory, 0o750);
        await plant(ctx.at(label, "sibling"), ctx.bytes(91, 2));
        await fs.mkdir(ctx.at(label, "below"));
        await plant(ctx.at(label, "below", name), ctx.bytes(93, 3));
        const before = await snapshot(ctx.root);
        await plant(ctx.at(label, name), ctx.bytes(7_001, 4));
        await ctx.download(name, directory + suffix, { overwrite: true });
        const what = "the file inside the directory";
        await expectFile(ctx, ctx.at(label, name), bytes, what);
        await fs.rm(ctx.at(label, name));
        const options = { clause: 12 };
        await expectUntouched(
          ctx,
          ctx.root,
          before,
          `all but ${what}`,
          options,
        );
      }
    },
  },
  ...dstNameCases,
  {
    id: "DST-9",
    clauses: [10],
    level: "must",
    title: "a symlink to a directory is a directory, and stays a symlink",
    explain:
      "A rename onto the link would replace it: the destination must be looked at through the link before the file's name is settled.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(3_061, 1);
      await ctx.given(name, bytes);
      const directory = ctx.at("dir");
      await fs.mkdir(directory);
      const link = ctx.at("link");
      await plantLink(ctx, directory, link);
      const before = await snapshot(ctx.root);
      for (const overwrite of [false, true]) {
        for (const suffix of ["", "/"]) {
          await ctx.download(name, link + suffix, { overwrite });
          const what = `a file by "link${suffix}" with overwrite: ${overwrite}`;
          await expectFile(ctx, ctx.at("dir", name), bytes, what);
          await fs.rm(ctx.at("dir", name));
          await expectUntouched(ctx, ctx.root, before, what, { clause: 10 });
        }
      }
    },
  },
  {
    id: "DST-10",
    clauses: [23, 14],
    level: "must",
    title: "a file where a directory is needed is a local error",
    explain:
      "ENOTDIR or EEXIST of the local disk, as it is: never OBJECT_NOT_FOUND, as the object is there. Nothing is made beside the file.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(1_013, 1));
      await plant(ctx.at("file"), "a file");
      const before = await snapshot(ctx.root);
      for (const overwrite of [false, true]) {
        for (const below of ["file/x", "file/x/y"]) {
          const what = `a download to "${below}" with overwrite: ${overwrite}`;
          const path = `${ctx.root}/${below}`;
          await expectLocalError(
            ctx,
            ctx.download(name, path, { overwrite }),
            what,
          );
          await expectUntouched(ctx, ctx.root, before, what);
        }
      }
      const what = `a download to "file/", which is no directory,`;
      const download = ctx.download(name, `${ctx.root}/file/`, {
        overwrite: true,
      });
      await expectLocalError(ctx, download, what);
      await expectUntouched(ctx, ctx.root, before, what);
    },
  },
  {
    id: "DST-11",
    clauses: [14, 18],
    level: "must",
    title:
      "a directory destination has the same callback and the same clean-up",
    explain:
      "The total is the object's size, and after success, a throwing callback or an abort the directory holds the file or nothing: no temporary file.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(300_007, 1);
      await ctx.given(name, bytes);
      await fs.mkdir(ctx.at("dir"));
      const before = await snapshot(ctx.root);
      for (const [index, to] of ["dir", "dir/", "missing/"].entries()) {
        await checkFailures(ctx, name, to, before);
        const directory = to.replace("/", "");
        const trace = traceCalls();
        const { callback } = trace;
        await ctx.download(name, `${ctx.root}/${to}`, { callback });
        const what = `a download to "${to}"`;
        expectTrace(ctx, trace, bytes.length, what);
        await expectFile(ctx, ctx.at(directory, name), bytes, what);
        const found = (await fs.readdir(ctx.at(directory))).join();
        expectEqual(ctx, found, name, `${what}: what is in the directory`, {
          clause: 14,
        });
        await fs.rm(ctx.at(directory, name));
        if (index === 2) await fs.rmdir(ctx.at(directory));
      }
    },
  },
  {
    id: "DST-12",
    clauses: [10, 16],
    level: "must",
    title: "a file: URL of a directory means the same as its path",
    explain:
      "Decode the URL as a path and treat it as one: with a trailing slash it is a directory also if it is missing.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(2_017, 1);
      await ctx.given(name, bytes);
      await fs.mkdir(ctx.at("dir %41"));
      for (const to of ["dir %41", "dir %41/", "new é/"]) {
        const url = pathToFileURL(`${ctx.root}/${to}`);
        await ctx.download(name, url);
        const path = ctx.at(to.replace("/", ""), name);
        await expectFile(
          ctx,
          path,
          bytes,
          `the file by ${url.pathname.split("/").slice(-2).join("/")}`,
        );
        await fs.rm(path);
      }
    },
  },
  {
    id: "DST-13",
    clauses: [17, 10],
    level: "must",
    title:
      "a destination that becomes a directory during the transfer is no directory destination",
    explain:
      "What the destination is, is looked at once, before the request. A second look when the file is published would put it inside the directory.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(90_007, 1));
      for (const when of ["first", "last"] as const) {
        for (const overwrite of [false, true]) {
          const label = `${when}-${overwrite}`;
          const path = ctx.at(label, "below");
          const what =
            `a download with overwrite: ${overwrite} whose destination becomes a directory at its ${when} call`;
          const moment = at(ctx, when, () => {
            sync.mkdirSync(ctx.at(label), { recursive: true });
            sync.mkdirSync(path);
          });
          const { callback } = moment;
          const download = ctx.download(name, path, { overwrite, callback });
          await download.catch(() => {});
          await moment.check(what);
          await expectInTheWay(ctx, download, overwrite, what);
          const found = (await fs.readdir(path)).join();
          expectEqual(ctx, found, "", `${what}: what is in the directory`);
        }
      }
    },
  },
];

/** Downloads by what `write` makes of a directory, for short and long names. */
async function checkInside(
  ctx: CaseContext,
  label: string,
  write: (directory: string) => string,
): Promise<void> {
  const directory = ctx.at(label);
  await fs.mkdir(directory);
  for (const [index, begin] of ["", "a/", "a.b/c_d/e-f/"].entries()) {
    const last = ctx.name();
    const bytes = ctx.bytes(3_011 + 1_000 * index, index);
    await ctx.given(begin + last, bytes);
    await ctx.download(begin + last, write(directory));
    await expectFile(
      ctx,
      ctx.at(label, last),
      bytes,
      "the file in the directory",
    );
  }
  expectEqual(
    ctx,
    (await fs.readdir(directory)).length,
    3,
    "the count of entries in the directory",
  );
}

async function checkFailures(
  ctx: CaseContext,
  name: string,
  to: string,
  before: readonly string[],
): Promise<void> {
  const path = `${ctx.root}/${to}`;
  for (const when of ["first", "last"] as const) {
    const reason = new Error("the caller has had enough");
    const what =
      `a download to "${to}" that the ${when} call of its callback fails`;
    const thrown = ctx.download(name, path, {
      callback(bytes, total) {
        if (when === "first" || bytes === total) throw reason;
      },
    });
    await expectReason(ctx, thrown, reason, what, { clause: 20 });
    await expectUntouched(ctx, ctx.root, before, what);
  }
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("the caller wants no more");
  const aborted = ctx.download(name, path, {
    signal,
    // With the last call a download may be as good as done.
    callback(bytes, total) {
      if (bytes < total) controller.abort(reason);
    },
  });
  await aborted.catch(() => {});
  if (signal.aborted) {
    const what = `a download to "${to}" that is aborted`;
    await expectReason(ctx, aborted, reason, what, { clause: 21 });
    await expectUntouched(ctx, ctx.root, before, what);
  } else {
    await fs.rm(join(path, name), { force: true });
    if (to.startsWith("missing")) await fs.rmdir(path);
  }
}
