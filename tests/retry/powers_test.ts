import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { getEventListeners } from "node:events";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import type { StoreDriver } from "../../src/driver.ts";
import {
  ObjectStoreClosedError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import type { ObjectContent } from "../../src/object_store.ts";
import {
  isDeletable,
  isListable,
  isReadable,
  isWritable,
} from "../../src/powers.ts";
import { withRetry } from "../../src/retry/with_retry.ts";
import {
  bytesOf,
  lost,
  makeDriver,
  ReadingDriver,
} from "../driver_store/make_driver.ts";
import { WritingDriver } from "../driver_store/writing_driver.ts";
import { ScriptedStore } from "./scripted_store.ts";

const FAST = { minTimeout: 1, maxTimeout: 1 };
const BYTES = bytesOf(5000);

/** A store whose every call fails once, and all others of a driver. */
function failingOnce(driver: StoreDriver) {
  let isFirst = true;
  const once = () => {
    if (!isFirst) return;
    isFirst = false;
    throw lost();
  };
  return new DriverObjectStore({
    ...driver,
    open: async (...args) => {
      await once();
      return await driver.open(...args);
    },
    put: async (...args) => {
      await once();
      await driver.put(...args);
    },
    delete: async () => await once(),
  });
}

Deno.test("withRetry() has the powers that the store has, and no others", () => {
  const few = withRetry(new ScriptedStore());
  assertEquals(
    [isListable, isReadable, isWritable, isDeletable].map((is) => is(few)),
    [true, false, false, false],
  );
  assertEquals("deleteObject" in few, false);
  const { driver } = new ReadingDriver(BYTES);
  const some = withRetry(new DriverObjectStore(driver));
  assertEquals(
    [isListable, isReadable, isWritable, isDeletable].map((is) => is(some)),
    [false, true, true, false],
  );
  const all = withRetry(
    new DriverObjectStore({ ...driver, delete: () => Promise.resolve() }),
  );
  assertEquals(isDeletable(all), true);
});

Deno.test("withRetry() reads and deletes again after a transient failure", async () => {
  const { driver } = new ReadingDriver(BYTES);
  await using store = withRetry(failingOnce(driver), FAST);
  assertEquals(await (await store.readObject("a")).bytes(), BYTES);
  await using other = withRetry(failingOnce(driver), FAST);
  await other.deleteObject!("a");
});

Deno.test("withRetry() writes what is in memory again after a transient failure", async () => {
  for (const data of [BYTES, new Blob([BYTES])]) {
    const writing = new WritingDriver();
    await using store = withRetry(failingOnce(writing.driver), FAST);
    await store.writeObject("a", data);
    assertEquals(writing.stored, BYTES);
  }
});

Deno.test("withRetry() does not write a stream again of which bytes were read", async () => {
  const writing = new WritingDriver();
  await using store = withRetry(failingOnce(writing.driver), FAST);
  const stream = ReadableStream.from([BYTES]);
  await assertRejects(
    () => store.writeObject("a", stream),
    ObjectStoreTransientError,
  );
  assertEquals([writing.stored, stream.locked], [undefined, false]);
});

Deno.test("withRetry() writes a stream again of which nothing was read", async () => {
  const { driver } = new ReadingDriver(BYTES);
  let calls = 0;
  let stored: Uint8Array | undefined;
  const inner = Object.assign(new DriverObjectStore(driver), {
    async writeObject(_name: string, data: unknown) {
      if (++calls < 3) throw new ObjectStoreTransientError("busy");
      stored = await new Response(data as ReadableStream).bytes();
    },
  });
  await using store = withRetry(inner, FAST);
  await store.writeObject("a", ReadableStream.from([BYTES]));
  assertEquals([calls, stored], [3, BYTES]);
});

Deno.test("withRetry() cancels a stream that was never read when the attempts run out", async () => {
  const inner = Object.assign(new DriverObjectStore(makeDriver({})), {
    writeObject: () => Promise.reject(new ObjectStoreTransientError("busy")),
  });
  await using store = withRetry(inner, { ...FAST, maxAttempts: 2 });
  const cancelled = Promise.withResolvers<unknown>();
  const stream = new ReadableStream<Uint8Array>({
    cancel: (reason) => cancelled.resolve(reason),
  });
  const error = await assertRejects(() => store.writeObject("a", stream));
  assertStrictEquals(await cancelled.promise, error);
});

Deno.test("withRetry() fails with the very error of a stream", async () => {
  const writing = new WritingDriver();
  await using store = withRetry(new DriverObjectStore(writing.driver), FAST);
  const mine = new ObjectStoreTransientError("mine");
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(mine),
  });
  assertStrictEquals(
    await assertRejects(() => store.writeObject("a", stream)),
    mine,
  );
});

Deno.test("the signals of the wrapper and of the call both count for a stream that is being read", async () => {
  for (const which of [0, 1]) {
    const { driver } = new ReadingDriver(BYTES);
    const controllers = [new AbortController(), new AbortController()];
    const [{ signal: own }, { signal }] = controllers as [
      AbortController,
      AbortController,
    ];
    await using store = withRetry(new DriverObjectStore(driver), {
      ...FAST,
      signal: own,
    });
    const { stream } = await store.readObject("a", { signal });
    const reader = stream.getReader({ mode: "byob" });
    assertEquals((await reader.read(new Uint8Array(10))).value?.length, 10);
    const reason = new Error("enough");
    controllers[which]!.abort(reason);
    // What has come already may be given out first.
    const error = await assertRejects(async () => {
      for (;;) {
        const { done } = await reader.read(new Uint8Array(3000));
        assert(!done);
      }
    });
    assertStrictEquals(error, reason);
  }
});

Deno.test("a stream of two signals comes whole, by each of its ways", async () => {
  const { driver } = new ReadingDriver(BYTES);
  const { signal } = new AbortController();
  await using store = withRetry(new DriverObjectStore(driver), {
    ...FAST,
    signal: new AbortController().signal,
  });
  assertEquals(await (await store.readObject("a", { signal })).bytes(), BYTES);
  const { stream, size } = await store.readObject("a", { signal });
  assertEquals(size, BYTES.length);
  assertEquals(await new Response(stream).bytes(), BYTES);
  for await (const _ of (await store.readObject("a", { signal })).stream) break;
});

const ENDS: Readonly<
  Record<string, (content: ObjectContent) => Promise<unknown>>
> = {
  "its last byte": ({ stream }) => new Response(stream).bytes(),
  "bytes()": (content) => content.bytes(),
  "a second use, which is refused": async (content) => {
    await content.text();
    await assertRejects(() => content.text(), TypeError);
  },
  "cancel()": ({ stream }) => stream.cancel(),
  "cancel() in the middle": async ({ stream }) => {
    for await (const _ of stream) break;
  },
};

for (const [end, reach] of Object.entries(ENDS)) {
  Deno.test(`a stream of two signals leaves no listener on either after ${end}`, async () => {
    const { driver } = new ReadingDriver(BYTES);
    const [own, signal] = [1, 2].map(() => new AbortController().signal) as [
      AbortSignal,
      AbortSignal,
    ];
    await using store = withRetry(new DriverObjectStore(driver), {
      ...FAST,
      signal: own,
    });
    const content = await store.readObject("a", { signal });
    assertEquals(getEventListeners(signal, "abort").length, 1);
    await reach(content);
    assertEquals(getEventListeners(signal, "abort"), []);
    assertEquals(getEventListeners(own, "abort"), []);
  });
}

Deno.test("a stream of two signals leaves no listener on either after it has failed", async () => {
  const { driver } = new ReadingDriver(BYTES);
  const [own, signal] = [1, 2].map(() => new AbortController().signal) as [
    AbortSignal,
    AbortSignal,
  ];
  const inner = new DriverObjectStore(driver);
  await using store = withRetry(inner, { ...FAST, signal: own });
  const { stream } = await store.readObject("a", { signal });
  await inner.close();
  await assertRejects(
    () => new Response(stream).bytes(),
    ObjectStoreClosedError,
  );
  assertEquals(getEventListeners(signal, "abort"), []);
  assertEquals(getEventListeners(own, "abort"), []);
});

Deno.test("a stream of two signals ends for a reader that brings its own buffer", async () => {
  const { driver } = new ReadingDriver(BYTES);
  await using store = withRetry(new DriverObjectStore(driver), {
    ...FAST,
    signal: new AbortController().signal,
  });
  const { signal } = new AbortController();
  const { stream } = await store.readObject("a", { signal });
  const reader = stream.getReader({ mode: "byob" });
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(3000));
    if (done) break;
    size += value.length;
  }
  assertEquals(size, BYTES.length);
});

Deno.test("withRetry() lets go of a stream of which a part was read when the write fails", async () => {
  const inner = Object.assign(new DriverObjectStore(makeDriver({})), {
    async writeObject(_name: string, data: unknown) {
      const reader = (data as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      throw lost();
    },
  });
  await using store = withRetry(inner, FAST);
  const reasons: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(BYTES),
    cancel: (reason) => void reasons.push(reason),
  }, { highWaterMark: 0 });
  const error = await assertRejects(() => store.writeObject("a", stream));
  assertEquals([stream.locked, reasons], [false, [error]]);
});

Deno.test("a closed wrapper refuses the powers, and errors streams that nobody reads", async () => {
  const { driver } = new ReadingDriver(BYTES);
  const store = withRetry(
    new DriverObjectStore({ ...driver, delete: () => Promise.resolve() }),
    FAST,
  );
  const { stream } = await store.readObject("a");
  await store.close();
  await assertRejects(
    () => new Response(stream).bytes(),
    ObjectStoreClosedError,
  );
  await assertRejects(() => store.readObject("a"), ObjectStoreClosedError);
  await assertRejects(() => store.deleteObject!("a"), ObjectStoreClosedError);
  await assertRejects(() => store.readObject("a", { offset: -1 }), RangeError);
  const data = ReadableStream.from([BYTES]);
  await assertRejects(
    () => store.writeObject("a", data),
    ObjectStoreClosedError,
  );
});
