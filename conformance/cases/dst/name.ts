import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import process from "node:process";
import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expectCode, expectEqual } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";
import { plant } from "../shared/landing.ts";

/** Last segments that are no file names anywhere. */
const UNUSABLE = ["", ".", ".."];
/** Last segments that are file names on POSIX and none on Windows. */
const POSIX_ONLY = ["a\\..\\b", "..\\b", "C:x", "C:\\x"];

/** Last segments that something on the way might change, and no POSIX system has to. */
const ODD = [
  ...["%41%2e%2Fb", "a%20b", "100%", "a+b", " lead", "trail ", "end.", "..x"],
  ...["caf\u00e9", "cafe\u0301", "UPPER.Ext", ".hidden", "~", "$HOME"],
  ...['a?b#c*d<e>f|g"h', "two  spaces", "tab\tbed", "a&amp;b", "漢字.bin"],
];

/** The cases of group DST about the last segment of an object's name. */
export const dstNameCases: readonly Case[] = [
  {
    id: "DST-7",
    clauses: [10, 11],
    level: "must",
    title: "of a nested name only the last segment is used",
    explain:
      "No directories of the object's name are made below the destination, so objects with one last segment meet at one file.",
    async run(ctx) {
      const last = ctx.name("last");
      const [one, other] = [`x/y/${last}`, `x/z/${last}`];
      const bytes = ctx.bytes(3_019, 1);
      await ctx.given(one, bytes);
      await ctx.given(other, ctx.bytes(4_021, 2));
      const directory = ctx.at("dir");
      await fs.mkdir(directory);
      await ctx.download(one, directory);
      const what = "the directory after a download of x/y/last";
      await expectFile(ctx, ctx.at("dir", last), bytes, what);
      const found = (await fs.readdir(directory)).join();
      expectEqual(ctx, found, last, `${what}: its entries`);
      const before = await snapshot(ctx.root);
      await expectCode(
        ctx,
        ctx.download(other, directory),
        "FILE_EXISTS",
        "a download of x/z/last to the same directory",
        { clause: 11 },
      );
      await expectUntouched(ctx, ctx.root, before, what, { clause: 11 });
    },
  },
  {
    id: "DST-8",
    clauses: [10],
    level: "must",
    title: "a last segment that is no file name writes nothing anywhere",
    explain:
      "`..` as a file name leaves the directory, and an empty one is the directory. Refuse the last segment before anything is made; on POSIX a backslash or a colon is a character like any other.",
    timeoutMs: 60_000,
    async run(ctx) {
      await fs.mkdir(ctx.at("outer", "dir"), { recursive: true });
      await plant(ctx.at("outer", "canary"), "canary");
      await plant(ctx.at("outer", "b"), "canary, too");
      for (const [index, last] of UNUSABLE.entries()) {
        const names = last === "" ? [] : [last];
        for (const name of [...names, `${ctx.name("above")}/${last}`]) {
          await checkRefused(ctx, name, index);
        }
      }
      for (const [index, last] of POSIX_ONLY.entries()) {
        for (const name of [last, `${ctx.name("above")}/${last}`]) {
          if (process.platform === "win32") {
            await checkRefused(ctx, name, index);
          } else await checkKept(ctx, name, last, index);
        }
      }
    },
  },
  {
    id: "DST-16",
    clauses: [10],
    level: "must",
    title: "an odd last segment is the file's name as it is",
    explain:
      "The file in a directory is named like the object's last segment: an escape is not decoded, an accent not composed, a space not trimmed, and no character is replaced that the local system can have in a name. A name that the store refuses says nothing.",
    timeoutMs: 60_000,
    async run(ctx) {
      if (process.platform === "win32") {
        throw ctx.skip("Windows has other file names");
      }
      await fs.mkdir(ctx.at("outer", "dir"), { recursive: true });
      for (const [index, last] of ODD.entries()) {
        await checkKept(ctx, `${ctx.name("above")}/${last}`, last, index);
      }
    },
  },
];

/** The name is refused for a directory, whether the object is there or not. */
async function checkRefused(
  ctx: CaseContext,
  name: string,
  salt: number,
): Promise<void> {
  const isStored = await uploadIfKept(ctx, name, ctx.bytes(1_021, salt));
  const before = await snapshot(ctx.root);
  for (const to of ["outer/dir", "outer/dir/", "outer/missing/"]) {
    for (const overwrite of [false, true]) {
      const what = `a download of ${
        JSON.stringify(name)
      } to "${to}" with overwrite: ${overwrite}`;
      const download = ctx.download(name, `${ctx.root}/${to}`, { overwrite });
      // Clause 2: the read of a name that the store refuses may also find nothing.
      const codes = isStored
        ? ["INVALID_OBJECT_NAME"]
        : ["INVALID_OBJECT_NAME", "OBJECT_NOT_FOUND"];
      await expectCode(ctx, download, codes, what);
      await expectUntouched(ctx, ctx.root, before, what, { clause: 10 });
    }
  }
}

/** The name is a file in the directory, if the store keeps it. */
async function checkKept(
  ctx: CaseContext,
  name: string,
  last: string,
  salt: number,
): Promise<void> {
  const bytes = ctx.bytes(1_031, salt + 10);
  const isStored = await uploadIfKept(ctx, name, bytes);
  const before = await snapshot(ctx.root);
  const download = ctx.download(name, ctx.at("outer", "dir"));
  const what = `a download of ${JSON.stringify(name)} to a directory`;
  if (isStored) {
    await download;
    const path = join(ctx.root, "outer", "dir", last);
    await expectFile(ctx, path, bytes, what);
    await fs.rm(path);
  } else {
    const codes = ["INVALID_OBJECT_NAME", "OBJECT_NOT_FOUND"];
    await expectCode(ctx, download, codes, what);
  }
  await expectUntouched(ctx, ctx.root, before, what, { clause: 10 });
}

/** Tells whether the store keeps a name that it may refuse. */
async function uploadIfKept(
  ctx: CaseContext,
  name: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const upload = ctx.upload(name, bytes);
  const error = await upload.then(() => undefined, (error) => ({ error }));
  if (error === undefined) return true;
  const codes = ["INVALID_OBJECT_NAME", "OBJECT_NAME_CONFLICT"];
  const what = `an upload as ${JSON.stringify(name)}, if it rejects,`;
  checkCode(ctx, error.error, codes, what, { clause: 2 });
  return false;
}
