import { rm } from "node:fs/promises";
import type { CaseContext } from "../../model/case.ts";
import { checkCode, expectBytes, settle } from "../../checks/expect.ts";
import { expectFile } from "../shared/expect_file.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { deleteObject, readObject, readOn, succeed } from "../shared/powers.ts";
import { BIG } from "../shared/transfers.ts";
import { expectHappened } from "../shared/earlier_failure.ts";

const CODES = ["TRANSIENT", "OBJECT_NOT_FOUND"];

/** DEL-7: an object is deleted from the callback of its download. */
export async function checkDuringDownload(ctx: CaseContext): Promise<void> {
  const { name, bytes } = await give(ctx);
  const path = ctx.at(ctx.name("file"));
  // A handle of its own: the download may hold the only connection of the other.
  const other = await ctx.secondHandle();
  let deleting: Promise<void> | undefined;
  const callback = async (done: number, total: number) => {
    if (done >= total) return;
    deleting ??= deleteObject(ctx, name, undefined, other);
    await settle(deleting);
  };
  const what = "a download whose object is deleted in the middle";
  const downloading = ctx.download(name, path, { callback });
  const outcome = await ctx.within(60_000, settle(downloading), what);
  if (outcome.status === "rejected") {
    return checkCode(ctx, outcome.reason, CODES, what);
  }
  await expectFile(ctx, path, bytes, what);
  await rm(path);
}

/** DEL-7: an object is deleted between two chunks of its stream, and before the first. */
export async function checkDuringRead(ctx: CaseContext): Promise<void> {
  const other = await ctx.secondHandle();
  for (const count of [0, 1]) {
    const { name, bytes } = await give(ctx);
    const what = `a stream whose object is deleted after ${count} chunks`;
    const reader = (await readObject(ctx, name)).stream.getReader();
    const came: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const { value } = await succeed(ctx, reader.read(), what);
      if (value) came.push(value);
    }
    await succeed(ctx, deleteObject(ctx, name, undefined, other), "the delete");
    const { bytes: rest, failure } = await readOn(ctx, reader, what);
    if (failure) checkCode(ctx, failure.error, CODES, what);
    else expectBytes(ctx, concatenate([...came, rest]), bytes, what);
  }
}

/** DEL-8: an object is deleted while another is uploaded to its name. */
export async function checkDuringUpload(ctx: CaseContext): Promise<void> {
  const other = await ctx.secondHandle();
  for (const when of ["first", "middle", "last"] as const) {
    for (const size of [3_001, BIG]) {
      const name = ctx.name("contested");
      const bytes = ctx.bytes(size, name);
      await ctx.given(name, ctx.bytes(99, "old"));
      let deleting: Promise<void> | undefined;
      const callback = async (done: number, total: number) => {
        if (when === "last" && done < total) return;
        if (when === "middle" && (done === 0 || done === total)) return;
        deleting ??= deleteObject(ctx, name, undefined, other);
        await settle(deleting);
      };
      const what = `an upload whose name is deleted in its ${when} call`;
      const uploading = ctx.upload(name, bytes, { callback });
      const outcome = await ctx.within(60_000, settle(uploading), what);
      const hasHappened = deleting !== undefined || when === "middle";
      expectHappened(ctx, { hasHappened, what, clause: 8, outcome });
      for (
        const each of [outcome, await settle(deleting ?? Promise.resolve())]
      ) {
        if (each.status === "rejected") {
          checkCode(ctx, each.reason, "TRANSIENT", what);
        }
      }
      const found = await settle(ctx.store.getObjectSize(name));
      const isGone = found.status === "rejected" || when === "last";
      if (isGone) await ctx.expectNoObject(name, what);
      else if (found.value !== 99) await ctx.expectObject(name, bytes, what);
    }
  }
}

async function give(
  ctx: CaseContext,
): Promise<{ name: string; bytes: Uint8Array }> {
  const name = ctx.name("deleted");
  const bytes = ctx.bytes(BIG, name);
  await ctx.given(name, bytes);
  return { name, bytes };
}
