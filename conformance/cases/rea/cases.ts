import { writeFile } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import { HOSTILE_NAMES } from "../../checks/hostile_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { expectBytes, expectCode, expectEqual } from "../../checks/expect.ts";
import { contentGrid, severalReports, sizeGrid } from "../shared/size_grid.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { collect, readBytes, readObject, succeed } from "../shared/powers.ts";
import { reaEndCases } from "./ends.ts";
import { reaRangeCases } from "./ranges.ts";
import { checkReplaced } from "./replaced.ts";
import { reaAnswerCases } from "./answers.ts";
import { reaWireCases } from "./wire.ts";
import { expectTypeError } from "../shared/refused_calls.ts";
import { inOrder } from "../shared/in_order.ts";

const reaOwnCases: readonly Case[] = [{
  id: "REA-1",
  clauses: [31],
  level: "must",
  capabilities: ["read"],
  title: "a stream has exactly the object's bytes, and tells its size",
  explain:
    "Sizes around the ends of buffers, and bytes that a decoder would change: as a stream, as the body of a Response, and with bytes(). The chunks are put together at the end: one that is used again for the next bytes shows.",
  timeoutMs: 60_000,
  run: checkExact,
}, {
  id: "REA-4",
  clauses: [31, 7],
  level: "must",
  capabilities: ["read"],
  title: "a missing object is told before there is a stream",
  explain:
    "readObject itself rejects with OBJECT_NOT_FOUND, also for a mere directory of other objects and for a range of no bytes: who answers an HTTP request needs the status before the body.",
  async run(ctx) {
    const parent = ctx.name("parent");
    await ctx.given(`${parent}/below`, ctx.bytes(99));
    const options = [undefined, { offset: 5 }, { length: 0 }, { offset: 1e6 }];
    for (const name of [ctx.name(), parent, `${parent}/below/it`]) {
      for (const range of options) {
        const what = `readObject(${name}, ${JSON.stringify(range) ?? ""})`;
        const reading = readObject(ctx, name, range);
        await expectCode(ctx, reading, "OBJECT_NOT_FOUND", what);
      }
    }
  },
}, {
  id: "REA-5",
  clauses: [31],
  level: "must",
  capabilities: ["read"],
  inProcess: true,
  title: "the bytes can be had once",
  explain:
    "bytes() and text() reject with a TypeError when the stream has been read, in part or to its end, or cancelled, and when one of them was called before: otherwise they give what is left as if it were the object.",
  run: checkOnce,
}, {
  id: "REA-6",
  clauses: [31, 15],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 120_000,
  title: "an object that is replaced while it is read: one version",
  explain:
    "It is replaced between readObject and the first byte, and in the middle of the stream, by one of the same size, a shorter and a longer one. The stream has the old bytes, or the new ones with their size, or errors as TRANSIENT. Tie each further request to the version of the first (If-Match).",
  run: checkReplaced,
}, {
  id: "REA-10",
  clauses: [29, 31],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 60_000,
  title: "many readers of one object do not disturb each other",
  explain:
    "Six streams of one object and of its ranges are read in turns; one is cancelled and one aborted on the way. The others are exact. Check for a position, a buffer or a signal that they share.",
  run: checkSideBySide,
}, {
  id: "REA-11",
  clauses: [31, 29],
  level: "must",
  capabilities: ["read"],
  inProcess: true,
  title: "a chunk belongs to its reader",
  explain:
    "Who reads may change a chunk, or give its buffer to a worker, at once: neither the rest of the stream nor the object changes by it. Give away copies of what the store keeps.",
  run: checkChunks,
}, {
  id: "REA-20",
  clauses: [4, 31],
  level: "must",
  capabilities: ["read", "reopen"],
  title: "what another handle has stored is read, whatever was read before",
  explain:
    "A handle that has found nothing, or other bytes of the same size, reads what is there now, whole and in part, with bytes() and as a stream. If this fails, look for bytes, a size or a miss that is remembered.",
  run: checkRemembered,
}, {
  id: "REA-21",
  clauses: [2, 31],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 180_000,
  title: "what has an odd name is read by it, and by no other",
  explain:
    "The names of group NAM, each with other bytes, come back by readObject as by a download. If this fails and NAM-7 does not, readObject has a way of its own from a name to the object: look for trimming, decoding or a URL that is put together there.",
  async run(ctx) {
    const store: ObjectStore = {
      ...ctx.store,
      downloadObject: async (name, filename) =>
        await writeFile(filename, await readBytes(ctx, name)),
    };
    await expectNamesApart(ctx, HOSTILE_NAMES, { store, looksBefore: true });
  },
}];

async function checkExact(ctx: CaseContext): Promise<void> {
  for (const { what, bytes } of [...sizeGrid(ctx), ...contentGrid(ctx)]) {
    const name = ctx.name();
    await ctx.given(name, bytes);
    const content = await readObject(ctx, name);
    expectEqual(ctx, content.size, bytes.length, `the size of ${what}`);
    const found = await collect(ctx, content.stream.getReader(), what);
    expectBytes(ctx, found, bytes, `the stream of ${what}`);
    const answer = new Response((await readObject(ctx, name)).stream);
    const body = new Uint8Array(
      await succeed(ctx, answer.arrayBuffer(), `the body of ${what}`),
    );
    expectBytes(ctx, body, bytes, `a Response with ${what}`);
    const again = await readObject(ctx, name);
    const whole = await succeed(ctx, again.bytes(), `bytes() of ${what}`);
    expectBytes(ctx, whole, bytes, `bytes() of ${what}`);
  }
  await checkTexts(ctx);
}

async function checkRemembered(ctx: CaseContext): Promise<void> {
  const other = await ctx.open();
  for (const size of [613, severalReports(ctx)]) {
    const name = ctx.name("read");
    const missing = `readObject(${name}) before there is an object`;
    await expectCode(ctx, readObject(ctx, name), "OBJECT_NOT_FOUND", missing);
    for (const time of ["first", "second", "third"]) {
      const bytes = ctx.bytes(size, time);
      await ctx.given(name, bytes, other);
      const what = `of the ${time} ${bytes.length} bytes of another handle`;
      const content = await readObject(ctx, name);
      const whole = await succeed(ctx, content.bytes(), `bytes() ${what}`);
      expectBytes(ctx, whole, bytes, `bytes() ${what}`);
      expectBytes(ctx, await readBytes(ctx, name), bytes, `a stream ${what}`);
      const range = { offset: 17, length: 311 };
      const some = bytes.subarray(17, 17 + 311);
      const found = await readBytes(ctx, name, range);
      expectBytes(ctx, found, some, `a range ${what}`);
    }
  }
}

/** Characters of several bytes fall on the ends of chunks; what is no UTF-8 is replaced. */
async function checkTexts(ctx: CaseContext): Promise<void> {
  const piece = "Grüße, 漢字 😀\r\nand a NUL: \0";
  const texts = [piece, piece.repeat(10_000)].map((text) =>
    new TextEncoder().encode(text)
  );
  const broken = Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0xf0, 0x9f, 0x98);
  for (const bytes of [...texts, broken]) {
    if (bytes.length > ctx.limits.largestObject) continue;
    const name = ctx.name("text");
    await ctx.given(name, bytes);
    const content = await readObject(ctx, name);
    const what = `text() of ${bytes.length} bytes`;
    const found = await succeed(ctx, content.text(), what);
    const wanted = new TextDecoder().decode(bytes);
    const isSame = found === wanted;
    expectEqual(ctx, isSame, true, `whether ${what} is the text`, {
      hint: "a chunk may end within a character",
    });
  }
}

/** Uses of the content of an object after which its bytes are spent. */
const USES: readonly [
  string,
  (content: Awaited<ReturnType<typeof readObject>>) => Promise<unknown>,
][] = [
  ["bytes()", (content) => content.bytes()],
  ["text()", (content) => content.text()],
  ["a first chunk", async ({ stream }) => {
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
  }],
  ["all chunks", async ({ stream }) => {
    for await (const _ of stream) { /* Only that they were read matters. */ }
  }],
  ["a reader", ({ stream }) => Promise.resolve(stream.getReader())],
  ["cancel()", ({ stream }) => stream.cancel()],
];

async function checkOnce(ctx: CaseContext): Promise<void> {
  const name = ctx.name();
  await ctx.given(name, ctx.bytes(severalReports(ctx)));
  for (const [first, use] of USES) {
    for (const again of ["bytes", "text"] as const) {
      const content = await readObject(ctx, name);
      const what = `${again}() after ${first}`;
      await succeed(ctx, use(content), first);
      await expectTypeError(ctx, () => content[again](), what);
      if (!content.stream.locked) await content.stream.cancel();
    }
  }
}

async function checkSideBySide(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(severalReports(ctx));
  const name = ctx.name();
  await ctx.given(name, bytes);
  const third = Math.floor(bytes.length / 3);
  const ranges = [[0, bytes.length], [third, third], [third, 2 * third], [
    0,
    bytes.length,
  ]] as const;
  const controller = new AbortController();
  const { signal } = controller;
  const cancelled = await readObject(ctx, name);
  const aborted = await readObject(ctx, name, { signal });
  const readers = await Promise.all(ranges.map(async ([offset, length]) => ({
    offset,
    length,
    chunks: [] as Uint8Array[],
    reader: (await readObject(ctx, name, { offset, length })).stream
      .getReader(),
  })));
  for (let round = 0, left = readers; left.length > 0; round++) {
    const more = await succeed(
      ctx,
      Promise.all(left.map(async ({ reader, chunks }) => {
        const { done, value } = await reader.read();
        if (value) chunks.push(value);
        return !done;
      })),
      "the next chunk of each stream",
    );
    left = left.filter((_, i) => more[i]);
    if (round > 0) continue;
    await cancelled.stream.cancel();
    controller.abort("one of them is aborted");
  }
  await aborted.stream.cancel().catch(() => {});
  for (const { offset, length, chunks } of readers) {
    const what = `${length} bytes from ${offset}, read beside others`;
    const wanted = bytes.subarray(offset, offset + length);
    expectBytes(ctx, concatenate(chunks), wanted, what);
  }
}

async function checkChunks(ctx: CaseContext): Promise<void> {
  const bytes = ctx.bytes(severalReports(ctx));
  const name = ctx.name();
  await ctx.given(name, bytes);
  const { stream } = await readObject(ctx, name);
  const copies: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let i = 0;; i++) {
    const { done, value } = await succeed(ctx, reader.read(), "a chunk");
    if (done) break;
    copies.push(value.slice());
    if (i % 2 === 0) value.fill(0);
    else structuredClone(value.buffer, { transfer: [value.buffer] });
  }
  const what = "a stream whose chunks were changed as they came";
  expectBytes(ctx, concatenate(copies), bytes, what);
  const whole = await readBytes(ctx, name);
  expectBytes(ctx, whole, bytes, "the object, read again");
  await ctx.expectObject(name, bytes, "its reader has changed the chunks");
}

/** Group REA: reading without a file. */
export const reaCases: readonly Case[] = inOrder(
  reaOwnCases,
  reaRangeCases,
  reaEndCases,
  reaWireCases,
  reaAnswerCases,
);
