import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, settle } from "../../checks/expect.ts";
import { HOSTILE_NAMES } from "../../checks/hostile_names.ts";
import {
  LONG_PLAIN_NAMES,
  LONGER_NAMES,
  LONGEST_NAMES,
  mayBeTooLong,
} from "../../checks/long_names.ts";
import { mapConcurrently } from "../../checks/map_concurrently.ts";
import { uploadNames } from "../../checks/name_checks.ts";
import { lstFailureCases } from "./failures.ts";
import { expectListing, expectSame } from "./steps.ts";
import { listAll } from "../shared/powers.ts";

const MANY = 2500;
/** More than a page of services that give five thousand. */
const MORE = 5_100;
/** Milliseconds in which a store that can be asked for more has taken the first. */
const QUICK_MS = 10_000;
const AT_ONCE = 32;

/** Names that are directories of others: a service may not list what is below an object (LST-6). */
const PARENTS = HOSTILE_NAMES.filter((name) =>
  HOSTILE_NAMES.some((other) => other.startsWith(`${name}/`))
);

/** Listing, for stores that declare `list`. */
export const lstCases: readonly Case[] = [
  {
    id: "LST-1",
    clauses: [2, 4],
    level: "must",
    capabilities: ["list"],
    title: "names are listed exactly as uploaded, without the prefix",
    explain:
      "Each object once, under the name the caller knows, in any order; a place without objects gives nothing, an object that was replaced is still one, and what another handle has uploaded is listed at once.",
    async run(ctx) {
      await expectListing(ctx, "", [], "before any upload");
      await expectListing(ctx, undefined, [], "before any upload, no argument");
      const names = ["one", "two.bin", "d/one", "d/e/one", "Two.bin", "-_."];
      for (const name of names) await ctx.given(name, ctx.bytes(10, name));
      await ctx.given("d/one", ctx.bytes(20, "again"));
      await ctx.given("empty", ctx.bytes(0));
      const all = [...names, "empty"];
      await expectListing(ctx, "", all, "after the uploads");
      await expectListing(ctx, undefined, all, "without an argument");
      const other = await ctx.secondHandle();
      await expectListing(ctx, "", all, "from a second handle", other);
      await expectListing(ctx, "d/", ["d/one", "d/e/one"], "of some");
      await ctx.given("d/late", ctx.bytes(11, "late"), other);
      const when = "after another handle's upload";
      await expectListing(ctx, "", [...all, "d/late"], when);
      await expectListing(ctx, "d/", ["d/one", "d/e/one", "d/late"], when);
    },
  },
  {
    id: "LST-2",
    clauses: [2],
    level: "must",
    capabilities: ["list"],
    title: "odd names are listed literally, and none becomes another",
    explain:
      "What a service encodes in its answer is decoded exactly once; what a file system encodes, exactly back, also where a long name is kept in another way than a short one. A name that was refused is not listed.",
    timeoutMs: 120_000,
    async run(ctx) {
      const odd = HOSTILE_NAMES.filter((name) => !PARENTS.includes(name));
      // What is below the name of an object is for LST-6.
      const plain = LONG_PLAIN_NAMES.slice(1);
      const names = [...odd, ...plain, ...LONGER_NAMES, ...LONGEST_NAMES];
      const { kept } = await uploadNames(ctx, names, {
        isDoubtful: mayBeTooLong,
      });
      await expectListing(
        ctx,
        "",
        [...kept.keys()],
        "after uploads of odd and long names",
      );
    },
  },
  {
    id: "LST-3",
    clauses: [4, 2],
    level: "must",
    capabilities: ["list"],
    // Others may keep much in the same place.
    timeoutMs: 120_000,
    title: "the prefix is one of the string, and stores do not bleed",
    explain:
      '`listObjects("ab")` names `abc/d` as well as `ab1`; nothing of a store whose prefix only begins alike is listed. A prefix is no pattern: `_` and `.` are themselves, and so are `*`, `?`, `%` and brackets, unless the store refuses a prefix with them as it does names.',
    run: checkPrefixes,
  },
  {
    id: "LST-4",
    clauses: [2],
    level: "must",
    capabilities: ["list"],
    title: "a listing of many pages loses none and names none twice",
    explain:
      "2 500 objects, more than two pages of the usual thousand, and 5 100 where the store is quick. Look at how the next page begins: after the last name, with the service's own token.",
    timeoutMs: 180_000,
    run: checkManyObjects,
  },
  ...lstFailureCases,
  {
    id: "LST-6",
    clauses: [3, 2],
    level: "should",
    capabilities: ["list", "flat"],
    title: "what is below the name of an object is listed, too",
    explain:
      "Where `a` and `a/b` both exist, a listing names both. There are services that keep and give both and yet list `a` alone; a store cannot help that, and says it in its documentation.",
    async run(ctx) {
      const below = HOSTILE_NAMES.filter((name) =>
        PARENTS.some((parent) => name.startsWith(`${parent}/`))
      );
      const names = [...new Set([...PARENTS, ...below, "p", "p/q", "p/q/r"])];
      const { kept } = await uploadNames(ctx, names);
      const what = "where names go through others";
      await expectListing(ctx, "", [...kept.keys()], what);
      await expectListing(ctx, "p/", ["p/q", "p/q/r"], what);
    },
  },
];

/** Prefixes that globs, SQL and regular expressions take for more than their characters. */
const PATTERNS = ["*", "ab*", "a?c", "a[b]c", "[a-b]", "{ab,b}", "%", "ab%"]
  .concat("^ab", "a.*", "(ab)", "ab|b", "ab$", "\\ab");

async function checkPrefixes(ctx: CaseContext): Promise<void> {
  const beside = await ctx.open({ sibling: "b" });
  const names = ["ab1", "abc/d", "abc/de", "aB2", "b/ab", "abcd", "a_c"];
  for (const name of names) await ctx.given(name, ctx.bytes(9, name));
  const others = ["ab1", "abc/x", "other"];
  for (const name of others) await ctx.given(name, ctx.bytes(8, name), beside);
  const prefixes =
    "ab abc abc/ abc/d abc/de abc/def b b/ b/a a.c a_ a_c ab_ A x / c/d";
  for (const prefix of ["", ...prefixes.split(" ")]) {
    const wanted = names.filter((name) => name.startsWith(prefix));
    await expectListing(ctx, prefix, wanted, "of the string");
  }
  for (const prefix of PATTERNS) {
    const listing = settle(listAll(ctx.store, prefix));
    const what = `listObjects(${JSON.stringify(prefix)}), as no pattern`;
    const outcome = await ctx.within(60_000, listing, what);
    if (outcome.status === "fulfilled") {
      expectSame(ctx, outcome.value, [], what);
    } else checkCode(ctx, outcome.reason, "INVALID_OBJECT_NAME", what);
  }
  await expectListing(ctx, "", others, "beside it", beside);
  const own = ctx.place.prefix.split("/").at(-1);
  await expectListing(ctx, own, [], "the store's own prefix as the prefix");
}

async function checkManyObjects(ctx: CaseContext): Promise<void> {
  const source = await ctx.source(ctx.bytes(3));
  const names = Array.from({ length: MORE }, (_, i) => `many/${i % 7}/${i}`);
  const upload = (name: string) => settle(ctx.store.uploadObject(name, source));
  const start = performance.now();
  for (const [from, to] of [[0, MANY], [MANY, MORE]] as const) {
    if (from > 0 && performance.now() - start > QUICK_MS) return;
    const next = names.slice(from, to);
    for await (const outcome of mapConcurrently(next, upload, AT_ONCE)) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    const given = names.slice(0, to);
    await expectListing(ctx, "", given, `of ${to} objects`);
    const some = given.filter((name) => name.startsWith("many/3/1"));
    await expectListing(ctx, "many/3/1", some, `of some of ${to} objects`);
  }
}
