import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "@std/path/join";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectEqual, settle } from "../../checks/expect.ts";
import { expectFile } from "../shared/expect_file.ts";
import { severalReports } from "../shared/size_grid.ts";

/** Paths of every kind as destinations: a part of group GET. */
export const getPathCases: readonly Case[] = [
  {
    id: "GET-5",
    clauses: [16],
    level: "must",
    title: "a relative destination is fixed in the call itself",
    explain:
      "If this fails, look for a path that is resolved after an await, or against a directory remembered from the start.",
    exclusive: true,
    async run(ctx) {
      const name = ctx.name("relative");
      const bytes = ctx.bytes(2_701);
      await ctx.given(name, bytes);
      const here = ctx.at("here", "cwd");
      const there = ctx.at("there", "cwd");
      for (const path of [here, there]) {
        await fs.mkdir(path, { recursive: true });
      }
      const back = process.cwd();
      for (
        const path of ["bare", "sub/x", "./y", "../z", "../up/x", "file:x"]
      ) {
        // The system's own paths have no colon on Windows.
        if (path.includes(":") && process.platform === "win32") continue;
        const what = `the download to ${JSON.stringify(path)}`;
        const landed = ctx.at("here", "cwd", ...path.split("/"));
        try {
          process.chdir(here);
          const downloading = settle(ctx.download(name, path));
          process.chdir(there);
          const outcome = await ctx.within(20_000, downloading, what);
          if (outcome.status === "rejected") throw outcome.reason;
        } finally {
          process.chdir(back);
        }
        await expectFile(ctx, landed, bytes, what);
      }
    },
  },
  {
    id: "GET-7",
    clauses: [13, 10],
    level: "must",
    title: "a destination on another device works",
    explain:
      "A file cannot be renamed from one device to another. If this fails, the temporary file lies in TMPDIR and not beside the destination.",
    needs: ["otherDevice"],
    async run(ctx) {
      const { otherDevice = "" } = ctx.devices;
      const [other, own] = await Promise.all([
        fs.stat(otherDevice),
        fs.stat(tmpdir()),
      ]);
      if (other.dev === own.dev) {
        throw ctx.unverified(
          "'otherDevice' is on the device of the system's temporary directory",
        );
      }
      const root = await fs.mkdtemp(join(otherDevice, "storekit-"));
      try {
        const name = ctx.name("far");
        const bytes = [ctx.bytes(severalReports(ctx), 1), ctx.bytes(997, 2)];
        const paths = ["new", "a/b/new", "new", "missing/", "missing"];
        for (const [index, path] of paths.entries()) {
          const content = bytes[index % 2] as Uint8Array;
          await ctx.given(name, content);
          const overwrite = index === 2 || path === "missing";
          const destination = `${root}/${path}`;
          await ctx.download(name, destination, { overwrite });
          const file = path.startsWith("missing") ? `missing/${name}` : path;
          const what = `the download to "${path}" on another device`;
          await expectFile(ctx, join(root, file), content, what);
        }
        const left = (await fs.readdir(root, { recursive: true })).sort();
        const wanted = [
          "a",
          "a/b",
          "a/b/new",
          "missing",
          `missing/${name}`,
          "new",
        ];
        const what = "what is on the other device afterwards";
        expectEqual(ctx, left.join(" "), wanted.join(" "), what, {
          clause: 14,
        });
      } finally {
        await fs.rm(root, { recursive: true, force: true });
      }
    },
  },
  {
    id: "GET-9",
    clauses: [16, 10],
    level: "must",
    title: "a destination may have any name, as a path or a file: URL",
    explain:
      "A string is always a path. If this fails, look for a string that is decoded or parsed as a URL, or for a URL whose path is not decoded; where only a long name fails, for a temporary file that is named after it.",
    async run(ctx) {
      const names = [
        "plain",
        "ünï-日本-😀",
        "decomposed-u\u0308",
        "two  spaces ",
        "-rf",
        "%41",
        "a%2Fb%",
        "a#b?c&d",
        "line\nbreak",
        "a+b;c'd\"e",
        "back\\slash",
        "$(x)`y`*",
        "n".repeat(250),
      ];
      const name = ctx.name("odd");
      for (const [index, odd] of names.entries()) {
        if (!await canHold(ctx, odd)) continue;
        const bytes = ctx.bytes(601 + index, index);
        await ctx.given(name, bytes);
        for (const kind of ["path", "URL"]) {
          const directory = ctx.at(`${kind}-${index}`);
          const path = ctx.at(`${kind}-${index}`, odd);
          await fs.mkdir(directory);
          // Put together here: up to Node 22.3 `pathToFileURL()` loses spaces at the end.
          const url = new URL(
            `${pathToFileURL(directory).href}/${encodeURIComponent(odd)}`,
          );
          await ctx.download(name, kind === "URL" ? url : path);
          const what = `the download to ${JSON.stringify(odd)} as a ${kind}`;
          const found = (await fs.readdir(directory)).map((entry) =>
            JSON.stringify(entry)
          );
          expectEqual(
            ctx,
            found.join(),
            JSON.stringify(odd),
            `${what}: the file`,
          );
          await expectFile(ctx, path, bytes, what);
        }
      }
    },
  },
];

/** Tells whether the local file system can have a file of that name. */
async function canHold(ctx: CaseContext, name: string): Promise<boolean> {
  const directory = await fs.mkdtemp(join(ctx.scratch, "names-"));
  try {
    await fs.writeFile(join(directory, name), "");
    return (await fs.readdir(directory)).join() === name;
  } catch {
    return false;
  }
}
