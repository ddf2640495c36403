import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { ListableObjectStore } from "../../../src/object_store.ts";
import type { CaseContext } from "../../model/case.ts";
import { expectCode, expectLocalError } from "../../checks/expect.ts";
import {
  callAll,
  expectInvalid,
  expectNotString,
} from "../../checks/invalid_names.ts";
import { expectNoRequests } from "../shared/wire.ts";
import { occupy } from "./provoke.ts";

/** ERR-6: uploads, downloads and asks for sizes where the bucket is missing. */
export async function checkMissingBucket(ctx: CaseContext): Promise<void> {
  const store = await ctx.openSpecial("openMissingBucket");
  const name = ctx.name();
  const code = "BUCKET_NOT_FOUND";
  const upload = ctx.upload(name, ctx.bytes(100), undefined, store);
  await expectCode(ctx, upload, code, "an upload to a missing bucket");
  const path = join(ctx.root, "no");
  const download = ctx.download(name, path, undefined, store);
  await expectCode(ctx, download, code, "a download from a missing bucket");
  if (ctx.has("list")) {
    const { listObjects } = store as ListableObjectStore;
    const listing = Array.fromAsync(listObjects.call(store));
    await expectCode(ctx, listing, code, "a listing of a missing bucket");
  }
  const error = await expectCode(
    ctx,
    store.getObjectSize(name),
    [code, "OBJECT_NOT_FOUND"],
    "getObjectSize in a missing bucket",
  );
  if ((error as { code?: unknown }).code === code) return;
  throw ctx.unverified(
    "getObjectSize says OBJECT_NOT_FOUND, which is right only where the service forbids to ask for the bucket",
  );
}

/** ERR-7: invalid names, first alone and then with a wrong local file besides. */
export async function checkInvalidNames(ctx: CaseContext): Promise<void> {
  const names = ["", "a\0b", "\udfff", "n".repeat(1025)];
  await expectNoRequests(ctx, "calls with invalid names", async () => {
    for (const name of names) await expectInvalid(ctx, name);
    for (const value of [null, 3, {}]) await expectNotString(ctx, value);
  }, { clause: 1 });

  const occupied = await occupy(ctx);
  const noSource = join(ctx.scratch, "not-there");
  for (const name of names) {
    for (const [method, call] of callAll(ctx.store, name, noSource, occupied)) {
      const what = `${method}() with an invalid name and a wrong local file`;
      const clause = 17;
      await expectCode(ctx, call(), "INVALID_OBJECT_NAME", what, { clause });
    }
  }
}

/** ERR-8: sources and destinations that the file system refuses. */
export async function checkLocalErrors(ctx: CaseContext): Promise<void> {
  const name = ctx.name();
  const bytes = ctx.bytes(1000);
  await ctx.given(name, bytes);
  const file = await occupy(ctx);
  const loop = join(ctx.scratch, "loop");
  await fs.symlink(loop, loop);
  const sources = [
    join(ctx.scratch, "not-there"),
    join(ctx.scratch, "not", "there"),
    join(file, "below-a-file"),
    loop,
    ctx.scratch,
  ];
  for (const source of sources) {
    for (const target of [name, ctx.name()]) {
      const upload = ctx.store.uploadObject(target, source);
      await expectLocalError(ctx, upload, `an upload from ${source}`);
    }
  }
  for (const overwrite of [false, true]) {
    const path = join(file, "below-a-file");
    const download = ctx.download(name, path, { overwrite });
    await expectLocalError(ctx, download, `a download to ${path}`);
  }
  await ctx.expectObject(name, bytes, "the object, after uploads that failed");
}
