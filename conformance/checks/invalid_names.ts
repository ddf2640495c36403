import type { CaseContext } from "../model/case.ts";
import { describeError } from "./error_chain.ts";
import { checkCode, errorChain, expectRejection } from "./expect.ts";
import type { ObjectStore } from "../../src/object_store.ts";

/** Calls of each method with one name; what a call throws comes as a rejection. */
export function callAll(
  store: ObjectStore,
  name: unknown,
  source: string,
  destination: string,
): [method: string, call: () => Promise<unknown>][] {
  const objectName = name as string;
  return [
    // A store in another language answers with a promise.
    ["getUri", async () => await store.getUri(objectName)],
    ["getObjectSize", async () => await store.getObjectSize(objectName)],
    [
      "uploadObject",
      async () => await store.uploadObject(objectName, source),
    ],
    [
      "downloadObject",
      async () => await store.downloadObject(objectName, destination),
    ],
  ];
}

/** Fails the case unless each method says that a name, which no store accepts, is invalid (clause 1). */
export async function expectInvalid(
  ctx: CaseContext,
  name: string,
): Promise<void> {
  for (const [method, call] of await callsOf(ctx, name)) {
    const what = `${method}() with ${show(name)} as the name`;
    const error = await expectRejection(ctx, call(), what, { clause: 1 });
    checkCode(ctx, error, "INVALID_OBJECT_NAME", what, { clause: 1 });
  }
}

/** Fails the case unless each method says TypeError to what is not a string (clause 1). */
export async function expectNotString(
  ctx: CaseContext,
  value: unknown,
): Promise<void> {
  for (const [method, call] of await callsOf(ctx, value)) {
    const what = `${method}() with ${describe(value)} as the name`;
    const error = await expectRejection(ctx, call(), what, { clause: 1 });
    if (error instanceof TypeError) continue;
    throw ctx.fail({
      expected: `${what} fails with a TypeError`,
      observed: `it failed with ${describeError(error)[0]}`,
      clause: 1,
      evidence: [errorChain(error)],
    });
  }
}

async function callsOf(
  ctx: CaseContext,
  name: unknown,
): Promise<ReturnType<typeof callAll>> {
  // Both sides are fine, so that the name alone is wrong.
  const source = await ctx.source(ctx.bytes(10));
  return callAll(ctx.store, name, source, `${ctx.root}/never`);
}

function show(name: string): string {
  return name.length > 40
    ? `${name.length} characters`
    : JSON.stringify(name.toWellFormed());
}

function describe(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}
