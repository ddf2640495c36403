import { askUri } from "../../checks/ask_uri.ts";
import type { Case, CaseContext } from "../../model/case.ts";
import { expect, expectEqual, settle } from "../../checks/expect.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";
import { holdsSecret } from "../../checks/holds_secret.ts";

/** The place that a URI tells: the second half of group URI. */
export const uriPlaceCases: readonly Case[] = [
  {
    id: "URI-4",
    clauses: [5],
    level: "should",
    title:
      "the URI of a plain name is absolute, and its path or fragment ends with the name",
    explain:
      "People paste URIs into other tools. If this fails, look whether `new URL(uri)` takes it, and whether its path goes on behind the name. A query may follow. Where the path is that of a file which holds the objects, such as a database, the fragment ends with the name.",
    async run(ctx) {
      const base = ctx.name("plain");
      for (const name of [base, `${base}/a-b_c.d/e.bin`, `${base}/0/..x/-`]) {
        const uri = await askUri(ctx, ctx.store, name);
        const evidence = [{ title: "URI", lines: [String(uri)] }];
        const url = URL.parse(uri);
        expect(ctx, url !== null, {
          expected: `the URI of ${JSON.stringify(name)} is an absolute URL`,
          observed: "the URL standard does not take it",
          evidence,
        });
        const { pathname, hash } = url;
        expect(ctx, pathname.endsWith(name) || hash.endsWith(name), {
          expected: `the URI's path, or its fragment, ends with ${
            JSON.stringify(name)
          }`,
          observed: `the path is ${JSON.stringify(pathname)}`,
          evidence,
        });
      }
    },
  },
  {
    id: "URI-5",
    clauses: [5, 4],
    level: "must",
    title: "the store's bucket and prefix are part of the URI",
    explain:
      "The same name in two places is two objects, so it has two URIs. If this fails, look whether the whole prefix goes into the URI, not only its last segment. Unverified where two places share a URI and the harness declares neither `reopen` nor an oracle, as the store may then have no prefix at all.",
    async run(ctx) {
      const name = ctx.name("one");
      const places = [
        {},
        { sibling: "b" },
        { segment: "inner" },
        { sibling: "b", segment: "inner" },
        { segment: "inner/inner" },
      ];
      const prefixes = new Map<string, string>();
      for (const [index, place] of places.entries()) {
        const store = index === 0 ? ctx.store : await ctx.open(place);
        const { prefix } = ctx.placeOf(place);
        const uri = await askUri(ctx, store, name);
        const other = prefixes.get(uri);
        if (other !== undefined) throw sharedUri(ctx, uri, [other, prefix]);
        prefixes.set(uri, prefix);
      }
      for (const [uri, prefix] of prefixes) checkPrefix(ctx, uri, prefix);
    },
  },
  {
    id: "URI-6",
    clauses: [5, 28],
    level: "should",
    title:
      "getUri() answers at once, also after close() and without the service",
    explain:
      "Logs are written after a store is closed, and when its service is out of reach. If this fails, look for the check for a closed store, which getUri() must not have, and for a request.",
    timeoutMs: 60_000,
    async run(ctx) {
      const name = ctx.name("closed");
      const before: unknown = await askUri(ctx, ctx.store, name);
      expectEqual(ctx, typeof before, "string", "the type of the URI");
      await checkOutOfReach(ctx, name, before);
      await ctx.store.close();
      expectEqual(
        ctx,
        await askUri(ctx, ctx.store, name),
        before,
        "the URI after close()",
      );
      const other = ctx.name("another");
      const after: unknown = await askUri(ctx, ctx.store, other);
      const type = `the type of the URI of another name after close()`;
      expectEqual(ctx, typeof after, "string", type);
    },
  },
  {
    id: "URI-7",
    clauses: [5],
    level: "must",
    title: "no secret is in a URI",
    explain:
      "URIs are logged. If this fails, look for credentials in the URI's user information or query.",
    needs: ["secrets"],
    async run(ctx) {
      const name = ctx.name("open");
      await ctx.given(name, ctx.bytes(53));
      const what = `getUri(${JSON.stringify(name)})`;
      expectNoSecret(ctx, what, await askUri(ctx, ctx.store, name));
    },
  },
  {
    id: "URI-8",
    inProcess: true,
    clauses: [5, 22],
    level: "should",
    title: "no secret shows in a store that is inspected",
    explain:
      "Stores are logged, too, and shown by debuggers and assertions. If this fails, keep credentials in #private fields.",
    needs: ["secrets"],
    async run(ctx) {
      await ctx.given(ctx.name("open"), ctx.bytes(53));
      const bare = ctx.bare(ctx.store);
      const inspected = globalThis.Deno?.inspect(bare, { depth: 8 }) ?? "";
      expectNoSecret(ctx, "the inspected store", inspected);
      expectNoSecret(ctx, "the store as a string", String(bare));
    },
  },
];

function expectNoSecret(ctx: CaseContext, what: string, text: string): void {
  // The secret itself is not told again.
  expect(ctx, !ctx.secrets.some((secret) => holdsSecret(text, secret)), {
    expected: `${what} holds no secret of the harness`,
    observed: "it holds one",
  });
}

/** A handle that has not talked to its service yet has to answer as well. */
async function checkOutOfReach(
  ctx: CaseContext,
  name: string,
  before: unknown,
): Promise<void> {
  if (ctx.wire === undefined) return;
  const fresh = await ctx.secondHandle();
  await disposeAfter(await ctx.wire.refuse(), async () => {
    for (const store of [ctx.store, fresh]) {
      const what = "the URI while the service is out of reach";
      expectEqual(ctx, await askUri(ctx, store, name), before, what);
      // What it has found out must not show in the next answer.
      await settle(store.getObjectSize(name));
      expectEqual(ctx, await askUri(ctx, store, name), before, what);
      const other: unknown = await askUri(
        ctx,
        store,
        ctx.name("unseen"),
      );
      expectEqual(ctx, typeof other, "string", `the type of ${what}`);
    }
  });
}

function sharedUri(
  ctx: CaseContext,
  uri: string,
  [one, other]: [string, string],
): Error {
  if (!ctx.has("reopen") && ctx.oracle === undefined) {
    return ctx.unverified(
      "the store gives one URI for two places, and the harness says with neither 'reopen' nor 'oracle' that it keeps them apart by a prefix",
    );
  }
  return ctx.fail({
    expected: "stores with different prefixes give one name different URIs",
    observed: `those with the prefixes "${one}" and "${other}" share one`,
    evidence: [{ title: "URI", lines: [uri] }],
  });
}

/** A harness may make a bucket's name of the prefix, so only its segments are looked for, in order. */
function checkPrefix(ctx: CaseContext, uri: string, prefix: string): void {
  let rest = uri.toLowerCase();
  for (const segment of prefix.toLowerCase().split("/")) {
    const at = rest.indexOf(segment);
    if (at === -1) {
      throw ctx.unverified(
        `the URI ${uri} does not show the prefix "${prefix}"; the harness may have made another of it`,
      );
    }
    rest = rest.slice(at + segment.length);
  }
}
