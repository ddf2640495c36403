import * as fs from "node:fs/promises";
import { dirname } from "@std/path/dirname";
import type { CaseContext } from "../../model/case.ts";
import {
  blameFound,
  checkCode,
  expectBytes,
  expectEqual,
  isDamaged,
  settle,
} from "../../checks/expect.ts";
import { PATH_NAMES } from "../../checks/hostile_names.ts";
import { expectNamed, expectNamesApart } from "../../checks/name_checks.ts";

/** NAM-6: canaries around a prefix, and names that a path would take for theirs. */
export async function checkPathNames(ctx: CaseContext): Promise<void> {
  const inner = await ctx.open({ segment: "inner" });
  const beside = await ctx.open({ sibling: "-beside" });
  const last = ctx.placeOf({ sibling: "-beside" }).prefix.split("/").at(-1);
  const canary = ctx.bytes(99, "canary");
  for (const store of [ctx.store, beside]) await ctx.given("x", canary, store);
  const around = dirname(ctx.place.directory);
  const before = (await fs.readdir(around)).sort().join(", ");

  const outward = [`../../${last}/x`, `../../../${last}/x`, `a/../../../x`];
  for (const name of [...outward, ...PATH_NAMES]) {
    const found = await settle(inner.getObjectSize(name));
    if (found.status === "fulfilled") {
      throw ctx.fail({
        expected: `${
          JSON.stringify(name)
        }, never uploaded, is not found or refused`,
        observed: `an object of ${found.value} bytes is found`,
        hint: "the name may have been resolved as a path, out of the prefix",
        ...await blameFound(ctx),
      });
    }
    // Another error does not show what the name has become: it is one for no object.
    checkCode(
      ctx,
      found.reason,
      ["OBJECT_NOT_FOUND", "INVALID_OBJECT_NAME"],
      `getObjectSize(${JSON.stringify(name)}), never uploaded,`,
      { clause: 7 },
    );
  }
  const below = await expectNamesApart(
    ctx,
    ["x", "a/b", "a", "b", ...outward, ...PATH_NAMES],
    { store: inner, looksBefore: true },
  );
  const names = [`../${last}/x`, ...PATH_NAMES, "a/b", "b"];
  await expectNamesApart(ctx, names);
  // The same names were uploaded in both: one that is outside of the prefix is one object.
  await expectNamed(ctx, below, inner);
  for (
    const [store, which] of [[ctx.store, "this"], [beside, "another"]] as const
  ) {
    const found = await ctx.fetch("x", store);
    expectBytes(
      ctx,
      found,
      canary,
      `the object "x" of ${which} prefix, which no upload has named`,
      isDamaged(found, canary) ? {} : { clause: 4 },
    );
  }
  const after = (await fs.readdir(around)).sort().join(", ");
  const what = "what lies around the store's local directory";
  expectEqual(ctx, after, before, what, { clause: 2 });
}
