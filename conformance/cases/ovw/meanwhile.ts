import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectCode, expectEqual } from "../../checks/expect.ts";
import { snapshot } from "../../checks/snapshot.ts";
import { at, expectInTheWay, look, plantLink } from "../shared/landing.ts";
import { severalReports } from "../shared/size_grid.ts";

/** Entries that appear where a download is about to publish. */
const APPEARING = ["file", "empty file", "file as large", "link"] as const;

/** The part of group OVW about what appears at the destination during the transfer. */
export const ovwMeanwhileCases: readonly Case[] = [
  {
    id: "OVW-5",
    clauses: [11],
    level: "must",
    title: "a file that appears during the transfer is never replaced",
    explain:
      "Publishing must create, not replace: a hard link to the temporary file, say. A check followed by a rename loses a file that came in between. It holds for an object of any size, in a directory destination, and for a file that is empty or as large as the object.",
    async run(ctx) {
      const nowhere = join(ctx.scratch, "nowhere");
      await plantLink(ctx, nowhere, join(ctx.scratch, "probe"));
      const sizes = [80_021, 0, severalReports(ctx)];
      for (const [index, size] of sizes.entries()) {
        const bytes = ctx.bytes(size, index);
        const object = { index, name: ctx.name(), bytes };
        await ctx.given(object.name, object.bytes);
        for (const appears of APPEARING) {
          for (const isInDirectory of [false, true]) {
            await checkAppears(ctx, object, appears, nowhere, isInDirectory);
          }
        }
      }
    },
  },
  {
    id: "OVW-12",
    clauses: [12, 11],
    level: "must",
    title: "a directory in the destination's place is never replaced",
    explain:
      "The system refuses to rename a file over a directory; the store must tell that and not clear the way, also if the directory is empty, be it there before or not.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(60_013, 1));
      for (const overwrite of [false, true]) {
        await checkDirectoryAppears(ctx, name, overwrite, true);
        await checkDirectoryAppears(ctx, name, overwrite, false);
        await checkDirectoryThere(ctx, name, overwrite);
      }
    },
  },
];

async function checkAppears(
  ctx: CaseContext,
  { index, name, bytes }: { index: number; name: string; bytes: Uint8Array },
  appears: typeof APPEARING[number],
  nowhere: string,
  isInDirectory: boolean,
): Promise<void> {
  const label = `${index} ${appears}${isInDirectory ? " inside" : ""}`;
  const home = ctx.at(label);
  await fs.mkdir(home);
  const path = ctx.at(label, isInDirectory ? name : "file");
  const what = `a download of ${bytes.length} bytes without overwrite ${
    isInDirectory ? "into a directory, in which" : "during which"
  } a ${appears} appears`;
  const size = appears === "empty file"
    ? 0
    : appears === "file as large"
    ? bytes.length
    : 333;
  const other = ctx.bytes(size, "other");
  let before: string[] = [];
  const moment = at(ctx, "last", async () => {
    if (appears === "link") sync.symlinkSync(nowhere, path);
    else sync.writeFileSync(path, other, { flag: "wx" });
    before = (await snapshot(home)).filter((line) =>
      line.startsWith(`/${basename(path)} `)
    );
  });
  const { callback } = moment;
  const to = isInDirectory ? home : path;
  const download = ctx.download(name, to, { callback });
  await download.catch(() => {});
  await moment.check(what, download);
  const after = await snapshot(home);
  expect(ctx, before.every((line) => after.includes(line)), {
    expected: `${what}: it survives untouched (${before})`,
    observed: after.join("; "),
    hint: "a check, then a rename, replaces what came in between",
  });
  await expectCode(ctx, download, "FILE_EXISTS", what);
  expect(ctx, !sync.existsSync(nowhere), {
    expected: `${what}: nothing is written through a symlink`,
    observed: "its target was made",
  });
}

async function checkDirectoryAppears(
  ctx: CaseContext,
  name: string,
  overwrite: boolean,
  isEmpty: boolean,
): Promise<void> {
  const label = `${isEmpty ? "empty" : "full"}-${overwrite}`;
  const path = ctx.at(label);
  const inside = ctx.at(label, "inside");
  const what = `a download with overwrite: ${overwrite} at whose destination ${
    isEmpty ? "an empty" : "a"
  } directory appears`;
  let inode: number | undefined;
  const moment = at(ctx, "last", () => {
    sync.mkdirSync(path);
    if (!isEmpty) sync.writeFileSync(inside, "inside");
    inode = sync.lstatSync(path).ino;
  });
  const { callback } = moment;
  const download = ctx.download(name, path, { overwrite, callback });
  await download.catch(() => {});
  await moment.check(what, download);
  await expectInTheWay(ctx, download, overwrite, what);
  expectEqual(ctx, (await look(path))?.ino, inode, `${what}: its inode`);
  const found = (await fs.readdir(path)).join();
  expectEqual(ctx, found, isEmpty ? "" : "inside", `${what}: what is in it`);
}

/** In a directory as destination, which itself has a directory of the file's name. */
async function checkDirectoryThere(
  ctx: CaseContext,
  name: string,
  overwrite: boolean,
): Promise<void> {
  const label = `landing-${overwrite}`;
  const landing = ctx.at(label);
  const path = ctx.at(label, name.slice(name.lastIndexOf("/") + 1));
  await fs.mkdir(path, { recursive: true });
  const inode = (await look(path))?.ino;
  const what =
    `a download with overwrite: ${overwrite} into a directory with an empty one of the file's name`;
  const download = ctx.download(name, landing, { overwrite });
  await expectInTheWay(ctx, download, overwrite, what);
  expectEqual(ctx, (await look(path))?.ino, inode, `${what}: its inode`);
  const found = (await fs.readdir(landing)).length;
  expectEqual(ctx, found, 1, `${what}: the number of names in the outer one`);
}
