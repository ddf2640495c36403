import * as fs from "node:fs/promises";
import type { DownloadOptions } from "../../../src/object_store.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  checkCode,
  expect,
  expectCode,
  expectRejection,
} from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { traceCalls } from "../../checks/trace.ts";
import { expectFile } from "../shared/expect_file.ts";
import { downloadOver } from "../shared/download_over.ts";
import { plant } from "../shared/landing.ts";
import { ovwLinkCases } from "./links.ts";
import { ovwMeanwhileCases } from "./meanwhile.ts";
import { ovwNoLinkCases } from "./no_links.ts";
import { ovwReadOnlyCases } from "./read_only.ts";
import { checkNoTransfer, ovwWireCases } from "./wire.ts";

/** The cases of group OVW: what is at the destination before a download. */
export const ovwCases: readonly Case[] = [
  {
    id: "OVW-1",
    clauses: [11],
    level: "must",
    title: "without overwrite an existing file is FILE_EXISTS and untouched",
    explain:
      "The default protects what is there: same bytes, time and inode, and no transfer. Look at how the destination is looked at before the request; an empty file exists, too, and so does one that has the object's bytes already.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(5_003, 1);
      await ctx.given(name, bytes);
      for (const [index, old] of [ctx.bytes(701, 2), "", bytes].entries()) {
        const path = ctx.at(`file-${index}`);
        await plant(path, old);
        const before = await snapshot(ctx.root);
        const { signal } = new AbortController();
        await checkUndefined(ctx, name, path, before);
        for (
          const [given, options] of [
            ["no options", undefined],
            ["{}", {}],
            ["overwrite: false", { overwrite: false }],
            ["a signal", { signal }],
          ] as const
        ) {
          const { callback, calls, evidence } = traceCalls();
          const what = `a download with ${given} to an existing file`;
          await expectCode(
            ctx,
            ctx.download(name, path, options && { ...options, callback }),
            "FILE_EXISTS",
            what,
          );
          await expectUntouched(ctx, ctx.root, before, what, { clause: 11 });
          expect(ctx, calls.length === 0, {
            expected: `${what}: no transfer`,
            observed: "the callback was called",
            evidence: [evidence()],
          });
        }
      }
      await checkNoTransfer(ctx);
    },
  },
  {
    id: "OVW-2",
    clauses: [12],
    level: "must",
    title: "with overwrite the file becomes the object, longer or shorter",
    explain:
      "The new file is complete and nothing but the object, and the name is the old file or the new one at each moment. A rest of the old file at the end means that it was written in place without being cut; one that is absent for a moment was removed first.",
    async run(ctx) {
      const path = ctx.at("file");
      let old = ctx.bytes(10_007, 1);
      await plant(path, old);
      for (const [index, size] of [70_001, 13, 13, 0, 4_099].entries()) {
        const name = ctx.name();
        const bytes = ctx.bytes(size, index + 2);
        await ctx.given(name, bytes);
        const what = `the file replaced in round ${index + 1}`;
        await downloadOver(ctx, { name, path, old, bytes, what });
        old = bytes;
      }
    },
  },
  {
    id: "OVW-3",
    clauses: [12, 10],
    level: "must",
    title: "with overwrite an absent destination is simply made",
    explain:
      "`overwrite: true` allows to replace; it does not demand that there is something, not even the directory.",
    async run(ctx) {
      const name = ctx.name();
      const bytes = ctx.bytes(6_011, 1);
      await ctx.given(name, bytes);
      for (const path of [ctx.at("file"), ctx.at("new", "below", "file")]) {
        await ctx.download(name, path, { overwrite: true });
        await expectFile(
          ctx,
          path,
          bytes,
          "the file made with overwrite: true",
        );
      }
    },
  },
  {
    id: "OVW-4",
    clauses: [17, 11],
    level: "must",
    title: "an existing file is told before a missing object",
    explain:
      "Clause 17 checks the destination before it asks the store. With overwrite: true only the missing object is wrong, and the file stays.",
    async run(ctx) {
      const missing = ctx.name("missing");
      await plant(ctx.at("file"), ctx.bytes(911, 1));
      await fs.mkdir(ctx.at("dir"));
      await plant(ctx.at("dir", missing), ctx.bytes(913, 2));
      const before = await snapshot(ctx.root);
      const trials = ["file", "dir", "dir/"].flatMap((to) =>
        [
          { to, overwrite: false, code: "FILE_EXISTS" },
          { to, overwrite: true, code: "OBJECT_NOT_FOUND" },
        ] as const
      );
      for (const { to, overwrite, code } of trials) {
        const what =
          `a download of a missing object to an existing file ("${to}") with overwrite: ${overwrite}`;
        const path = `${ctx.root}/${to}`;
        const download = ctx.download(missing, path, { overwrite });
        await expectCode(ctx, download, code, what);
        await expectUntouched(ctx, ctx.root, before, what);
      }
    },
  },
  ...ovwMeanwhileCases,
  ...ovwLinkCases,
  ...ovwReadOnlyCases,
  ...ovwNoLinkCases,
  ...ovwWireCases,
];

/** Options that were put together from some that nobody gave: the default, or, as the types do not allow it, a TypeError. */
async function checkUndefined(
  ctx: CaseContext,
  name: string,
  path: string,
  before: readonly string[],
): Promise<void> {
  const options: { overwrite?: unknown } = { overwrite: undefined };
  const what = "a download with overwrite: undefined to an existing file";
  const download = ctx.download(name, path, options as DownloadOptions);
  const error = await expectRejection(ctx, download, what, { clause: 11 });
  if (!(error instanceof TypeError)) {
    checkCode(ctx, error, "FILE_EXISTS", what, { clause: 11 });
  }
  await expectUntouched(ctx, ctx.root, before, what, { clause: 11 });
}
