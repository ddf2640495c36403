import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { traceCalls } from "../../checks/trace.ts";
import { putChangingCases } from "./changing.ts";
import { severalReports } from "../shared/size_grid.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** The source of an upload, which stays as it is: a part of group PUT. */
export const putSourceCases: readonly Case[] = [
  {
    id: "PUT-2",
    clauses: [16, 9],
    level: "must",
    title: "a source is a path, a relative path or a file: URL",
    explain:
      "A string is always a path, also with `%41` or `file:` in it, and a relative one is fixed in the call itself. If this fails, look for a string that is decoded or parsed as a URL, or for a path that is resolved after an await.",
    exclusive: true,
    async run(ctx) {
      const odd = ["plain", "a %41#b?c", "ünï-😀", "u\u0308", "-dash"];
      for (const [index, name] of odd.entries()) {
        const path = join(ctx.scratch, name);
        const bytes = ctx.bytes(301 + index, index);
        const isHeld = await settle(fs.writeFile(path, bytes));
        // Not every local file system has every name.
        if (isHeld.status === "rejected") continue;
        for (const filename of [path, pathToFileURL(path)]) {
          const object = ctx.name();
          await ctx.store.uploadObject(object, filename);
          const kind = typeof filename === "string" ? "path" : "URL";
          const what = `the upload of ${JSON.stringify(name)} as a ${kind}`;
          await ctx.expectObject(object, bytes, what);
        }
      }
      await checkRelative(ctx);
    },
  },
  {
    id: "PUT-6",
    clauses: [9],
    level: "must",
    title: "the source is not changed, moved, locked or shared",
    explain:
      "If this fails, look for a rename or a hard link in place of a copy, for times and modes that are set, for a lock, or for a file that is read only when it is asked for.",
    async run(ctx) {
      const directory = join(ctx.scratch, "sources");
      await fs.mkdir(directory);
      const path = join(directory, "file");
      const first = ctx.bytes(severalReports(ctx), 1);
      await fs.writeFile(path, first);
      await fs.utimes(path, 1_000_000_000.25, 1_000_000_001.5);
      await fs.symlink("file", join(directory, "link"));
      await fs.symlink(path, join(directory, "absolute link"));
      await fs.symlink("absolute link", join(directory, "link to a link"));
      const files = ["file", "link", "absolute link", "link to a link"];
      const name = ctx.name("copied");
      for (const mode of [0o444, 0o755, 0o644]) {
        await fs.chmod(path, mode);
        const before = await snapshot(directory);
        const untouched = (when: string) =>
          expectUntouched(ctx, directory, before, when, { clause: 9 });
        for (const file of files) {
          const filename = join(directory, file);
          const { callback } = traceCalls(async (_, index) => {
            if (index > 0) return;
            await untouched("during an upload of the source");
            await expectUnlocked(ctx, path);
          });
          await ctx.store.uploadObject(name, filename, { callback });
          await untouched(`after an upload of the ${file}`);
        }
        const reason = new Error("told to stop");
        const { callback } = traceCalls(() => {
          throw reason;
        });
        await settle(ctx.store.uploadObject(name, path, { callback }));
        await untouched("after an upload that failed");
      }
      // In place: whoever linked or remembers the source shows the new bytes.
      await fs.writeFile(path, ctx.bytes(first.length, 2));
      await ctx.expectObject(name, first, "after the source was written to");
      await fs.rm(directory, { recursive: true });
      await ctx.expectObject(name, first, "after the source was removed");
    },
  },
  ...putChangingCases,
];

/** Fails the case if somebody holds a lock on a file, where the runtime can tell. */
async function expectUnlocked(ctx: CaseContext, path: string): Promise<void> {
  if (typeof globalThis.Deno?.FsFile?.prototype.tryLock !== "function") return;
  await disposeAfter(await Deno.open(path), async (file) => {
    expect(ctx, await file.tryLock(true), {
      expected: "nobody holds a lock on the source during an upload",
      observed: "it is locked",
      clause: 9,
    });
  });
}

/** In two directories the same relative path means two files. */
async function checkRelative(ctx: CaseContext): Promise<void> {
  const here = join(ctx.scratch, "here");
  const there = join(ctx.scratch, "there");
  const back = process.cwd();
  const paths = ["bare", "sub/x", "./sub/x", "../beside", "~/x", "file:x"];
  for (const [index, path] of paths.entries()) {
    // The system's own paths have no colon on Windows.
    if (path.includes(":") && process.platform === "win32") continue;
    const bytes = ctx.bytes(1201 + index, index);
    for (
      const [directory, content] of [[here, bytes], [
        there,
        bytes.slice(7),
      ]] as const
    ) {
      const root = join(directory, `${index}`, "cwd");
      await fs.mkdir(join(root, "sub"), { recursive: true });
      await fs.mkdir(join(root, "~"));
      await fs.writeFile(join(root, path), content);
    }
    const name = ctx.name("relative");
    try {
      process.chdir(join(here, `${index}`, "cwd"));
      const uploading = settle(ctx.store.uploadObject(name, path));
      process.chdir(join(there, `${index}`, "cwd"));
      const what = `the upload of ${JSON.stringify(path)}`;
      const outcome = await ctx.within(20_000, uploading, what);
      if (outcome.status === "rejected") throw outcome.reason;
    } finally {
      process.chdir(back);
    }
    const what = `the upload of the relative path ${
      JSON.stringify(path)
    }, with another working directory since the call,`;
    await ctx.expectObject(name, bytes, what);
  }
}
