import { readdir } from "node:fs/promises";
import { join } from "@std/path/join";
import type { CaseContext } from "../../model/case.ts";
import { settle } from "../../checks/expect.ts";
import { readBytes, readObject } from "../shared/powers.ts";

/** An object that a case has uploaded. */
export interface GivenObject {
  /** Its name. */
  name: string;
  /** Its bytes. */
  bytes: Uint8Array;
}

/** Uploads so many objects of different lengths at once. */
export async function givenObjects(
  ctx: CaseContext,
  count: number,
  size: number,
): Promise<GivenObject[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const name = ctx.name();
      const bytes = ctx.bytes(size + 101 * i, `${size} ${i}`);
      await ctx.given(name, bytes);
      return { name, bytes };
    }),
  );
}

/**
 * A download that fails in its last call, or is aborted there, now and then some turns later.
 *
 * @param before What its last call awaits first.
 */
export function failingDownload(
  ctx: CaseContext,
  name: string,
  directory: string,
  round: number,
  before: () => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  return ctx.download(name, join(ctx.root, directory, "bad"), {
    signal: controller.signal,
    async callback(bytes, total) {
      if (bytes < total) return;
      await before();
      for (let i = 0; i < round % 5; i++) await Promise.resolve();
      if (round % 3 === 0) controller.abort("on the last call");
      throw new Error("thrown by the callback");
    },
  });
}

/** Uploads, sizes and downloads of many small objects, eight at a time, with failures among them. */
export async function smallObjects(
  ctx: CaseContext,
  from: number,
  to: number,
): Promise<void> {
  const bytes = ctx.bytes(1_009);
  const sources = [await ctx.source(bytes), await ctx.source(ctx.bytes(0))];
  const callback = () => {
    throw new Error("thrown by the callback");
  };
  let next = from;
  async function work(): Promise<void> {
    while (next < to) {
      const i = next++;
      const name = ctx.name();
      const path = ctx.at("many", `${i}`);
      // Every fourth is empty, which stores often treat on a way of its own.
      await ctx.store.uploadObject(name, sources[i % 4 === 3 ? 1 : 0]!);
      await ctx.store.getObjectSize(name);
      await ctx.store.downloadObject(name, path);
      if (ctx.has("read")) await readInPart(ctx, name, i);
      await settle(ctx.store.downloadObject(name, path));
      await settle(
        ctx.store.downloadObject(name, path, { overwrite: true, callback }),
      );
      await settle(
        i % 2 ? abortedUpload(ctx, name, sources[0]!) : ctx.store
          .uploadObject(name, sources[0]!, { callback }),
      );
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
}

/** An upload that is aborted as soon as it has begun. */
function abortedUpload(
  ctx: CaseContext,
  name: string,
  source: string,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const uploading = ctx.store.uploadObject(name, source, { signal });
  setTimeout(() => controller.abort("aborted under way"), 0);
  return uploading;
}

/** Reads a piece of an object, or cancels its stream before or after the first chunk. */
async function readInPart(
  ctx: CaseContext,
  name: string,
  round: number,
): Promise<void> {
  if (round % 3 === 0) {
    await readBytes(ctx, name, { offset: 5, length: 7 });
    return;
  }
  const { stream } = await readObject(ctx, name);
  const reader = stream.getReader();
  if (round % 3 === 1) await reader.read();
  await reader.cancel();
}

/** Counts how many files this process has open, where the system tells. */
export async function countOpenFiles(
  { storePid = "self" }: { storePid: number | "self" | undefined },
): Promise<number | undefined> {
  try {
    return (await readdir(`/proc/${storePid}/fd`)).length;
  } catch {
    return undefined;
  }
}
