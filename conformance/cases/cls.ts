import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import type { Case, CaseContext } from "../case.ts";
import { expect, expectBytes, expectCode, expectEqual } from "../expect.ts";
import { expectUntouched, snapshot } from "../snapshot.ts";
import { traceCalls } from "../trace.ts";
import type { ObjectStore, TransferCallback } from "../../src/object_store.ts";
import { clsChild } from "./cls_child.ts";
import {
  BIG,
  expectFile,
  makeGate,
  prepareTransfers,
  quiet,
  type Transfer,
  turn,
} from "./transfers.ts";

const CLOSE_MS = 10_000;
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
    "The error is the store's own, typed and not transient, and comes before anything local is looked at. getUri is static and goes on.",
  async run(ctx) {
    const { store } = ctx;
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(3_001));
    const uri = store.getUri(name);
    const source = await ctx.source(ctx.bytes(501, "source"));
    const path = ctx.at("existing");
    await writeFile(path, "old");
    const before = await snapshot(ctx.root);
    await close(ctx, store.close());
    const trace = traceCalls();
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
    expectEqual(ctx, trace.calls.length, 0, "the number of callback calls");
    expectEqual(ctx, store.getUri(name), uri, "the URI after close()", {
      clause: 5,
    });
    await expectUntouched(ctx, ctx.root, before, "a closed store");
  },
}, {
  id: "CLS-3",
  clauses: [28],
  level: "must",
  title: "close() lets transfers in flight finish, and waits for them",
  explain:
    "A transfer is held in its callback while close() is called: close() must not resolve yet, and the transfer completes. Check connections that are cut, and a count of operations that is too small.",
  run: (ctx) => closeDuringTransfers(ctx, (store) => store.close()),
}, {
  id: "CLS-4",
  clauses: [28],
  level: "must",
  needs: ["module"],
  title: "the process exits by itself soon after close()",
  explain:
    "Every connection and timer is released. Check keep-alive sockets, timers of timeouts, and workers.",
  timeoutMs: 60_000,
  async run(ctx) {
    const child = await ctx.child({ directory: ctx.scratch });
    await child.event("closed");
    const end = await ctx.within(
      EXIT_MS,
      child.ended,
      "the process that has closed its store ends by itself",
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
      await using inBlock = other;
      await ctx.given(name, ctx.bytes(1_501, "other"), inBlock);
    }
    const path = join(ctx.root, "file");
    await expectClosed(ctx, other, { name, source, path });
    await closeDuringTransfers(ctx, (store) => store[Symbol.asyncDispose]());
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
      await ctx.within(20_000, gate.reached, "a call");
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
    "The store is closed from the call of close() on, not from when it resolves. What is in flight completes.",
  run: (ctx) =>
    closeDuringTransfers(ctx, (store) => store.close(), async (store) => {
      const name = ctx.name();
      const source = await ctx.source(ctx.bytes(601, "too late"));
      const path = join(ctx.root, "too late");
      await expectClosed(ctx, store, { name, source, path });
    }),
}];

/** Holds an upload and a download in their callbacks, closes the store, lets them go on, and checks everybody. */
async function closeDuringTransfers(
  ctx: CaseContext,
  end: (store: ObjectStore) => PromiseLike<void>,
  meanwhile?: (store: ObjectStore) => Promise<void>,
): Promise<void> {
  const { store } = ctx;
  const transfers = await prepareTransfers(ctx, BIG, { salt: "in flight" });
  const gates = transfers.map(() => makeGate());
  let settled = 0;
  const operations = transfers.map((transfer, i) => {
    const operation = transfer.start({ callback: () => gates[i]?.pass() });
    const onEnd = () => void settled++;
    operation.then(onEnd, onEnd);
    return operation;
  });
  await ctx.within(
    20_000,
    Promise.race(gates.map(({ reached }) => reached)),
    "a call of a callback",
  );
  let hasClosed = false;
  const closing = quiet((async () => {
    await end(store);
    hasClosed = true;
  })());
  await meanwhile?.(store);
  await turn(10);
  expect(ctx, !hasClosed, {
    expected: "close() waits for the transfers in flight",
    observed: `it resolved while ${2 - settled} of them were in progress`,
  });
  for (const gate of gates) gate.open();
  await ctx.within(25_000, Promise.all(operations), "transfers in flight");
  await close(ctx, closing);
  await checkResults(ctx, transfers);
}

/** The store is closed by now: an upload can only be seen through another handle, or by the oracle. */
async function checkResults(
  ctx: CaseContext,
  [up, down]: readonly [Transfer, Transfer],
): Promise<void> {
  await down.expectDone();
  await expectFile(ctx, down.path, down.bytes, "the download in flight");
  const stored = ctx.has("reopen")
    ? await ctx.fetch(up.name, await ctx.open())
    : await ctx.oracle?.get(up.name, ctx.place);
  if (stored) expectBytes(ctx, stored, up.bytes, "the upload in flight");
}

async function close(ctx: CaseContext, closing: unknown): Promise<void> {
  await ctx.within(CLOSE_MS, Promise.resolve(closing), "close()");
}

/** Fails the case unless all three operations say that the store is closed. */
async function expectClosed(
  ctx: CaseContext,
  store: ObjectStore,
  { name, source, path, callback = () => {} }: {
    name: string;
    source: string;
    path: string;
    callback?: TransferCallback;
  },
): Promise<void> {
  const options = { callback };
  const begun: [string, () => Promise<unknown>][] = [
    ["getObjectSize", () => store.getObjectSize(name)],
    ["uploadObject", () => store.uploadObject(name, source, options)],
    ["downloadObject", () => store.downloadObject(name, path, options)],
  ];
  for (const [method, begin] of begun) {
    const operation = quiet(begin());
    const what = `${method} of a closed store`;
    await expectCode(ctx, operation, "CLOSED", what, { ms: CLOSE_MS });
  }
}
