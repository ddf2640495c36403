import { join } from "@std/path/join";
import type { Case } from "../../model/case.ts";
import { expectCode } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectFile } from "../shared/expect_file.ts";

/** Numbers of directories that are missing: about as many as careless code tries again, and more. */
const DEPTHS = [9, 10, 11, 12, 16, 40];

/** The part of group DST about destinations below many missing directories. */
export const dstDeepCases: readonly Case[] = [
  {
    id: "DST-14",
    clauses: [10, 13],
    level: "must",
    title: "missing directories are made, however many",
    explain:
      "Up to 40 of them, above a file and above a directory that ends in a separator. If this fails with ENOENT, look for a loop that makes one directory an attempt and gives up after some attempts.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(1_021, 1);
      await ctx.given(name, bytes);
      const before = await snapshot(ctx.root);
      const segmentsOf = (label: string, depth: number) =>
        Array.from({ length: depth }, (_, i) => i === 0 ? label : `d${i}`);
      for (const depth of DEPTHS) {
        const what = `a download below ${depth} missing directories`;
        const missing = segmentsOf(`missing-${depth}`, depth);
        // The path is not announced: nothing is made for an object that is not there.
        const download = ctx.download(
          ctx.name("none"),
          join(ctx.root, ...missing, "file"),
        );
        await expectCode(ctx, download, "OBJECT_NOT_FOUND", what);
        await expectUntouched(ctx, ctx.root, before, what, { clause: 13 });
      }
      for (const depth of DEPTHS) {
        const what = `a download below ${depth} missing directories`;
        for (const overwrite of [false, true]) {
          const to = segmentsOf(`file-${depth}-${overwrite}`, depth);
          await ctx.download(name, ctx.at(...to, "file"), { overwrite });
          await expectFile(ctx, ctx.at(...to, "file"), bytes, what);
        }
        const directory = segmentsOf(`directory-${depth}`, depth);
        await ctx.download(name, `${ctx.at(...directory)}/`);
        await expectFile(ctx, ctx.at(...directory, name), bytes, what);
      }
    },
  },
];
