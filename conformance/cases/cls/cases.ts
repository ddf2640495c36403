import { askUri } from "../../checks/ask_uri.ts";
import { join } from "@std/path/join";
import { writeFile } from "node:fs/promises";
import type { Case } from "../../model/case.ts";
import { expectBytes, expectEqual } from "../../checks/expect.ts";
import { expectUntouched, snapshot } from "../../checks/snapshot.ts";
import { traceCalls } from "../../checks/trace.ts";
import { clsChild } from "./child.ts";
import {
  close,
  closeAtOnce,
  closeDuringFailures,
  closeDuringTransfers,
  expectClosed,
} from "./steps.ts";
import { closeDuringRequests } from "./wire.ts";
import type { ObjectStore } from "../../../src/object_store.ts";
import { BIG, makeGate, prepareTransfers } from "../shared/transfers.ts";
import { expectNoRequests } from "../shared/wire.ts";
import { disposeAfter } from "../../checks/dispose_after.ts";
import { reachCall } from "../shared/earlier_failure.ts";

/** The capabilities whose methods are used in the process of CLS-4, too. */
const POWERS = ["list", "read", "write", "delete"] as const;
/** Two seconds, and as much again for the machine. */
const EXIT_MS = 4_000;

/** Group CLS: what closing a store does. */
export const clsCases: readonly Case[] = [{
  id: "CLS-1",
  clauses: [28],
  level: "must",
  title: "closing twice, and in parallel, is fine",
  explain:
    "More than one part of a program may feel responsible. Check that every close() resolves, on a store that was used and on one that was not.",
  async run(ctx) {
    await ctx.given(ctx.name(), ctx.bytes(2_003));
    const unused = await ctx.open({ segment: "unused" });
    for (const store of [ctx.store, unused]) {
      await close(ctx, Promise.all([store.close(), store.close()]));
      await close(ctx, store.close());
      await close(ctx, store[Symbol.asyncDispose]());
    }
  },
}, {
  id: "CLS-2",
  clauses: [28, 17],
  level: "must",
  title: "after closing, operations reject with CLOSED and getUri answers",
  explain:
    "The error is the store's own, typed and not transient, and comes before anything local is looked at and before any request. getUri is static and goes on.",
  async run(ctx) {
    const { store } = ctx;
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(3_001));
    const uri = await askUri(ctx, store, name);
    const source = await ctx.source(ctx.bytes(501, "source"));
    const path = ctx.at("existing");
    await writeFile(path, "old");
    const before = await snapshot(ctx.root);
    await close(ctx, store.close());
    const trace = traceCalls();
    await expectNoRequests(ctx, "a closed store", async () => {
      await expectClosed(ctx, store, {
        name,
        source,
        path,
        callback: trace.callback,
      });
      await expectClosed(ctx, store, {
        name: ctx.name(),
        source: join(ctx.scratch, "no such source"),
        path: join(ctx.root, "directory", "file"),
        callback: trace.callback,
      });
    });
    expectEqual(ctx, trace.calls.length, 0, "the number of callback calls");
    expectEqual(
      ctx,
      await askUri(ctx, store, name),
      uri,
      "the URI after close()",
      {
        clause: 5,
      },
    );
    await expectUntouched(ctx, ctx.root, before, "a closed store");
  },
}, {
  id: "CLS-3",
  clauses: [28],
  level: "must",
  title: "close() lets transfers in flight finish, and waits for them",
  explain:
    "An upload and a download are held in their callbacks while close() is called twice, and each operation in its request: no call of close() may resolve before the last of them, and they complete. What fails meanwhile is not close()'s failure. Check connections that are cut, a count of operations that leaves some out, and a second close() that finds nothing left to do.",
  async run(ctx) {
    await closeDuringRequests(ctx);
    const end = (store: ObjectStore) => store.close();
    const last = "download";
    await closeDuringTransfers(ctx, await ctx.open(), { end, last });
    await closeDuringFailures(ctx, await ctx.open());
    await closeAtOnce(ctx);
    await closeDuringTransfers(ctx, ctx.store, { end });
  },
}, {
  id: "CLS-4",
  clauses: [28],
  level: "must",
  needs: ["module"],
  title: "the process exits by itself soon after close()",
  explain:
    "Every connection and timer is released. Check keep-alive sockets, timers of timeouts and of what watches the progress, also where a transfer ends in its first call of the callback or in its middle, and workers.",
  timeoutMs: 60_000,
  async run(ctx) {
    const size = Math.min(300_007, ctx.limits.largestObject);
    const powers = POWERS.filter((power) => ctx.has(power));
    const large = await ctx.source(ctx.bytes(BIG, "large"));
    const input = { directory: ctx.scratch, size, large, powers };
    const child = await ctx.child(input);
    await child.event("closed");
    const end = await ctx.within(
      EXIT_MS,
      child.ended,
      "the process that has closed its store ends by itself",
      "exact",
    );
    expectEqual(ctx, end.code, 0, "its exit code", {
      evidence: [{ title: "stderr", lines: end.stderr.split("\n") }],
    });
  },
  child: clsChild,
}, {
  id: "CLS-5",
  clauses: [28],
  level: "must",
  title: "await using does what close() does",
  explain:
    "Leaving the block waits for transfers in flight and closes the store.",
  async run(ctx) {
    const { store } = ctx;
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(2_501));
    const source = await ctx.source(ctx.bytes(501, "source"));
    const other = await ctx.open({ segment: "other" });
    {
      await disposeAfter(other, async (inBlock) => {
        await ctx.given(name, ctx.bytes(1_501, "other"), inBlock);
      });
    }
    const path = join(ctx.root, "file");
    await expectClosed(ctx, other, { name, source, path });
    const end = (store: ObjectStore) => store[Symbol.asyncDispose]();
    await closeDuringTransfers(ctx, store, { end });
    await expectClosed(ctx, store, { name, source, path });
    await close(ctx, store.close());
  },
}, {
  id: "CLS-6",
  clauses: [28],
  level: "must",
  title: "closing one handle leaves another usable",
  explain:
    "Handles of one program may share a client or a pool of connections: the last one to close releases it. A transfer of the other handle goes on, too.",
  async run(ctx) {
    const others = [await ctx.open({ segment: "other" })];
    if (ctx.has("reopen")) others.push(await ctx.open());
    for (const [i, other] of others.entries()) {
      const closing = i === 0
        ? await ctx.open({ segment: "third" })
        : ctx.store;
      const salt = `during ${i}`;
      const setup = { store: other, salt };
      const [up, down] = await prepareTransfers(ctx, BIG, setup);
      const gate = makeGate();
      const callback = () => gate.pass();
      const operations = [up, down].map((each) => each.start({ callback }));
      await reachCall(ctx, gate.reached, {
        what: "transfers of another handle",
        clause: 8,
        operations,
      });
      await close(ctx, closing.close());
      gate.open();
      await ctx.within(25_000, Promise.all(operations), "transfers");
      await down.expectDone();
      const stored = await ctx.fetch(up.name, other);
      expectBytes(ctx, stored, up.bytes, "what the other handle uploaded");
      const name = ctx.name();
      const bytes = ctx.bytes(4_003, `after ${i}`);
      await ctx.given(name, bytes, other);
      const size = await other.getObjectSize(name);
      expectEqual(ctx, size, bytes.length, "the size through the other handle");
    }
  },
}, {
  id: "CLS-7",
  clauses: [28, 17],
  level: "must",
  title: "an operation begun while close() is pending is refused",
  explain:
    "The store is closed from the call of close() on, not from when it resolves, nor from a turn later. What is in flight completes.",
  async run(ctx) {
    const source = await ctx.source(ctx.bytes(601, "too late"));
    const late = { name: ctx.name(), source, path: ctx.at("too late") };
    await closeDuringTransfers(ctx, ctx.store, {
      end: (store) => store.close(),
      async meanwhile(store) {
        // Begun in the very turn of close().
        await expectClosed(ctx, store, late);
        await expectClosed(ctx, store, late);
      },
    });
  },
}];
