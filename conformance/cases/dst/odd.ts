import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Case } from "../../model/case.ts";
import { expectEqual, expectLocalError } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";
import { at, expectInTheWay, plant, plantLink } from "../shared/landing.ts";

/** The part of group DST about destinations that are, or become, something else. */
export const dstOddCases: readonly Case[] = [
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
      await plantLink(ctx, "link", ctx.at("link-to-link"));
      const before = await snapshot(ctx.root);
      for (const overwrite of [false, true]) {
        for (const to of ["link", "link/", "link-to-link", "link-to-link/"]) {
          await ctx.download(name, `${ctx.root}/${to}`, { overwrite });
          const what = `a file by "${to}" with overwrite: ${overwrite}`;
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
    title: "a path that cannot be is a local error",
    explain:
      "A file where a directory is needed, or a name that is too long: ENOTDIR, EEXIST or ENAMETOOLONG of the local disk, as it is: never OBJECT_NOT_FOUND, as the object is there. Nothing is made beside the file.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(1_013, 1));
      await plant(ctx.at("file"), "a file");
      const before = await snapshot(ctx.root);
      for (const overwrite of [false, true]) {
        for (const below of ["file/x", "file/x/y", "x".repeat(300)]) {
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
          await moment.check(what, download);
          await expectInTheWay(ctx, download, overwrite, what);
          // A store that removes it takes what is not its own.
          const found = await fs.readdir(path).catch(({ code }) => [code]);
          const inside = `${what}: what is in the directory`;
          expectEqual(ctx, found.join(), "", inside, { clause: 14 });
        }
      }
    },
  },
];
