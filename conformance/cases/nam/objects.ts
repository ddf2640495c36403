import { askUri } from "../../checks/ask_uri.ts";
import * as fs from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import {
  expect,
  expectCode,
  expectEqual,
  firstDifference,
  settle,
} from "../../checks/expect.ts";
import { TEMPORARY_NAMES } from "../../checks/hostile_names.ts";
import {
  expectNamed,
  expectNamesApart,
  uploadNames,
} from "../../checks/name_checks.ts";
import { expectTrace, traceCalls } from "../../checks/trace.ts";

/** NAM-9: two names of which one is a directory of the other, where names are paths. */
export async function checkPair(
  ctx: CaseContext,
  first: string,
  second: string,
): Promise<void> {
  const bytes = ctx.bytes(321, first);
  const more = ctx.bytes(123, second);
  await ctx.given(first, bytes);
  if (ctx.has("flat")) {
    await ctx.given(second, more);
    await ctx.expectObject(first, bytes, "the first of the two");
    await ctx.expectObject(second, more, "the second of the two");
    await replaceEach(ctx, { first, second });
    return;
  }
  const upload = ctx.upload(second, more);
  const outcome = await settle(upload);
  if (outcome.status === "fulfilled") {
    await ctx.expectObject(first, bytes, "the first of the two");
    await ctx.expectObject(second, more, "the second of the two");
    throw ctx.unverified("keeps both although it does not declare flat");
  }
  const what = `the upload of ${second} beside ${first}`;
  await expectCode(ctx, upload, "OBJECT_NAME_CONFLICT", what);
  await ctx.expectObject(
    first,
    bytes,
    "the first, after the second was refused",
  );
  await expectCode(
    ctx,
    ctx.store.getObjectSize(second),
    ["OBJECT_NOT_FOUND", "OBJECT_NAME_CONFLICT"],
    "getObjectSize of the second, which was refused,",
  );
}

/** Each of a pair is replaced, the other stays. */
async function replaceEach(
  ctx: CaseContext,
  { first, second }: { first: string; second: string },
): Promise<void> {
  const bytes = ctx.bytes(322, `${first} again`);
  const more = ctx.bytes(124, `${second} again`);
  await ctx.given(first, bytes);
  const old = ctx.bytes(123, second);
  await ctx.expectObject(
    second,
    old,
    "the second, after the first was replaced",
  );
  await ctx.given(second, more);
  await ctx.expectObject(first, bytes, "the first, after both were replaced");
  await ctx.expectObject(second, more, "the second, after both were replaced");
}

/** NAM-13: objects named like leftovers stay as they are while their neighbour is replaced. */
export async function checkTemporaryNames(ctx: CaseContext): Promise<void> {
  const names = new Set(TEMPORARY_NAMES);
  const bytes = ctx.bytes(4321, "first");
  await ctx.given("a", bytes);
  // What the store itself has made besides, if one can see it.
  for (const name of await ctx.oracle?.list(ctx.place) ?? []) {
    if (name !== "a" && ctx.expectName(name) === "keeps") names.add(name);
  }
  const objects = await uploadNames(ctx, [...names]);
  await ctx.expectObject("a", bytes, "the object beside them");
  const longer = ctx.bytes(9876, "second");
  await ctx.given("a", longer);
  await ctx.expectObject("a", longer, "the object beside them, overwritten");
  await expectNamed(ctx, objects);
}

/** NAM-14: names made of the place's prefix and the object's URI. */
export async function checkPlaceAsName(ctx: CaseContext): Promise<void> {
  const { prefix } = ctx.place;
  const uri = await askUri(ctx, ctx.store, "x");
  const path = URL.canParse(uri) ? new URL(uri).pathname : `/${prefix}/x`;
  const candidates = [
    `${prefix}/x`,
    `${prefix.split("/").at(-1)}/x`,
    uri,
    path,
    path.slice(1),
  ];
  // A URI need not have a path.
  const names = new Set(candidates.filter((name) => name.length > 1));
  await ctx.given("x", ctx.bytes(77, "x"));
  for (const name of names) {
    const codes = ["OBJECT_NOT_FOUND"];
    if (ctx.expectName(name) !== "keeps") codes.push("INVALID_OBJECT_NAME");
    const what = `getObjectSize(${JSON.stringify(name)}), never uploaded,`;
    await expectCode(ctx, ctx.store.getObjectSize(name), codes, what);
  }
  await expectNamesApart(ctx, [...names], {
    isDoubtful: (name) => name.length > 512,
  });
  await ctx.expectObject("x", ctx.bytes(77, "x"), "the object named x");
}

/** NAM-15: an empty object, alone and in turn with others. */
export async function checkEmptyObject(ctx: CaseContext): Promise<void> {
  const name = ctx.name("empty");
  const empty = ctx.bytes(0);
  const up = traceCalls();
  await ctx.upload(name, empty, { callback: up.callback });
  expectTrace(ctx, up, 0, "the upload of an empty object");
  await ctx.expectObject(name, empty, "an empty object");
  const down = traceCalls();
  const path = ctx.at("empty");
  await ctx.download(name, path, { callback: down.callback });
  expectTrace(ctx, down, 0, "the download of an empty object");
  expectEqual(ctx, (await fs.stat(path)).size, 0, "the size of the file");

  const full = ctx.bytes(5000, "full");
  for (const bytes of [full, empty, ctx.bytes(3, "short"), empty]) {
    await ctx.given(name, bytes);
    await ctx.expectObject(
      name,
      bytes,
      `${bytes.length} bytes over another size`,
    );
    await ctx.download(name, path, { overwrite: true });
    const read = new Uint8Array(await fs.readFile(path));
    expect(ctx, firstDifference(read, bytes) === undefined, {
      expected: `the file is replaced by one of ${bytes.length} bytes`,
      observed: `it has ${read.length}`,
      clause: 12,
    });
  }
}
