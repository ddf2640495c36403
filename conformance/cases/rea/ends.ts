import type { Case, CaseContext } from "../../model/case.ts";
import {
  expect,
  expectBytes,
  expectCode,
  expectEqual,
  settle,
} from "../../checks/expect.ts";
import { describeError } from "../../checks/error_chain.ts";
import { countListeners } from "../shared/count_listeners.ts";
import { PROMPT_MS } from "../shared/abort_silent.ts";
import { concatenate } from "../../checks/concatenate.ts";
import { collect, readObject, readOn, succeed } from "../shared/powers.ts";
import { BIG, turn } from "../shared/transfers.ts";

/** The bytes that may still come of a stream which was ended from outside, as they were there already. */
const REST = 128 * 1024;
/** Milliseconds that nothing has to wait for. */
const SOON_MS = 10_000;

/** Streams that end before their end: a part of group REA. */
export const reaEndCases: readonly Case[] = [{
  id: "REA-7",
  clauses: [21, 31, 32],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 60_000,
  title: "an abort errors the stream with the very reason, whenever it comes",
  explain:
    "Between readObject and the first byte, in the middle, and with any value as the reason: what is read next rejects with that value within a second. After the last byte an abort does nothing. The signal belongs to the stream as long as that is not over, not only to readObject.",
  async run(ctx) {
    const bytes = ctx.bytes(BIG);
    const name = ctx.name();
    await ctx.given(name, bytes);
    for (const reason of [new Error("the caller's own"), "text", 0, null]) {
      for (const count of [0, 1, 2]) {
        await checkAbort(ctx, { name, bytes, reason, count });
      }
    }
    const controller = new AbortController();
    const { signal } = controller;
    const content = await readObject(ctx, name, { signal, length: 100 });
    const reader = content.stream.getReader();
    const found = await collect(ctx, reader, "a range of 100 bytes");
    controller.abort(new Error("after the end"));
    expectBytes(ctx, found, bytes.subarray(0, 100), "a range of 100 bytes");
    const closed = await ctx.within(SOON_MS, settle(reader.closed), "its end");
    expectEqual(
      ctx,
      closed.status,
      "fulfilled",
      "the end of a stream that was read before the abort",
    );
  },
}, {
  id: "REA-8",
  clauses: [21, 32],
  level: "must",
  capabilities: ["read"],
  timeoutMs: 60_000,
  inProcess: true,
  title: "no listener is left on the signal when a stream is over",
  explain:
    "After its last byte, after cancel(), after bytes(), and where the object is missing: one signal may outlive a million streams.",
  async run(ctx) {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    const name = ctx.name();
    await ctx.given(name, ctx.bytes(200_003));
    for (let i = 0; i < 10; i++) {
      const whole = await readObject(ctx, name, { signal });
      await succeed(ctx, whole.bytes(), "bytes()");
      const { stream } = await readObject(ctx, name, { signal });
      const reader = stream.getReader();
      await succeed(ctx, reader.read(), "a chunk");
      await succeed(ctx, reader.cancel(), "cancel() after a chunk");
      const unread = await readObject(ctx, name, { signal });
      await succeed(ctx, unread.stream.cancel(), "cancel()");
      const empty = await readObject(ctx, name, { signal, length: 0 });
      await succeed(ctx, empty.text(), "text() of nothing");
      await settle(readObject(ctx, ctx.name(), { signal }));
    }
    // What takes itself off a little later leaves nothing either.
    for (let i = 0; i < 100 && listeners.count() > 0; i++) await turn(2);
    expectEqual(ctx, listeners.count(), 0, "the number of listeners left", {
      hint: "after 50 reads: to the end, cancelled, empty, and of nothing",
    });
  },
}, {
  id: "REA-9",
  clauses: [32, 28],
  level: "must",
  capabilities: ["read"],
  title: "close() does not wait for a stream that nobody reads, and errors it",
  explain:
    "One stream of which nothing was read, and one of which a chunk was: close() resolves all the same, and what is read then rejects with CLOSED. One that is being read ends so, or comes whole. A handler that forgets a stream must not keep a process from its end.",
  async run(ctx) {
    const store = await ctx.open({ segment: "closed" });
    const bytes = ctx.bytes(BIG);
    const name = ctx.name();
    await ctx.given(name, bytes, store);
    const unread = await readObject(ctx, name, undefined, store);
    const begun = await readObject(ctx, name, undefined, store);
    const reader = begun.stream.getReader();
    const first = await succeed(ctx, reader.read(), "a first chunk");
    const busy = await readObject(ctx, name, undefined, store);
    const reading = readOn(
      ctx,
      busy.stream.getReader(),
      "a stream that is read during close()",
    );
    reading.catch(() => {});
    const what = "close() while streams wait for their readers";
    await succeed(ctx, store.close(), what, SOON_MS);
    const { bytes: found, failure } = await reading;
    if (failure) {
      const what = "a stream that was read during close()";
      const code = "CLOSED";
      await expectCode(ctx, Promise.reject(failure.error), code, what);
    } else expectBytes(ctx, found, bytes, "a stream read during close()");
    await expectEnded(ctx, {
      reader: unread.stream.getReader(),
      bytes,
      came: [],
      what: "a stream that was not read before close()",
      check: (error, what) =>
        expectCode(ctx, Promise.reject(error), "CLOSED", what),
    });
    await expectEnded(ctx, {
      reader,
      bytes,
      came: first.value ? [first.value] : [],
      what: "a stream of which a chunk was read before close()",
      check: (error, what) =>
        expectCode(ctx, Promise.reject(error), "CLOSED", what),
    });
  },
}];

async function checkAbort(
  ctx: CaseContext,
  { name, bytes, reason, count }: {
    name: string;
    bytes: Uint8Array;
    reason: unknown;
    count: number;
  },
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const { stream } = await readObject(ctx, name, { signal });
  const reader = stream.getReader();
  const came: Uint8Array[] = [];
  const what = `a stream that is aborted after ${count} chunks`;
  for (let i = 0; i < count; i++) {
    const { value } = await succeed(ctx, reader.read(), what);
    if (value) came.push(value);
  }
  controller.abort(reason);
  await expectEnded(ctx, {
    reader,
    bytes,
    came,
    what,
    check: (error, what) => {
      const { reason: wanted } = signal;
      if (Object.is(error, wanted)) return;
      throw ctx.fail({
        expected: `${what} errors with ${String(wanted)} itself`,
        observed: `it errored with ${describeError(error)[0]}`,
      });
    },
  });
}

/** Fails the case unless a stream that was ended from outside errors as it has to. One of which all but a little had come may have come to its end. */
async function expectEnded(
  ctx: CaseContext,
  { reader, bytes, came, what, check }: {
    reader: ReadableStreamDefaultReader<Uint8Array>;
    bytes: Uint8Array;
    came: readonly Uint8Array[];
    what: string;
    check: (error: unknown, what: string) => unknown;
  },
): Promise<void> {
  const outcome = await readOn(ctx, reader, what, PROMPT_MS);
  if (outcome.failure) return void await check(outcome.failure.error, what);
  expect(ctx, outcome.bytes.length <= REST, {
    expected: `${what} errors`,
    observed: `it ended after ${outcome.bytes.length} more bytes`,
  });
  expectBytes(ctx, concatenate([...came, outcome.bytes]), bytes, what);
}
