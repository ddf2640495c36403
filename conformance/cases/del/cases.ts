import type { Case, CaseContext } from "../../model/case.ts";
import {
  errorChain,
  expect,
  expectBytes,
  expectCode,
  settle,
} from "../../checks/expect.ts";
import { HOSTILE_NAMES } from "../../checks/hostile_names.ts";
import {
  expectNamed,
  type NamedObjects,
  uploadNames,
} from "../../checks/name_checks.ts";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import { countListeners } from "../shared/count_listeners.ts";
import { inOrder } from "../shared/in_order.ts";
import { deleteObject, readObject, succeed } from "../shared/powers.ts";
import { expectRefusals } from "../shared/refused_calls.ts";
import { turn } from "../shared/transfers.ts";
import {
  checkDuringDownload,
  checkDuringRead,
  checkDuringUpload,
} from "./meanwhile.ts";
import { delWireCases } from "./wire.ts";

const delOwnCases: readonly Case[] = [{
  id: "DEL-1",
  clauses: [34],
  level: "must",
  capabilities: ["delete"],
  timeoutMs: 60_000,
  title: "a deleted object is gone, and its name can be used again",
  explain:
    "Size, download, read and listing no longer know it, from any handle, as soon as the promise has resolved; an upload of the name makes a new object, at once, and by another handle, too. Check what a handle remembers.",
  async run(ctx) {
    for (const size of [0, 5_003, 300_007]) {
      const name = ctx.name("gone");
      await ctx.given(name, ctx.bytes(size, "first"));
      // What is remembered of it has to be forgotten.
      await ctx.store.getObjectSize(name);
      await deleteObject(ctx, name);
      await expectGone(ctx, name, "it was deleted");
      const bytes = ctx.bytes(size + 77, "second");
      await ctx.given(name, bytes);
      await ctx.expectObject(name, bytes, "it was uploaded after a delete");
      await deleteObject(ctx, name, undefined, await ctx.secondHandle());
      await expectGone(ctx, name, "another handle has deleted it");
    }
    await checkUsedByAnother(ctx);
  },
}, {
  id: "DEL-2",
  clauses: [34],
  level: "must",
  capabilities: ["delete"],
  title: "where there is nothing, a delete resolves and touches nothing",
  explain:
    "A name that nothing has, one that was deleted before, and a mere directory of other objects: all resolve, and the other objects stay. Services answer 204 or 404; both mean that it is gone.",
  async run(ctx) {
    const parent = ctx.name("parent");
    const below = `${parent}/below`;
    const bytes = ctx.bytes(1_021);
    await ctx.given(below, bytes);
    const once = ctx.name("once");
    await ctx.given(once, ctx.bytes(99));
    for (
      const name of [ctx.name("never"), once, once, parent, `${below}/more`]
    ) {
      const what = `deleteObject(${name})`;
      await succeed(ctx, deleteObject(ctx, name), what);
      await expectGone(ctx, name, "it was deleted");
    }
    await ctx.expectObject(below, bytes, "other names were deleted");
  },
}, {
  id: "DEL-3",
  clauses: [34, 3],
  level: "must",
  capabilities: ["delete", "flat"],
  title: "`a` and `a/b` are deleted one without the other",
  explain:
    "In both orders, and three levels deep. A store on directories must not take away what stands below, nor leave an `a` that is gone for a directory.",
  async run(ctx) {
    const top = ctx.name("a");
    const names = [top, `${top}/b`, `${top}/b/c`, `${top}b`, `${top}/bb`];
    for (const deleted of names) {
      const others = new Map<string, Uint8Array>();
      for (const name of names) {
        const bytes = ctx.bytes(200 + name.length, `${name} ${deleted}`);
        await ctx.given(name, bytes);
        if (name !== deleted) others.set(name, bytes);
      }
      await deleteObject(ctx, deleted);
      await expectGone(ctx, deleted, "it was deleted");
      for (const [name, bytes] of others) {
        await ctx.expectObject(name, bytes, `${deleted} was deleted`);
      }
    }
  },
}, {
  id: "DEL-4",
  clauses: [4, 34],
  level: "must",
  capabilities: ["delete"],
  title: "a store deletes nothing of another prefix",
  explain:
    "The same name in a store beside it, whose prefix begins alike, stays; and the store's own prefix is no name in it.",
  async run(ctx) {
    const beside = await ctx.open({ sibling: "b" });
    const name = ctx.name("same");
    const bytes = ctx.bytes(403, "beside");
    await ctx.given(name, ctx.bytes(401));
    await ctx.given(name, bytes, beside);
    await deleteObject(ctx, name);
    await expectGone(ctx, name, "it was deleted");
    const own = ctx.place.prefix.split("/").at(-1) ?? "";
    await succeed(ctx, deleteObject(ctx, own), "a delete of the own prefix");
    const found = await ctx.fetch(name, beside);
    expectBytes(ctx, found, bytes, "the object of the store beside it");
  },
}, {
  id: "DEL-5",
  clauses: [17, 21, 34],
  level: "must",
  capabilities: ["delete"],
  title: "what is refused deletes nothing, and no listener is left",
  explain:
    "Names, a closed store and an aborted signal are as for every method, before any I/O: the object stays. An abort after success does nothing.",
  async run(ctx) {
    await expectRefusals(
      ctx,
      "deleteObject",
      (name, options, store) => deleteObject(ctx, name, options, store),
    );
    const name = ctx.name();
    const bytes = ctx.bytes(997);
    await ctx.given(name, bytes);
    const signal = AbortSignal.abort("aborted already");
    await settle(deleteObject(ctx, name, { signal }));
    await ctx.expectObject(name, bytes, "its delete was aborted before");
    const lasting = new AbortController();
    const listeners = countListeners(lasting.signal);
    for (let i = 0; i < 20; i++) {
      await deleteObject(ctx, name, { signal: lasting.signal });
    }
    for (let i = 0; i < 100 && listeners.count() > 0; i++) await turn(2);
    expect(ctx, listeners.count() === 0, {
      expected: "no listener is left on the signal after 20 deletes",
      observed: `${listeners.count()} are`,
      clause: 21,
    });
  },
}, {
  id: "DEL-6",
  clauses: [34, 2],
  level: "must",
  capabilities: ["delete"],
  timeoutMs: 180_000,
  title: "odd names are deleted exactly, each and no other",
  explain:
    "Names that one decoding, folding or normalising too many makes equal: every second one is deleted, and the others are as they were. A name that the store refuses is refused, or resolves as one that nothing has.",
  run: checkOddNames,
}, {
  id: "DEL-7",
  clauses: [34, 15],
  level: "must",
  capabilities: ["delete"],
  timeoutMs: 120_000,
  title: "an object that is deleted while it is read: whole, or an error",
  explain:
    "A download, and a stream where there are some, whose object is deleted in the middle: the old bytes, or TRANSIENT, or OBJECT_NOT_FOUND; never a part of them as if it were all.",
  async run(ctx) {
    await checkDuringDownload(ctx);
    if (ctx.has("read")) await checkDuringRead(ctx);
  },
}, {
  id: "DEL-8",
  clauses: [34, 8, 29],
  level: "must",
  capabilities: ["delete"],
  timeoutMs: 60_000,
  title: "a delete while the name is uploaded: whole or none",
  explain:
    "A delete begins in an upload's callback: in its first call, in the middle, and in its last. Both resolve (or one is TRANSIENT, as they are in each other's way). The object is the new one, whole, or there is none; none if the delete began when the object was stored.",
  run: checkDuringUpload,
}];

/** Fails the case unless nobody finds an object any more. */
export async function expectGone(
  ctx: CaseContext,
  name: string,
  what: string,
): Promise<void> {
  await ctx.expectNoObject(name, what);
  const second = await ctx.secondHandle();
  await expectCode(
    ctx,
    second.getObjectSize(name),
    "OBJECT_NOT_FOUND",
    `getObjectSize(${name}) on a second handle, when ${what}`,
  );
  if (ctx.has("read")) {
    const reading = readObject(ctx, name);
    await expectCode(ctx, reading, "OBJECT_NOT_FOUND", `readObject(${name})`);
  }
  if (!ctx.has("list")) return;
  const names = await Array.fromAsync(
    (ctx.store as ListableObjectStore).listObjects(name),
  );
  expect(ctx, !names.includes(name), {
    expected: `${what}: it is not listed`,
    observed: "it is",
  });
}

/** Of a name that one handle deletes and another uploads at once: from then on it is there for both. */
async function checkUsedByAnother(ctx: CaseContext): Promise<void> {
  const second = await ctx.secondHandle();
  const bytes = ctx.bytes(1_013, "used by another");
  const source = await ctx.source(bytes);
  const ways: [string, (name: string) => Promise<unknown>][] = [
    ["getObjectSize", (name) => ctx.store.getObjectSize(name)],
    ["a download", (name) => ctx.store.downloadObject(name, ctx.at(name))],
  ];
  if (ctx.has("read")) {
    ways.push(["a read", async (name) => {
      return await (await readObject(ctx, name)).bytes();
    }]);
  }
  for (const [what, look] of ways) {
    const name = ctx.name("used-again");
    await ctx.store.uploadObject(name, source);
    await deleteObject(ctx, name);
    await second.uploadObject(name, source);
    const outcome = await settle(look(name));
    expect(ctx, outcome.status === "fulfilled", {
      expected:
        `${what} finds what another handle has uploaded after this one's delete`,
      observed: "it rejected",
      clause: 4,
      evidence: [errorChain((outcome as { reason?: unknown }).reason)],
    });
  }
}

async function checkOddNames(ctx: CaseContext): Promise<void> {
  const { kept, refused } = await uploadNames(ctx, HOSTILE_NAMES);
  const left: NamedObjects = { kept: new Map(), refused: [] };
  let index = 0;
  for (const [name, bytes] of kept) {
    const what = `deleteObject(${JSON.stringify(name)})`;
    if (index++ % 2 === 0) await succeed(ctx, deleteObject(ctx, name), what);
    else left.kept.set(name, bytes);
  }
  for (const name of refused) {
    const what = `deleteObject(${JSON.stringify(name)}), a refused name`;
    const outcome = await settle(deleteObject(ctx, name));
    if (outcome.status === "fulfilled") continue;
    const codes = ["INVALID_OBJECT_NAME", "OBJECT_NAME_CONFLICT"];
    await expectCode(ctx, Promise.reject(outcome.reason), codes, what, {
      clause: 2,
    });
  }
  for (const name of kept.keys()) {
    if (left.kept.has(name)) continue;
    const what = `getObjectSize(${JSON.stringify(name)}), which was deleted`;
    const asking = ctx.store.getObjectSize(name);
    await expectCode(ctx, asking, "OBJECT_NOT_FOUND", what);
  }
  await expectNamed(ctx, left);
}

/** Group DEL: removing objects. */
export const delCases: readonly Case[] = inOrder(delOwnCases, delWireCases);
