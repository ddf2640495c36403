import { readFile } from "node:fs/promises";
import type { Case, CaseContext } from "../../model/case.ts";
import {
  expect,
  expectBytes,
  expectCode,
  expectEqual,
  settle,
} from "../../checks/expect.ts";
import { HOSTILE_NAMES } from "../../checks/hostile_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";
import type {
  ListableObjectStore,
  ObjectStore,
} from "../../../src/object_store.ts";
import { inOrder } from "../shared/in_order.ts";
import { readObject, succeed, writeObject } from "../shared/powers.ts";
import { contentGrid, severalReports, sizeGrid } from "../shared/size_grid.ts";
import { BIG } from "../shared/transfers.ts";
import { wriCallbackCases } from "./callback.ts";
import { wriFailureCases } from "./failures.ts";
import { bytesOfKind, KINDS, streamsOf, withOneBuffer } from "./kinds.ts";
import { wriMemoryCases } from "./memory.ts";
import { wriRefusedCases } from "./refused.ts";
import { makeSource } from "./sources.ts";
import { wriWireCases } from "./wire.ts";

const wriOwnCases: readonly Case[] = [{
  id: "WRI-1",
  clauses: [33, 8],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 120_000,
  title: "bytes, Blobs and streams are stored exactly",
  explain:
    "Sizes around the ends of buffers and parts, and bytes that a decoder would change, in each form that data can have; a view has its own bytes and not those of its buffer. Each replaces what had the name.",
  async run(ctx) {
    const name = ctx.name("written");
    for (const { what, bytes } of [...sizeGrid(ctx), ...contentGrid(ctx)]) {
      for (const [kind, make] of KINDS) {
        const { data, size } = make(bytes.slice());
        const options = size === undefined ? undefined : { size };
        await writeObject(ctx, name, data, options);
        const found = await ctx.fetch(name);
        expectBytes(ctx, found, bytes, `${what}, given as ${kind}`);
      }
    }
    const large = ctx.bytes(BIG, "large");
    for (const [kind, make] of KINDS.slice(3)) {
      const { data, size } = make(large);
      const options = size === undefined ? undefined : { size };
      await writeObject(ctx, name, data, options);
      await ctx.expectObject(name, large, `${kind} was stored`);
    }
  },
}, {
  id: "WRI-2",
  clauses: [33],
  level: "must",
  capabilities: ["write"],
  title: "a string is stored as UTF-8",
  explain:
    "Other alphabets and planes, a byte order mark, line breaks and NUL as they are; a lone surrogate becomes U+FFFD, as everywhere on the web. `size` counts bytes and not characters.",
  async run(ctx) {
    const texts = [
      "",
      "plain",
      "Grüße, 漢字 😀",
      "\ufeffmark\r\nline\rline\0end",
      "lone \ud800 and \udc00",
      "é".repeat(Math.min(40_000, ctx.limits.largestObject >> 2)),
    ];
    for (const text of texts) {
      const bytes = new TextEncoder().encode(text);
      if (bytes.length > ctx.limits.largestObject) continue;
      for (const options of [undefined, { size: bytes.length }]) {
        const name = ctx.name("text");
        await writeObject(ctx, name, text, options);
        const what = `a text of ${text.length} characters`;
        await ctx.expectObject(name, bytes, `${what} was stored`);
      }
    }
  },
}, {
  id: "WRI-3",
  clauses: [33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 120_000,
  title: "a stream of every kind is stored exactly",
  explain:
    "Byte streams, halves of a tee, transforms, generators, bodies of responses; single bytes, one chunk of everything, empty chunks between others, views of one buffer, no chunk at all; and the stream of another object of the store, as for a copy. An empty chunk is not the end.",
  async run(ctx) {
    for (const size of [severalReports(ctx), BIG]) {
      const bytes = ctx.bytes(size, size);
      for (const [what, stream] of streamsOf(bytes)) {
        const wanted = bytesOfKind(what, bytes);
        const name = ctx.name("stream");
        await writeObject(ctx, name, stream);
        const found = await ctx.fetch(name);
        expectBytes(ctx, found, wanted, `a stream (${what})`);
      }
      if (ctx.has("read")) await copy(ctx, bytes);
    }
  },
}, {
  id: "WRI-10",
  clauses: [33, 8],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "while a stream comes, the old object is there, whole; or none",
  explain:
    "A stream waits in its middle: size, download and listing know the old object, or none. Let go on, it becomes visible whole. Write beside the object and publish it in one step.",
  run: checkUnseen,
}, {
  id: "WRI-11",
  clauses: [33, 29],
  level: "must",
  capabilities: ["write"],
  title: "what was stored stays as it was, whatever becomes of the data",
  explain:
    "The caller's bytes are changed as soon as the promise has resolved: the object is the one that was given. The data itself is not changed by the store, nor are the options.",
  async run(ctx) {
    for (const size of [1_003, severalReports(ctx)]) {
      const bytes = ctx.bytes(size, size);
      for (const [kind, make] of KINDS.slice(0, 2)) {
        const given = make(bytes.slice()).data as Uint8Array;
        const name = ctx.name("changed");
        const options = Object.freeze({ size: given.length });
        await writeObject(ctx, name, given, options);
        expectBytes(ctx, given, bytes, `${kind}, after the call`, {
          clause: 29,
        });
        given.fill(0);
        await ctx.expectObject(name, bytes, `${kind} was changed afterwards`);
      }
    }
  },
}, {
  id: "WRI-13",
  clauses: [2, 33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 180_000,
  title: "odd names are kept exactly or refused, as by an upload",
  explain:
    "The names of group NAM, each with other bytes: none becomes another. What an upload refuses, writeObject refuses.",
  async run(ctx) {
    const store: ObjectStore = {
      ...ctx.store,
      uploadObject: async (name, filename) =>
        await writeObject(ctx, name, await readFile(filename)),
    };
    await expectNamesApart(ctx, HOSTILE_NAMES, { store });
  },
}, {
  id: "WRI-14",
  clauses: [28, 33],
  level: "must",
  capabilities: ["write"],
  title: "close() lets a write finish",
  explain:
    "close() is called while a stream waits in its middle: the write goes on when its source does, and resolves; close() after it; another write rejects with CLOSED.",
  async run(ctx) {
    const store = await ctx.open({ segment: "closed" });
    const bytes = ctx.bytes(severalReports(ctx));
    const name = ctx.name("last");
    const source = makeSource(bytes, { waitAt: bytes.length >> 1 });
    const writing = writeObject(ctx, name, source.stream, undefined, store);
    await ctx.within(20_000, source.waiting, "the middle of the stream");
    let isClosed = false;
    const closing = store.close().then(() => isClosed = true);
    const what = "a write after close()";
    const late = writeObject(ctx, ctx.name(), "late", undefined, store);
    await expectCode(ctx, late, "CLOSED", what, { clause: 28 });
    expect(ctx, !isClosed, {
      expected: "close() waits for the write that is under way",
      observed: "it has resolved",
    });
    source.goOn();
    await succeed(ctx, writing, "the write that was under way");
    await succeed(ctx, closing, "close()");
    const again = await ctx.open({ segment: "closed" });
    if (!ctx.has("reopen")) return;
    const found = await ctx.fetch(name, again);
    expectBytes(ctx, found, bytes, "the object, after close()");
  },
}, {
  id: "WRI-19",
  clauses: [33],
  level: "should",
  capabilities: ["write"],
  title: "a source may fill its buffer again when the next chunk is asked for",
  explain:
    "Chunks are views of one buffer, which holds the next bytes as soon as the store asks for them. Copy a chunk that is kept for longer than until then.",
  async run(ctx) {
    const bytes = ctx.bytes(severalReports(ctx));
    for (const options of [undefined, { size: bytes.length }]) {
      const name = ctx.name("one-buffer");
      await writeObject(ctx, name, withOneBuffer(bytes), options);
      await ctx.expectObject(name, bytes, "a source with one buffer");
    }
  },
}, {
  id: "WRI-20",
  clauses: [29, 33],
  level: "must",
  capabilities: ["write"],
  timeoutMs: 60_000,
  title: "writes at once do not disturb each other",
  explain:
    "Five streams with different bytes come in turns, while another errors and one is aborted: the five are exact. Check for buffers, parts and signals that writes share.",
  run: checkTogether,
}];

/** From one name of the store to another, through its own stream. */
async function copy(
  ctx: CaseContext,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const from = ctx.name("original");
  const to = ctx.name("copy");
  await ctx.given(from, bytes);
  const { stream, size } = await readObject(ctx, from);
  const writing = writeObject(ctx, to, stream, { size });
  await succeed(ctx, writing, "a copy through the store's own stream");
  await ctx.expectObject(to, bytes, "it was copied");
}

/** WRI-20: streams that come in turns, of which one fails and one is aborted. */
async function checkTogether(ctx: CaseContext): Promise<void> {
  const size = severalReports(ctx);
  const controller = new AbortController();
  const { signal } = controller;
  const error = new Error("one of them fails");
  const failing = makeSource(ctx.bytes(size), { failAt: size >> 1, error });
  const aborted = makeSource(ctx.bytes(size), { waitAt: size >> 1 });
  const others = [0, 1, 2, 3, 4].map((index) => {
    const bytes = ctx.bytes(
      Math.max(1, size - 1_001 * index),
      `together ${index}`,
    );
    const { stream } = makeSource(bytes, { chunkSize: 7_001 + index });
    const options = index % 2 === 0 ? {} : { size: bytes.length };
    return { name: ctx.name("together"), bytes, stream, options };
  });
  const lost = settle(writeObject(ctx, ctx.name(), failing.stream));
  const stopped = settle(
    writeObject(ctx, ctx.name(), aborted.stream, { signal }),
  );
  const writing = Promise.all(
    others.map(({ name, stream, options }) =>
      writeObject(ctx, name, stream, options)
    ),
  );
  await ctx.within(20_000, aborted.waiting, "one of the streams waits");
  controller.abort();
  await succeed(ctx, writing, "the writes beside those that fail");
  for (const each of [lost, stopped]) {
    const { status } = await ctx.within(20_000, each, "the others");
    expectEqual(ctx, status, "rejected", "the end of a write that fails");
  }
  for (const { name, bytes } of others) {
    await ctx.expectObject(name, bytes, "it was written beside others");
  }
}

async function checkUnseen(ctx: CaseContext): Promise<void> {
  const other = await ctx.secondHandle();
  for (const size of [severalReports(ctx), BIG]) {
    for (const isSized of [true, false]) {
      const fresh = ctx.name("fresh");
      const replaced = ctx.name("replaced");
      const old = ctx.bytes(2_011, replaced);
      await ctx.given(replaced, old);
      const bytes = ctx.bytes(size, size);
      const sources = [fresh, replaced].map((name) => {
        const source = makeSource(bytes, { waitAt: bytes.length - 1_000 });
        const options = isSized ? { size: bytes.length } : undefined;
        const writing = writeObject(ctx, name, source.stream, options);
        return { name, source, writing };
      });
      for (const { source } of sources) {
        await ctx.within(20_000, source.waiting, "the middle of a stream");
      }
      const what = "its stream waits before its end";
      await ctx.expectNoObject(fresh, what);
      await ctx.expectObject(replaced, old, what);
      if (ctx.has("list")) await expectUnlisted(ctx, fresh, other);
      for (const { name, source, writing } of sources) {
        source.goOn();
        await succeed(ctx, writing, "a write whose stream goes on");
        await ctx.expectObject(name, bytes, "its stream has ended");
      }
    }
  }
}

async function expectUnlisted(
  ctx: CaseContext,
  name: string,
  store: ObjectStore,
): Promise<void> {
  const listing = (store as ListableObjectStore).listObjects(name);
  const names = await Array.fromAsync(listing);
  expect(ctx, names.length === 0, {
    expected: "what is being written is not listed",
    observed: `${names.length} names are: ${names[0]}`,
  });
}

/** Group WRI: storing without a file. */
export const wriCases: readonly Case[] = inOrder(
  wriOwnCases,
  wriRefusedCases,
  wriFailureCases,
  wriCallbackCases,
  wriMemoryCases,
  wriWireCases,
);
