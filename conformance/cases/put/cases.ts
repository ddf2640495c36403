import { utimes, writeFile } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { expectBytes, expectCode, expectEqual } from "../../checks/expect.ts";
import { putAlikeCases } from "./alike.ts";
import { putKindCases } from "./kinds.ts";
import { putRefusedCases } from "./refused.ts";
import { putSizelessCases } from "./sizeless.ts";
import { putSourceCases } from "./source.ts";
import { putWireCases } from "./wire.ts";
import { inOrder } from "../shared/in_order.ts";
import {
  contentGrid,
  partGrid,
  severalReports,
  sizeGrid,
} from "../shared/size_grid.ts";

const putCasesUnordered: readonly Case[] = [
  {
    id: "PUT-1",
    clauses: [8],
    level: "must",
    title: "an object has exactly the bytes of the source",
    explain:
      "If this fails at one size only, look at what happens where a buffer or a part ends; if it fails for some bytes only, look for a text mode or a decoder.",
    async run(ctx) {
      const grid = [...sizeGrid(ctx), ...contentGrid(ctx), ...partGrid(ctx)];
      for (const { what, bytes } of grid) {
        const name = ctx.name();
        await ctx.upload(name, bytes);
        await ctx.expectObject(name, bytes, what);
      }
    },
  },
  {
    id: "PUT-3",
    clauses: [8],
    level: "must",
    title: "an upload replaces what had the name, whole",
    explain:
      "If the size stays as it was, the old object is written over in place; if the bytes stay, look for a check by size or by the source's time, or for a cache.",
    async run(ctx) {
      const name = ctx.name("replaced");
      const sizes = [10_000, 3_001, 3_001, 0, 70_001, 1];
      for (const [salt, size] of sizes.entries()) {
        const bytes = ctx.bytes(size, salt);
        await ctx.upload(name, bytes);
        await ctx.expectObject(name, bytes, `upload ${salt + 1} to one name`);
      }
      await replaceAgain(ctx, name);
    },
  },
  {
    id: "PUT-8",
    clauses: [4, 8],
    level: "must",
    title: "a second handle sees an upload as soon as it has resolved",
    explain:
      "Handles opened on one place see the same objects, also after one has looked in vain. If this fails, look for a cache, for writing behind, or for objects kept in the instance.",
    capabilities: ["reopen"],
    async run(ctx) {
      const name = ctx.name("shared");
      const early = await ctx.open();
      const handles = [ctx.store, early, await ctx.open()];
      for (const [index, handle] of handles.entries()) {
        const what = `before the upload, through handle ${index + 1}: the size`;
        const asked = handle.getObjectSize(name);
        await expectCode(ctx, asked, "OBJECT_NOT_FOUND", what, { clause: 7 });
      }
      for (const [salt, size] of [40_001, 311, 90_007].entries()) {
        const bytes = ctx.bytes(size, salt);
        await ctx.upload(name, bytes, {}, handles[salt]);
        for (const [index, handle] of handles.entries()) {
          const what = `upload ${salt + 1}, through handle ${index + 1}`;
          const said = await handle.getObjectSize(name);
          expectEqual(ctx, said, bytes.length, `${what}: the size`);
          expectBytes(ctx, await ctx.fetch(name, handle), bytes, what);
        }
      }
      const late = await ctx.open();
      const last = ctx.bytes(90_007, 2);
      const what = "the last upload, through a handle opened afterwards";
      expectBytes(ctx, await ctx.fetch(name, late), last, what);
    },
  },
  {
    id: "PUT-11",
    clauses: [8, 9],
    level: "should",
    title: "a sparse source is stored whole, also by two uploads at once",
    explain:
      "Two uploads of one file have a position each. If this fails, look for a handle that they share, or for holes that are left out.",
    async run(ctx) {
      const bytes = sparseBytes(ctx);
      const source = await ctx.source(bytes);
      const names = [ctx.name("left"), ctx.name("right"), ctx.name("third")];
      await Promise.all(
        names.map((name) => ctx.store.uploadObject(name, source)),
      );
      for (const [index, name] of names.entries()) {
        const what = `upload ${index + 1} of one source`;
        await ctx.expectObject(name, bytes, what);
      }
    },
  },
];

/** The objects that `uploadObject` stores (clauses 8 and 9). */
export const putCases: readonly Case[] = inOrder(
  putCasesUnordered,
  putSourceCases,
  putRefusedCases,
  putWireCases,
  putSizelessCases,
  putAlikeCases,
  putKindCases,
);

/** Few bytes far apart. */
function sparseBytes(ctx: CaseContext): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(severalReports(ctx));
  const piece = ctx.bytes(1000, "piece").subarray(0, bytes.length);
  for (const part of [0, 0.5, 1]) {
    bytes.set(piece, Math.floor(part * (bytes.length - piece.length)));
  }
  return bytes;
}

/** A source that the store has seen before is uploaded again: unchanged, and with other bytes of the same size and time. */
async function replaceAgain(ctx: CaseContext, name: string): Promise<void> {
  const [first, second] = [ctx.bytes(2_003, "a"), ctx.bytes(2_003, "b")];
  const source = await ctx.source(first);
  const time = new Date(1_000_000_000_000);
  await utimes(source, time, time);
  await ctx.store.uploadObject(name, source);
  await ctx.upload(name, second);
  await ctx.store.uploadObject(name, source);
  await ctx.expectObject(name, first, "an unchanged source uploaded again");
  await writeFile(source, second);
  await utimes(source, time, time);
  await ctx.store.uploadObject(name, source);
  await ctx.expectObject(name, second, "a source of the same size and time");
}
