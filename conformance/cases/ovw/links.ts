import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case } from "../../model/case.ts";
import { expect, expectCode, expectEqual } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { traceCalls } from "../../checks/trace.ts";
import { expectFile } from "../shared/expect_file.ts";
import { downloadOver } from "../shared/download_over.ts";
import { plant, plantLink } from "../shared/landing.ts";

/** An old file with all bits that a new one does not have. */
const OLD_MODE = 0o755;

/** The part of group OVW about links at the destination. */
export const ovwLinkCases: readonly Case[] = [
  {
    id: "OVW-7",
    clauses: [11],
    level: "must",
    title:
      "without overwrite a symlink is an existing file, also a dangling one",
    explain:
      "A symlink to a file or to nothing takes the name. Looking through the link finds nothing for a dangling one, and writing through it makes a file elsewhere.",
    async run(ctx) {
      const name = ctx.name();
      await ctx.given(name, ctx.bytes(3_001, 1));
      const target = join(ctx.scratch, "target");
      await plant(target, ctx.bytes(77, 2));
      await plantLink(ctx, target, ctx.at("to-file"));
      await plantLink(ctx, join(ctx.scratch, "absent"), ctx.at("to-nothing"));
      await plantLink(ctx, "absent-beside", ctx.at("to-nothing-beside"));
      const before = await snapshot(ctx.root);
      const outside = await snapshot(ctx.scratch);
      for (const label of ["to-file", "to-nothing", "to-nothing-beside"]) {
        for (const options of [undefined, { overwrite: false }]) {
          const what = `a download without overwrite to a symlink ${label}`;
          const { callback, calls, evidence } = traceCalls();
          const given = { ...options, callback };
          const download = ctx.download(name, ctx.at(label), given);
          await expectCode(ctx, download, "FILE_EXISTS", what);
          expect(ctx, calls.length === 0, {
            expected: `${what}: no transfer`,
            observed: "the callback was called",
            evidence: [evidence()],
          });
          await expectUntouched(ctx, ctx.root, before, what);
          await expectUntouched(ctx, ctx.scratch, outside, what);
        }
      }
    },
  },
  {
    id: "OVW-8",
    clauses: [12],
    level: "must",
    title: "with overwrite a hard link elsewhere keeps the old bytes",
    explain:
      "The name is replaced, not the file: a new file takes the name. If the other link shows the new bytes, the file was written in place.",
    async run(ctx) {
      const old = ctx.bytes(4_001, "old");
      for (const [index, size] of [2_003, 0, old.length].entries()) {
        const [name, bytes] = [ctx.name(), ctx.bytes(size, index)];
        await ctx.given(name, bytes);
        const directory = ctx.at(`dir-${index}`);
        await fs.mkdir(directory);
        const inside = ctx.at(`dir-${index}`, name);
        for (
          const [to, path] of [
            [ctx.at(`file-${index}`), ctx.at(`file-${index}`)],
            [directory, inside],
          ] as const
        ) {
          const link = join(ctx.scratch, `link-${crypto.randomUUID()}`);
          await plant(path, old);
          try {
            await fs.link(path, link);
          } catch {
            throw ctx.unverified("no hard links can be made here");
          }
          const what = `the name replaced by an object of ${size} bytes`;
          await downloadOver(ctx, { name, to, path, old, bytes, what });
          await expectFile(ctx, link, old, "the other hard link", {
            clause: 12,
          });
        }
      }
    },
  },
  {
    id: "OVW-11",
    clauses: [12],
    level: "must",
    title: "with overwrite a symlink is itself replaced, its target stays",
    explain:
      "What was a symlink is a regular file afterwards. If the target has the new bytes, or was made, the download wrote through the link.",
    async run(ctx) {
      const [name, bytes, old] = [
        ctx.name(),
        ctx.bytes(2_011, 1),
        ctx.bytes(97, 2),
      ];
      await ctx.given(name, bytes);
      const target = join(ctx.scratch, "target");
      await plant(target, old);
      await plantLink(ctx, target, ctx.at("to-file"));
      await plantLink(ctx, join(ctx.scratch, "absent"), ctx.at("to-nothing"));
      await plant(ctx.at("beside"), old);
      await plantLink(ctx, "beside", ctx.at("to-beside"));
      await plantLink(ctx, "absent-beside", ctx.at("to-nothing-beside"));
      await plantLink(ctx, "to-beside", ctx.at("to-a-link"));
      const outside = await snapshot(ctx.scratch);
      const labels = ["to-file", "to-nothing", "to-a-link", "to-beside"];
      for (const label of [...labels, "to-nothing-beside"]) {
        const seen = label.includes("nothing") ? undefined : old;
        const path = ctx.at(label);
        const what = `what was a symlink ${label}`;
        await downloadOver(ctx, { name, path, old: seen, bytes, what });
        await expectUntouched(ctx, ctx.scratch, outside, what, { clause: 12 });
        const beside = "the target beside";
        await expectFile(ctx, ctx.at("beside"), old, beside, { clause: 12 });
      }
    },
  },
  {
    id: "OVW-13",
    clauses: [12, 14],
    level: "must",
    title: "with overwrite a file that has the object's bytes is replaced, too",
    explain:
      "What is at the destination is the complete new file afterwards, also if its bytes are the same: a symlink to a file with these bytes is no symlink any more, and the file's mode is that of a new one. If this fails, look for a download that is left out because the destination seems to be up to date.",
    async run(ctx) {
      const [name, bytes] = [ctx.name(), ctx.bytes(2_017, 1)];
      await ctx.given(name, bytes);
      const target = join(ctx.scratch, "equal target");
      await plant(target, bytes);
      await fs.chmod(target, OLD_MODE);
      await plantLink(ctx, target, ctx.at("link"));
      await plant(ctx.at("file"), bytes);
      await fs.chmod(ctx.at("file"), OLD_MODE);
      await fs.writeFile(join(ctx.scratch, "probe"), "");
      const outside = await snapshot(ctx.scratch);
      const wanted = await modeOf(join(ctx.scratch, "probe"));
      for (const label of ["file", "link"]) {
        const what = `what was a ${label} with the object's bytes`;
        // Twice, as the second finds what the first has made.
        for (const time of ["first", "second"]) {
          const when = `${what}, after the ${time} download`;
          const path = ctx.at(label);
          const replacing = { name, path, old: bytes, bytes, what: when };
          await downloadOver(ctx, replacing);
          const mode = await modeOf(path);
          const clause = 14;
          expectEqual(ctx, mode, wanted, `the mode of ${when}`, { clause });
        }
        await expectUntouched(ctx, ctx.scratch, outside, what, { clause: 12 });
      }
    },
  },
];

/** The type and the mode of what is at a path, in octal. */
async function modeOf(path: string): Promise<string> {
  return (await fs.lstat(path)).mode.toString(8);
}
