import { askUri } from "../../checks/ask_uri.ts";
import { CaseStop } from "../../model/case_stop.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import { checkCode, expect, expectEqual, settle } from "../../checks/expect.ts";
import { describeError } from "../../checks/error_chain.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { uriPlaceCases } from "./place.ts";
import { deleteObject, readBytes, writeObject } from "../shared/powers.ts";
import { expectNoRequests } from "../shared/wire.ts";

/** The URIs that `getUri` answers (clause 5). */
export const uriCases: readonly Case[] = [
  {
    id: "URI-1",
    clauses: [5],
    level: "must",
    title: "getUri() answers for a name that was never uploaded",
    explain:
      "A URI is computed, not looked up: it exists whether or not the object does, and nobody is asked. If this fails, look for a check that the object exists in getUri().",
    async run(ctx) {
      const fresh = ctx.name("never");
      await uriOf(ctx, ctx.store, fresh, "in an empty store");
      const directory = ctx.name("directory");
      await ctx.given(`${directory}/inside`, ctx.bytes(19));
      for (const name of [fresh, directory, `${directory}/other`]) {
        await uriOf(ctx, ctx.store, name, "beside another object");
      }
      await settle(ctx.store.getObjectSize(fresh));
      await uriOf(
        ctx,
        ctx.store,
        fresh,
        "after getObjectSize() did not find it",
      );
      await expectNoRequests(ctx, "getUri()", async () => {
        for (const name of [ctx.name("unseen"), `${directory}/inside`]) {
          await uriOf(ctx, ctx.store, name, "while the wire is watched");
        }
      });
    },
  },
  {
    id: "URI-2",
    clauses: [5],
    level: "must",
    title: "getUri() is the same before and after uploads, from every handle",
    explain:
      "A URI names a place, not a version or a handle. If this fails, look for a version, a counter, a time or an id of the instance in it.",
    async run(ctx) {
      const name = `${ctx.name("same")}/leaf`;
      const before = await uriOf(ctx, ctx.store, name, "before the upload");
      const same = async (store: ObjectStore, when: string) =>
        expectEqual(
          ctx,
          await uriOf(ctx, store, name, when),
          before,
          `the URI of ${JSON.stringify(name)} ${when}`,
        );
      await same(ctx.store, "asked again");
      await ctx.given(name, ctx.bytes(31, 1));
      await same(ctx.store, "after the upload");
      await ctx.given(name, ctx.bytes(1027, 2));
      await same(ctx.store, "after it was replaced");
      await ctx.fetch(name);
      await same(ctx.store, "after a download");
      if (ctx.has("read")) {
        await readBytes(ctx, name);
        await same(ctx.store, "after readObject()");
      }
      if (ctx.has("write")) {
        await writeObject(ctx, name, ctx.bytes(29, 3));
        await same(ctx.store, "after writeObject()");
      }
      if (ctx.has("delete")) {
        await deleteObject(ctx, name);
        await same(ctx.store, "after deleteObject()");
      }
      await same(await ctx.secondHandle(), "from a second handle");
    },
  },
  {
    id: "URI-3",
    clauses: [5, 2],
    level: "must",
    title: "no two names share a URI",
    explain:
      "A name that becomes another in its URI sends whoever uses it to the wrong object. If this fails, look for decoding, case folding, normalising, trimming or cutting on the way to the URI.",
    async run(ctx) {
      const names = new Map<string, string>();
      for (const name of hostileNames(ctx.name("a"))) {
        const uri = await uriUnlessRefused(ctx, name);
        if (uri === undefined) continue;
        const other = names.get(uri);
        expect(ctx, other === undefined, {
          expected: "two names never share a URI",
          observed: `${JSON.stringify(other)} and ${JSON.stringify(name)} do`,
          evidence: [{ title: "URI", lines: [uri] }],
        });
        names.set(uri, name);
      }
    },
  },
  ...uriPlaceCases,
];

/** A URI, checked to be a string. */
async function uriOf(
  ctx: CaseContext,
  store: ObjectStore,
  name: string,
  when: string,
): Promise<string> {
  const asked = `getUri(${JSON.stringify(name)}) ${when}`;
  let uri: unknown;
  try {
    uri = await askUri(ctx, store, name);
  } catch (error) {
    if (error instanceof CaseStop) throw error;
    throw ctx.fail({
      expected: `${asked} returns a string`,
      observed: "it threw",
      evidence: [{ title: "error chain", lines: describeError(error) }],
    });
  }
  expect(ctx, typeof uri === "string", {
    expected: `${asked} returns a string, at once`,
    observed: `it returned a ${typeof uri}`,
  });
  return uri;
}

async function uriUnlessRefused(
  ctx: CaseContext,
  name: string,
): Promise<string | undefined> {
  if (ctx.expectName(name) === "keeps") {
    return await uriOf(ctx, ctx.store, name, "although the name is kept");
  }
  try {
    return await askUri(ctx, ctx.store, name);
  } catch (error) {
    if (error instanceof CaseStop) throw error;
    const asked = `getUri(${JSON.stringify(name)}), if the name is refused,`;
    checkCode(ctx, error, "INVALID_OBJECT_NAME", asked, { clause: 2 });
    return undefined;
  }
}

/** Names that an encoding, a decoding or a clean-up could make equal. */
function hostileNames(base: string): string[] {
  const long = `${base}/`.padEnd(200, "x");
  const deep = Array.from({ length: 5 }, () => "d".repeat(99)).join("/");
  // Percent signs make it three times as long, and these make it more than 1500.
  const odd = Array.from({ length: 6 }, () => "\u00fc".repeat(50)).join("/");
  const parts = [
    ..."a A b B é E É ß ss ſ s İ i ı I K k".split(" "),
    ..."a/b a%2Fb a%2fb a%252Fb a-b a_b a.b a+b a\\b a:b a;b a,b".split(" "),
    ..."a%20b a%41b aAb a%b a%%b a%25b a%2 a%GG %61 %E9 %C3%A9".split(" "),
    ..."a? a?b a?b=c a# a#b a& a@b a! a* a'b a( a) a[b] a{b} a|b".split(" "),
    ..."a.. a. .a ..a ...  a... a/b. a/b.. a~ ~a $a a^b a`b a<b>".split(" "),
    ..."a/../b a/./b ./a ../a a//b /a a/ a/b/ //a .. . ../../a".split(" "),
    "a b",
    " a",
    "a ",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "a\u0001b",
    "a\u007fb",
    "a\u2028b",
    "e\u0301",
    "\u212a",
    "\u00e9",
    "日本",
    "שלום",
    "😀",
    "😃",
    "\ufeffa",
    "a\u200bb",
    "ﬁ",
    "fi",
  ].filter((part) => part !== "");
  const names = [
    ...parts.filter((part) => part !== ".").map((part) => `${base}/${part}`),
    ...parts,
    base,
    `${base}.`,
    base.toUpperCase(),
    long,
    `${long.slice(0, -1)}y`,
    `${deep}/p`,
    `${deep}/q`,
    `${odd}/p`,
    `${odd}/q`,
  ];
  return [...new Set(names)];
}
