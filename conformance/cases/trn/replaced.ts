import { readFile, rm } from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import {
  checkCode,
  expectBytes,
  firstDifference,
  settle,
} from "../../checks/expect.ts";
import { expectNoEntry } from "../shared/transfers.ts";
import { patienceOf, wireEvidence, wireOf } from "../shared/wire_outcomes.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";

/** Details of a replacement, for {@linkcode checkReplaced}. */
export interface Replacement {
  /** Before which request of the download that reads; left out: from its callback. */
  readonly nth: number | undefined;
  /** The sizes of the old object and of the new one. */
  readonly sizes: readonly [number, number];
}

/** Replaces an object during its download: the old bytes, the new ones, or a transient failure. */
export async function checkReplaced(
  ctx: CaseContext,
  { nth, sizes: [oldSize, newSize] }: Replacement,
): Promise<void> {
  if (!ctx.has("reopen") && ctx.oracle === undefined) {
    throw ctx.unverified("the harness gives neither 'reopen' nor an oracle");
  }
  const name = ctx.name("replaced");
  const before = ctx.bytes(oldSize, `before ${name}`);
  const after = ctx.bytes(newSize, `after ${name}`);
  const path = ctx.at(ctx.name("file"));
  await ctx.given(name, before);
  // A handle of its own: the download may hold the only connection of the other.
  const other = ctx.has("reopen") ? await ctx.open() : undefined;
  let replacing: Promise<void> | undefined;
  const replace = () =>
    replacing ??= other
      ? ctx.given(name, after, other)
      : ctx.oracle?.put(name, after, ctx.place);
  const callback = async (bytes: number, total: number) => {
    if (nth === undefined && bytes > 0 && bytes < total) await replace();
  };
  const where = nth === undefined
    ? "at its first report"
    : `before its request ${nth}`;
  const what =
    `a download of ${oldSize} bytes, replaced by ${newSize} ${where},`;
  await disposeAfter(
    wireOf(ctx).inject({
      match: { method: ["GET", "HEAD"], nth: nth ?? 1, count: 1 },
      action: {
        kind: "run",
        run: () => nth === undefined ? undefined : replace(),
      },
      // A store may need fewer requests.
      optional: true,
    }),
    async () => {
      const outcome = await ctx.within(
        patienceOf(ctx),
        settle(ctx.download(name, path, { callback })),
        what,
        "scaled",
      );
      await replacing;
      if (outcome.status === "rejected") {
        const evidence = [wireEvidence(ctx)];
        checkCode(ctx, outcome.reason, "TRANSIENT", what, { evidence });
        return await expectNoEntry(ctx, path, `${what} has failed`);
      }
      const found = new Uint8Array(await readFile(path));
      await rm(path);
      if (firstDifference(found, after) === undefined) return;
      expectBytes(ctx, found, before, `the file of ${what}`, {
        clause: 15,
        evidence: [wireEvidence(ctx)],
      });
    },
  );
}
