import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectCode, expectEqual } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { dstCleanCases } from "./clean.ts";
import { dstDeepCases } from "./deep.ts";
import { dstDeviceCases } from "./device.ts";
import { dstNameCases } from "./name.ts";
import { dstOddCases } from "./odd.ts";
import { expectFile } from "../shared/expect_file.ts";
import { plant, plantLink } from "../shared/landing.ts";

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
      for (const [index, begin] of ["", "a.b/c_d/e-f/"].entries()) {
        const last = ctx.name();
        const bytes = ctx.bytes(5_009, index);
        await ctx.given(begin + last, bytes);
        for (const segments of [["new"], ["deep", "er", "most"]]) {
          const directory = [`${index}`, ...segments];
          await ctx.download(begin + last, `${ctx.at(...directory)}/`);
          const what = "the file in the directory made for it";
          await expectFile(ctx, ctx.at(...directory, last), bytes, what);
        }
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
  ...dstOddCases,
  ...dstCleanCases,
  ...dstDeepCases,
  ...dstDeviceCases,
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
