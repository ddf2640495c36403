import type { CaseContext } from "../../model/case.ts";
import {
  expect,
  expectBytes,
  expectCode,
  settle,
} from "../../checks/expect.ts";
import { countTicks, settlesWithin } from "../../checks/ticks.ts";
import type {
  ObjectStore,
  TransferCallback,
} from "../../../src/object_store.ts";
import { expectFile } from "../shared/expect_file.ts";
import {
  BIG,
  makeGate,
  prepareTransfers,
  quiet,
  type Transfer,
  turn,
} from "../shared/transfers.ts";
import { deleteObject } from "../shared/powers.ts";
import { reachCall } from "../shared/earlier_failure.ts";

const CLOSE_MS = 10_000;
/** The time that transfers are held while the store is to be closed. */
const HELD_MS = 300;
/** The time that a transfer has to begin while another is held. */
const BEGIN_MS = 2_000;

/** Options of {@linkcode closeDuringTransfers}. */
export interface CloseDuring {
  /** Closes the store. */
  readonly end: (store: ObjectStore) => PromiseLike<void>;
  /** Runs in the turn in which the store is closed. */
  readonly meanwhile?: (store: ObjectStore) => Promise<void>;
  /** Which transfer is let go on last: close() has to wait for either. @default {"upload"} */
  readonly last?: Transfer["what"];
}

/** Holds an upload and a download in their callbacks, closes the store twice, lets them go on one after the other, and checks everybody. */
export async function closeDuringTransfers(
  ctx: CaseContext,
  store: ObjectStore,
  { end, meanwhile, last = "upload" }: CloseDuring,
): Promise<void> {
  const setup = { salt: `in flight, ${last}`, store };
  const transfers = await prepareTransfers(ctx, BIG, setup);
  const held = transfers.map((transfer) => {
    const gate = makeGate();
    const operation = transfer.start({ callback: () => gate.pass() });
    const one = { transfer, gate, operation, isHeld: false };
    gate.reached.then(() => one.isHeld = true);
    return one;
  });
  await reachCall(ctx, Promise.race(held.map(({ gate }) => gate.reached)), {
    what: "transfers during which the store is closed",
    clause: 8,
    operations: held.map(({ operation }) => operation),
  });
  let closed = 0;
  const closing = [end(store), store.close()].map(async (each) => {
    await each;
    closed++;
  });
  for (const each of closing) quiet(each);
  await meanwhile?.(store);
  // Longer than a store might wait that gives up on what is slow.
  await countTicks(HELD_MS).over;
  await settlesWithin(
    BEGIN_MS,
    Promise.all(held.map(({ gate }) => gate.reached)),
  );
  // A store may do one thing at a time: then the other goes on first.
  const order = held.toSorted((a, b) =>
    Number(b.isHeld) - Number(a.isHeld) ||
    Number(a.transfer.what === last) - Number(b.transfer.what === last)
  );
  for (const { transfer, gate, operation } of order) {
    await turn(10);
    expect(ctx, closed === 0, {
      expected: "close() waits for the transfers in flight",
      observed:
        `${closed} of 2 calls resolved while the ${transfer.what} was in progress`,
    });
    gate.open();
    await ctx.within(25_000, operation, `the ${transfer.what} in flight`);
  }
  await close(ctx, Promise.all(closing));
  await checkResults(ctx, transfers);
}

/** Closes a store in the turn in which one operation begins: it is closed when that has settled. */
export async function closeAtOnce(ctx: CaseContext): Promise<void> {
  const source = await ctx.source(ctx.bytes(503, "source at once"));
  const operations: Record<string, (of: Begun) => Promise<unknown>> = {
    getObjectSize: ({ store, name }) => store.getObjectSize(name),
    "an upload": ({ store }) => store.uploadObject(ctx.name(), source),
    "a download": ({ store, name }) =>
      store.downloadObject(name, ctx.at("at once")),
    ...ctx.has("delete") && {
      "a deletion": ({ store, name }: Begun) =>
        deleteObject(ctx, name, undefined, store),
    },
  };
  for (const [what, begin] of Object.entries(operations)) {
    const store = await ctx.open();
    const name = ctx.name("at-once");
    await ctx.given(name, ctx.bytes(2_003, "at once"), store);
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    begin({ store, name }).then(settled, settled);
    await close(ctx, store.close());
    await turn();
    expect(ctx, isSettled, {
      expected: `close() waits for ${what} that begins in the turn of its call`,
      observed: "it resolved before",
    });
  }
}

interface Begun {
  readonly store: ObjectStore;
  readonly name: string;
}

/** Closes a store while transfers are held that then fail: closing it does not. */
export async function closeDuringFailures(
  ctx: CaseContext,
  store: ObjectStore,
): Promise<void> {
  const setup = { salt: "failing in flight", store };
  const held = (await prepareTransfers(ctx, BIG, setup)).map(({ start }) => {
    const gate = makeGate();
    const operation = start({
      async callback() {
        await gate.pass();
        throw new Error("thrown by the callback");
      },
    });
    return { gate, operation };
  });
  await reachCall(ctx, Promise.race(held.map(({ gate }) => gate.reached)), {
    what: "failing transfers during which the store is closed",
    clause: 8,
    operations: held.map(({ operation }) => operation),
  });
  const closing = [store.close(), store.close()].map(settle);
  for (const { gate } of held) gate.open();
  const operations = held.map(({ operation }) => settle(operation));
  await ctx.within(25_000, Promise.all(operations), "what fails in flight");
  const outcomes = await ctx.within(CLOSE_MS, Promise.all(closing), "close()");
  for (const outcome of outcomes) {
    expect(ctx, outcome.status === "fulfilled", {
      expected: "close() resolves, also when a transfer in flight fails",
      observed: `it rejected with ${(outcome as { reason?: unknown }).reason}`,
    });
  }
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
