import { join } from "@std/path/join";
import { pathToFileURL } from "node:url";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import type { CaseContext } from "../../model/case.ts";
import { expect, settle } from "../../checks/expect.ts";
import { traceCalls } from "../../checks/trace.ts";
import { deleteObject, readBytes, writeObject } from "../shared/powers.ts";

/** ISO-4: the caller's options, frozen, before and after each operation. */
export async function checkOptions(ctx: CaseContext): Promise<void> {
  const name = ctx.name();
  const { signal } = new AbortController();
  const { callback } = traceCalls();
  const sizeOptions = [{}, { signal }];
  const uploadOptions = [{}, { signal, callback }];
  const downloadOptions = [{}, { signal, callback }, {
    overwrite: true,
    signal,
    callback,
  }, { overwrite: false }];
  let files = 0;
  for (const options of uploadOptions) {
    await checkSame(
      ctx,
      options,
      "uploadObject",
      (options) => ctx.upload(name, ctx.bytes(100), options),
    );
  }
  for (const options of sizeOptions) {
    await checkSame(
      ctx,
      options,
      "getObjectSize",
      (options) => ctx.store.getObjectSize(name, options),
    );
  }
  for (const options of downloadOptions) {
    await checkSame(
      ctx,
      options,
      "downloadObject",
      (options) => ctx.download(name, ctx.at(`file-${++files}`), options),
    );
  }
  const missing = `${name}-missing`;
  await checkSame(
    ctx,
    {},
    "a failing downloadObject",
    (options) => settle(ctx.download(missing, join(ctx.root, "no"), options)),
  );
  await checkPowers(ctx, name);
  const url = pathToFileURL(ctx.at("by-url"));
  const { href } = url;
  await ctx.store.downloadObject(name, url);
  expect(ctx, url.href === href, {
    expected: "the URL that was passed stays as it was",
    observed: `${href} is now ${url.href}`,
  });
}

/** The optional methods, as far as the store has them. */
async function checkPowers(ctx: CaseContext, name: string): Promise<void> {
  const { signal } = new AbortController();
  const { callback } = traceCalls();
  if (ctx.has("read")) {
    for (const options of [{}, { signal, offset: 3, length: 5 }]) {
      const call = (given: typeof options) => readBytes(ctx, name, given);
      await checkSame(ctx, options, "readObject", call);
    }
  }
  if (ctx.has("write")) {
    for (const options of [{}, { signal, callback, size: 100 }]) {
      const call = (given: typeof options) =>
        writeObject(ctx, name, ctx.bytes(100), given);
      await checkSame(ctx, options, "writeObject", call);
    }
  }
  if (ctx.has("list")) {
    const { store } = ctx;
    const call = (given: { signal: AbortSignal }) =>
      Array.fromAsync((store as ListableObjectStore).listObjects("", given));
    await checkSame(ctx, { signal }, "listObjects", call);
  }
  if (!ctx.has("delete")) return;
  const once = ctx.name("once");
  const call = (given: { signal: AbortSignal }) =>
    deleteObject(ctx, once, given);
  await checkSame(ctx, { signal }, "deleteObject", call);
}

async function checkSame<T extends object>(
  ctx: CaseContext,
  options: T,
  what: string,
  call: (options: T) => Promise<unknown>,
): Promise<void> {
  const copy = { ...options };
  const before = Reflect.ownKeys(copy);
  await call(copy);
  const after = Reflect.ownKeys(copy);
  const isSame = before.length === after.length &&
    before.every((key) =>
      Object.is(Reflect.get(copy, key), Reflect.get(options, key))
    );
  expect(ctx, isSame, {
    expected: `${what} leaves its options as they are`,
    observed: `keys ${before.map(String)} became ${
      after.map(String)
    }, or a value changed`,
  });
  const outcome = await settle(call(Object.freeze({ ...options })));
  expect(ctx, outcome.status === "fulfilled", {
    expected: `${what} works with frozen options`,
    observed: `it failed with ${(outcome as PromiseRejectedResult).reason}`,
  });
}
