import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectEqual, expectReason, settle } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";
import { expectHappened } from "../shared/earlier_failure.ts";
import { expectFile } from "../shared/expect_file.ts";

/** The part of group DST about what a directory holds afterwards. */
export const dstCleanCases: readonly Case[] = [
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
];

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
    let hasHappened = false;
    const thrown = ctx.download(name, path, {
      callback(bytes, total) {
        if (when === "last" && bytes !== total) return;
        hasHappened = true;
        throw reason;
      },
    });
    const outcome = await ctx.within(20_000, settle(thrown), what);
    expectHappened(ctx, { hasHappened, what, clause: 10, outcome });
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
