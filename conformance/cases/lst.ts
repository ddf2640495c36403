import { join } from "node:path";
import type { Case, CaseContext } from "../case.ts";
import {
  expect,
  expectCode,
  expectEqual,
  expectReason,
  settle,
} from "../expect.ts";
import { HOSTILE_NAMES } from "../hostile_names.ts";
import { mapConcurrently } from "../map_concurrently.ts";
import { uploadNames } from "../name_checks.ts";
import type {
  ListableObjectStore,
  ObjectStore,
  OperationOptions,
} from "../../src/object_store.ts";

const MANY = 2500;
const AT_ONCE = 32;

/** Listing, for stores that declare `list`. */
export const lstCases: readonly Case[] = [
  {
    id: "LST-1",
    clauses: [2, 4],
    level: "must",
    capabilities: ["list"],
    title: "names are listed exactly as uploaded, without the prefix",
    explain:
      "Each object once, under the name the caller knows, in any order; a place without objects gives nothing, and an object that was replaced is still one.",
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
      await expectListing(
        ctx,
        "",
        all,
        "from a second handle",
        await ctx.secondHandle(),
      );
    },
  },
  {
    id: "LST-2",
    clauses: [2],
    level: "must",
    capabilities: ["list"],
    title: "odd names are listed literally, and none becomes another",
    explain:
      "What a service encodes in its answer is decoded exactly once; what a file system encodes, exactly back. A name that was refused is not listed.",
    timeoutMs: 120_000,
    async run(ctx) {
      const { kept } = await uploadNames(ctx, HOSTILE_NAMES);
      await expectListing(
        ctx,
        "",
        [...kept.keys()],
        "after uploads of odd names",
      );
    },
  },
  {
    id: "LST-3",
    clauses: [4, 2],
    level: "must",
    capabilities: ["list"],
    title: "the prefix is one of the string, and stores do not bleed",
    explain:
      '`listObjects("ab")` names `abc/d` as well as `ab1`; nothing of a store whose prefix only begins alike is listed.',
    run: checkPrefixes,
  },
  {
    id: "LST-4",
    clauses: [2],
    level: "must",
    capabilities: ["list"],
    title: "a listing of many pages loses none and names none twice",
    explain:
      "2 500 objects, more than two pages of the usual thousand. Look at how the next page begins: after the last name, with the service's own token.",
    timeoutMs: 180_000,
    run: checkManyObjects,
  },
  {
    id: "LST-5",
    clauses: [2, 21, 28],
    level: "must",
    capabilities: ["list"],
    title: "temporary files are never listed; abort and close are typed",
    explain:
      "While an upload is under way, after one that failed and after one that was aborted, a listing names whole objects only. An aborted one ends with the signal's reason, one after close() with CLOSED.",
    run: checkOwnFiles,
  },
];

async function checkPrefixes(ctx: CaseContext): Promise<void> {
  const beside = await ctx.open({ sibling: "b" });
  const names = ["ab1", "abc/d", "abc/de", "aB2", "b/ab", "abcd"];
  for (const name of names) await ctx.given(name, ctx.bytes(9, name));
  const others = ["ab1", "abc/x", "other"];
  for (const name of others) await ctx.given(name, ctx.bytes(8, name), beside);
  const prefixes = "ab abc abc/ abc/d abc/de abc/def b b/ b/a a.c A x / c/d";
  for (const prefix of ["", ...prefixes.split(" ")]) {
    const wanted = names.filter((name) => name.startsWith(prefix));
    await expectListing(ctx, prefix, wanted, "of the string");
  }
  await expectListing(ctx, "", others, "beside it", beside);
  const own = ctx.place.prefix.split("/").at(-1);
  await expectListing(ctx, own, [], "the store's own prefix as the prefix");
}

async function checkManyObjects(ctx: CaseContext): Promise<void> {
  const source = await ctx.source(ctx.bytes(3));
  const names = Array.from({ length: MANY }, (_, i) => `many/${i % 7}/${i}`);
  const upload = (name: string) => settle(ctx.store.uploadObject(name, source));
  for await (const outcome of mapConcurrently(names, upload, AT_ONCE)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  await expectListing(ctx, "", names, `of ${MANY} objects`);
  const some = names.filter((name) => name.startsWith("many/3/1"));
  await expectListing(ctx, "many/3/1", some, `of some of ${MANY} objects`);
}

async function checkOwnFiles(ctx: CaseContext): Promise<void> {
  const given = ["kept", "d/kept"];
  for (const name of given) await ctx.given(name, ctx.bytes(99, name));
  await checkDuringUpload(ctx, given);
  await settle(ctx.store.uploadObject("failed", join(ctx.scratch, "no")));
  const seen = await listAll(ctx.store, "");
  const finished = [...given, "in-flight"];
  await expectListing(
    ctx,
    "",
    seen.includes("in-flight") ? finished : given,
    "after failures",
  );

  const reason = new Error("the caller's own reason");
  const signal = AbortSignal.abort(reason);
  const what = "a listing that is aborted already";
  await expectReason(ctx, listAll(ctx.store, "", { signal }), reason, what, {
    clause: 21,
  });
  await checkAbortUnderWay(ctx, reason);
  const closed = await ctx.open({ segment: "closed" });
  await closed.close();
  await expectCode(
    ctx,
    listAll(closed, ""),
    "CLOSED",
    "a listing after close()",
    { clause: 28 },
  );
}

/** Lists from inside the callback of an upload, which is aborted then. */
async function checkDuringUpload(
  ctx: CaseContext,
  given: readonly string[],
): Promise<void> {
  const controller = new AbortController();
  const bytes = ctx.bytes(9 * 1024 * 1024 + 1, "in flight");
  let listed: Promise<string[]> | undefined;
  await settle(ctx.upload("in-flight", bytes, {
    signal: controller.signal,
    async callback() {
      listed ??= listAll(ctx.store, "");
      await settle(listed);
      controller.abort();
    },
  }));
  const names = (await listed ?? []).filter((name) => name !== "in-flight");
  expectSame(ctx, names, given, "a listing while an upload is under way");
  // An upload in parts, with files that stay when it fails.
  const failing = () => {
    throw new Error("the callback's own error");
  };
  await settle(ctx.upload("in-flight", bytes, { callback: failing }));
}

async function checkAbortUnderWay(
  ctx: CaseContext,
  reason: Error,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  async function listAndAbort(): Promise<void> {
    const list = (ctx.store as ListableObjectStore).listObjects("", { signal });
    for await (const _ of list) controller.abort(reason);
  }
  const what = "a listing that is aborted under way";
  const outcome = await ctx.within(20_000, settle(listAndAbort()), what);
  // The rest of a page that is there already may still come.
  if (outcome.status === "fulfilled") return;
  expectEqual(ctx, outcome.reason, reason, `the error of ${what}`, {
    clause: 21,
  });
}

async function expectListing(
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

async function listAll(
  store: ObjectStore,
  prefix: string | undefined,
  options?: OperationOptions,
): Promise<string[]> {
  const names: string[] = [];
  const { listObjects } = store as ListableObjectStore;
  const list = options === undefined
    ? listObjects.call(store, prefix)
    : listObjects.call(store, prefix, options);
  for await (const name of list) names.push(name);
  return names;
}

function expectSame(
  ctx: CaseContext,
  names: readonly string[],
  wanted: readonly string[],
  what: string,
): void {
  const got = new Set(names);
  const want = new Set(wanted);
  const lost = [...want.difference(got)];
  const more = [...got.difference(want)];
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
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
