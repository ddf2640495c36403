import { readFile } from "node:fs/promises";
import type { Case } from "../../model/case.ts";
import { expect, expectBytes, expectCode } from "../../checks/expect.ts";
import { HOSTILE_NAMES } from "../../checks/hostile_names.ts";
import { expectNamesApart } from "../../checks/name_checks.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { inOrder } from "../shared/in_order.ts";
import { succeed, writeObject } from "../shared/powers.ts";
import { contentGrid, severalReports, sizeGrid } from "../shared/size_grid.ts";
import { BIG } from "../shared/transfers.ts";
import { wriCallbackCases } from "./callback.ts";
import { wriEndedCases } from "./ended.ts";
import { wriFailureCases } from "./failures.ts";
import { bytesOfKind, KINDS, streamsOf, withOneBuffer } from "./kinds.ts";
import {
  checkReplaced,
  checkTogether,
  checkUnseen,
  copy,
} from "./meanwhile.ts";
import { wriMemoryCases } from "./memory.ts";
import { wriRefusedCases } from "./refused.ts";
import { makeSource } from "./sources.ts";
import { wriTextCases } from "./texts.ts";
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
    "A stream waits in its middle: size, download and listing know the old object, or none. Let go on, it becomes visible whole. Data of every kind over an object is looked at without a break: one that is gone for a moment was removed first. Write beside the object and publish it in one step.",
  async run(ctx) {
    await checkUnseen(ctx);
    await checkReplaced(ctx);
  },
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
  inProcess: true,
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

/** Group WRI: storing without a file. */
export const wriCases: readonly Case[] = inOrder(
  wriOwnCases,
  wriRefusedCases,
  wriFailureCases,
  wriEndedCases,
  wriCallbackCases,
  wriMemoryCases,
  wriTextCases,
  wriWireCases,
);
