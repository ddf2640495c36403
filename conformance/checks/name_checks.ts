import type { CaseContext } from "../model/case.ts";
import { isStoreError } from "./error_chain.ts";
import {
  blameFound,
  checkCode,
  errorChain,
  expectBytes,
  expectCode,
  expectEqual,
  firstDifference,
  isDamaged,
  settle,
} from "./expect.ts";
import type { ObjectStore } from "../../src/object_store.ts";

/** The objects of {@linkcode uploadNames}. */
export interface NamedObjects {
  /** The names that the store has taken, each with its bytes. */
  readonly kept: Map<string, Uint8Array<ArrayBuffer>>;
  /** The names that it has refused, as it may. */
  readonly refused: string[];
}

/** Options of {@linkcode uploadNames}. */
export interface NameOptions {
  /** The store. @default The case's own. */
  store?: ObjectStore;
  /** A name for which the harness's word does not count, as it may be too long together with the store's prefix. */
  isDoubtful?(name: string): boolean;
  /** True to look for each name before it is uploaded, when those before it are there: a read may find one of them in its place. @default false */
  looksBefore?: boolean;
}

/**
 * Uploads different bytes under each name, in this order. Fails the case if
 * the store refuses one that it has to keep, keeps one that the harness says
 * it refuses, or refuses one with the wrong error (clause 2).
 */
export async function uploadNames(
  ctx: CaseContext,
  names: readonly string[],
  { store = ctx.store, isDoubtful = () => false, looksBefore = false }:
    NameOptions = {},
): Promise<NamedObjects> {
  const objects: NamedObjects = { kept: new Map(), refused: [] };
  for (const [index, name] of names.entries()) {
    if (looksBefore) await expectNotYet(ctx, name, store);
    const bytes = ctx.bytes(64 + index, name);
    const outcome = await settle(ctx.upload(name, bytes, undefined, store));
    const word = isDoubtful(name) ? "either" : ctx.expectName(name);
    if (outcome.status === "rejected") {
      checkRefusal(ctx, name, outcome.reason, word, objects);
      objects.refused.push(name);
      continue;
    }
    if (word === "refuses") {
      throw ctx.fail({
        expected: `${JSON.stringify(name)} is refused, as the harness says`,
        observed: "it was kept",
        clause: 2,
      });
    }
    objects.kept.set(name, bytes);
  }
  return objects;
}

/**
 * Uploads as {@linkcode uploadNames} does, and fails the case unless every name
 * that was kept holds its own bytes then and no other, and those that were
 * refused hold nothing.
 */
export async function expectNamesApart(
  ctx: CaseContext,
  names: readonly string[],
  options: NameOptions = {},
): Promise<NamedObjects> {
  const objects = await uploadNames(ctx, names, options);
  await expectNamed(ctx, objects, options.store);
  return objects;
}

/** Fails the case unless objects are still as they were uploaded, and refused names hold nothing. */
export async function expectNamed(
  ctx: CaseContext,
  { kept, refused }: NamedObjects,
  store: ObjectStore = ctx.store,
): Promise<void> {
  for (const [name, bytes] of kept) {
    const what = `the object ${JSON.stringify(name)}`;
    const size = await settle(store.getObjectSize(name));
    if (size.status === "rejected") {
      throw ctx.fail({
        expected: `${what} is found under the name it was uploaded with`,
        observed: "getObjectSize rejected",
        // Another failure says nothing about the name.
        clause: isNoSuchName(size.reason) ? 2 : 6,
        evidence: [errorChain(size.reason)],
      });
    }
    const found = await ctx.fetch(name, store);
    const isOther = firstDifference(found, bytes) !== undefined &&
      !isDamaged(found, bytes);
    const options = isOther
      ? { clause: 2, hint: "another name may have become this one" }
      : { clause: 8 };
    if (size.value === found.length) {
      expectBytes(ctx, found, bytes, what, options);
    }
    expectEqual(ctx, size.value, bytes.length, `the size of ${what}`, {
      ...options,
      clause: isOther ? 2 : 6,
    });
    expectBytes(ctx, found, bytes, what, options);
  }
  for (const name of refused) {
    await expectCode(
      ctx,
      store.getObjectSize(name),
      NOT_THERE,
      `getObjectSize of the refused name ${JSON.stringify(name)}`,
      { clause: 2 },
    );
  }
}

/** Codes of a read of a name that no object has. */
const NOT_THERE = [
  "INVALID_OBJECT_NAME",
  "OBJECT_NOT_FOUND",
  "OBJECT_NAME_CONFLICT",
];

/** Fails the case if a name that nobody has uploaded is found all the same: as another one. */
async function expectNotYet(
  ctx: CaseContext,
  name: string,
  store: ObjectStore,
): Promise<void> {
  const path = ctx.at(ctx.name("not-there"));
  const shown = JSON.stringify(name);
  for (
    const [what, call] of [
      ["getObjectSize", () => store.getObjectSize(name)],
      ["a read", () => store.downloadObject(name, path)],
    ] as const
  ) {
    const outcome = await settle<unknown>(call());
    if (outcome.status === "fulfilled") {
      throw ctx.fail({
        expected: `${shown}, never uploaded, is not found or refused`,
        observed: `${what} fulfilled`,
        hint: "the name may have become another one, that of an object",
        ...await blameFound(ctx),
      });
    }
    checkCode(ctx, outcome.reason, NOT_THERE, `${what} of ${shown}`, {
      clause: 7,
    });
  }
}

function isNoSuchName(error: unknown): boolean {
  return isStoreError(error) &&
    ["OBJECT_NOT_FOUND", "INVALID_OBJECT_NAME"].includes(error.code);
}

function checkRefusal(
  ctx: CaseContext,
  name: string,
  error: unknown,
  word: "keeps" | "refuses" | "either",
  { kept }: NamedObjects,
): void {
  if (
    !ctx.has("flat") && isStoreError(error) &&
    error.code === "OBJECT_NAME_CONFLICT" && conflicts(name, [...kept.keys()])
  ) return;
  const what = `the upload of the name ${JSON.stringify(name)}`;
  if (word === "keeps") {
    throw ctx.fail({
      expected: `${what} succeeds`,
      observed: "it was refused",
      clause: 2,
      evidence: [errorChain(error)],
    });
  }
  checkCode(ctx, error, "INVALID_OBJECT_NAME", what, { clause: 2 });
}

/** Tells whether one of the names is a directory of the other, where names are paths. */
function conflicts(name: string, others: readonly string[]): boolean {
  return others.some((other) =>
    name.startsWith(`${other}/`) || other.startsWith(`${name}/`)
  );
}
