import type { CaseContext } from "../../model/case.ts";
import { expect } from "../../checks/expect.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { listAll } from "../shared/powers.ts";

/** Fails the case unless a store lists exactly these names, each once. */
export async function expectListing(
  ctx: CaseContext,
  prefix: string | undefined,
  wanted: readonly string[],
  what: string,
  store: ObjectStore = ctx.store,
): Promise<void> {
  const shown = `listObjects(${JSON.stringify(prefix) ?? ""}), ${what}`;
  const names = await ctx.within(60_000, listAll(store, prefix), shown);
  expectSame(ctx, names, wanted, shown);
}

/** Fails the case unless two lists have the same names, each once. */
export function expectSame(
  ctx: CaseContext,
  names: readonly string[],
  wanted: readonly string[],
  what: string,
): void {
  const got = new Set(names);
  const want = new Set(wanted);
  const lost = [...want.difference(got)];
  const more = [...got.difference(want)];
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(name).size);
  expect(ctx, names.length === want.size && lost.length + more.length === 0, {
    expected: `${what} names ${want.size} objects, each once`,
    observed: `${names.length} names; ${
      [["lost", lost], ["not uploaded", more], ["twice", twice]]
        .filter(([, list]) => list?.length)
        .map(([title, list]) =>
          `${title}: ${JSON.stringify(list?.slice(0, 5))}`
        )
        .join("; ")
    }`,
  });
}
