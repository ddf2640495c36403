import type { CaseContext } from "../case.ts";
import { expect, expectBytes, expectCode } from "../expect.ts";
import type { ObjectStore, TransferCallback } from "../../src/object_store.ts";
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

/** Holds an upload and a download in their callbacks, closes the store, lets them go on, and checks everybody. */
export async function closeDuringTransfers(
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

/** Fails the case if closing takes too long. */
export async function close(ctx: CaseContext, closing: unknown): Promise<void> {
  await ctx.within(CLOSE_MS, Promise.resolve(closing), "close()");
}

/** Begins all three operations, in the turn of the call, and fails the case unless they say that the store is closed. */
export async function expectClosed(
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
  const begun: [string, Promise<unknown>][] = [
    ["getObjectSize", quiet(store.getObjectSize(name))],
    ["uploadObject", quiet(store.uploadObject(name, source, options))],
    ["downloadObject", quiet(store.downloadObject(name, path, options))],
  ];
  for (const [method, operation] of begun) {
    const what = `${method} of a closed store`;
    await expectCode(ctx, operation, "CLOSED", what, { ms: CLOSE_MS });
  }
}
