import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { crc32 } from "node:zlib";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import {
  ObjectStoreClosedError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import {
  bytesOf,
  lost,
  makeDriver,
  ReadingDriver,
  type ReadingOptions,
} from "./make_driver.ts";

const SIZE = 10_007;
const BYTES = bytesOf(SIZE);

const KINDS: Record<string, ReadingOptions> = {
  "with ranges": { hasRanges: true },
  "without ranges": {},
  "that asks for ranges": { takesRange: true, hasRanges: true },
};

for (const [kind, options] of Object.entries(KINDS)) {
  Deno.test(`readObject() gives every range of a driver ${kind}`, async () => {
    for (const offset of [undefined, 0, 1, 999, 1000, 9999, SIZE - 1]) {
      for (
        const length of [undefined, 1, 1000, 1001, SIZE - 1, SIZE, 2 ** 53 - 1]
      ) {
        const reading = new ReadingDriver(BYTES, options);
        await using store = new DriverObjectStore(reading.driver);
        const content = await store.readObject("a", {
          ...offset === undefined ? {} : { offset },
          ...length === undefined ? {} : { length },
        });
        assertEquals(content.size, SIZE);
        const from = offset ?? 0;
        assertEquals(
          await content.bytes(),
          BYTES.slice(from, Math.min(SIZE, from + (length ?? SIZE))),
          `${offset} ${length}`,
        );
        assertEquals(reading.closed, 1);
      }
    }
  });

  Deno.test(`readObject() gives no bytes beyond the end, and of no length, of a driver ${kind}`, async () => {
    for (
      const range of [{ offset: SIZE }, { offset: SIZE + 5, length: 2 }, {
        length: 0,
      }, { offset: 3, length: 0 }]
    ) {
      const reading = new ReadingDriver(BYTES, options);
      await using store = new DriverObjectStore(reading.driver);
      const content = await store.readObject("a", range);
      assertEquals(content.size, SIZE);
      assertEquals((await Array.fromAsync(content.stream)).length, 0);
    }
  });
}

Deno.test("readObject() asks once where once is enough", async () => {
  const whole = new ReadingDriver(BYTES, KINDS["with ranges"]!);
  const store = new DriverObjectStore(whole.driver);
  await (await store.readObject("a")).bytes();
  assertEquals(whole.calls, [`open 0+${SIZE}`]);
  await (await store.readObject("a", { length: 7 })).bytes();
  assertEquals(whole.calls.slice(1), ["open 0+7"]);
  await (await store.readObject("a", { length: 0 })).bytes();
  assertEquals(whole.calls.slice(2), ["size"]);
  await store.close();

  const piece = new ReadingDriver(BYTES, KINDS["that asks for ranges"]!);
  await using other = new DriverObjectStore(piece.driver);
  await (await other.readObject("a", { offset: 5, length: 9 })).bytes();
  assertEquals(piece.calls, ["open 5+9"]);
});

Deno.test("readObject() asks for nothing before somebody reads, and then for no more than is read", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(reading.taken, 0);
  const reader = stream.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(reading.taken, 1);
  await reader.cancel();
});

Deno.test("readObject() gives chunks that belong to the reader", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  const chunks = await Array.fromAsync(stream);
  assertEquals(new Uint8Array(await new Blob(chunks).arrayBuffer()), BYTES);
});

Deno.test("readObject() fills buffers of the reader's own", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  const reader = stream.getReader({ mode: "byob" });
  const all: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(3001), {
      min: 3001,
    });
    if (value?.length) all.push(value);
    if (done) break;
  }
  assertEquals(all.map(({ length }) => length), [3001, 3001, 3001, 1004]);
  assertEquals(new Uint8Array(await new Blob(all).arrayBuffer()), BYTES);
});

Deno.test("readObject() can be used once, also of an empty object", async () => {
  for (const bytes of [BYTES, new Uint8Array(0)]) {
    const reading = new ReadingDriver(bytes);
    await using store = new DriverObjectStore(reading.driver);
    const content = await store.readObject("a");
    assertEquals(await content.bytes(), bytes);
    await assertRejects(() => content.bytes(), TypeError, "used already");
    await assertRejects(() => content.text(), TypeError, "used already");
  }
});

Deno.test("readObject() gives a text as it is, a byte order mark included", async () => {
  const text = "\uFEFFgrün ✓";
  const reading = new ReadingDriver(new TextEncoder().encode(text), {
    step: 2,
  });
  await using store = new DriverObjectStore(reading.driver);
  assertEquals(await (await store.readObject("a")).text(), text);
});

for (
  const [what, object] of Object.entries({
    short: { body: ReadableStream.from([BYTES.subarray(0, SIZE - 1)]) },
    long: { body: ReadableStream.from([BYTES, new Uint8Array(1)]) },
    damaged: { crc32: 5 },
  })
) {
  Deno.test(`readObject() never gives all the bytes of a body that is ${what}`, async () => {
    const reading = new ReadingDriver(BYTES, { object });
    await using store = new DriverObjectStore(reading.driver);
    const { stream } = await store.readObject("a");
    let count = 0;
    await assertRejects(async () => {
      for await (const chunk of stream) count += chunk.length;
    }, ObjectStoreTransientError);
    assert(count < SIZE, `${count}`);
    assertEquals(reading.closed, 1);
  });
}

Deno.test("readObject() takes the checksum of a whole object only", async () => {
  const reading = new ReadingDriver(BYTES, { object: { crc32: crc32(BYTES) } });
  await using store = new DriverObjectStore(reading.driver);
  assertEquals(await (await store.readObject("a")).bytes(), BYTES);
  const piece = await store.readObject("a", { offset: 1 });
  assertEquals(await piece.bytes(), BYTES.slice(1));
});

Deno.test("readObject() errors the stream with the store's error", async () => {
  const reading = new ReadingDriver(BYTES, {
    object: {
      body: {
        async *[Symbol.asyncIterator]() {
          yield await Promise.resolve(BYTES.subarray(0, 10));
          throw lost();
        },
      },
    },
  });
  await using store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  const reader = stream.getReader();
  assertEquals((await reader.read()).value, BYTES.slice(0, 10));
  const error = await assertRejects(
    () => reader.read(),
    ObjectStoreTransientError,
    'Cannot read "test:a": the connection was lost',
  );
  assertEquals(error.objectName, "a");
});

Deno.test("cancelling a stream stops the driver and closes the object at once", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel(new Error("enough"));
  assertEquals(reading.signal?.aborted, true);
  assertEquals(reading.closed, 1);
});

Deno.test("leaving a loop over the stream releases it", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  for await (const _ of (await store.readObject("a")).stream) break;
  assertEquals(reading.closed, 1);
});

Deno.test("cancelling during a read that hangs does not wait for the driver", async () => {
  const hanging = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const reading = new ReadingDriver(BYTES, {
    object: {
      body: {
        [Symbol.asyncIterator]: () => ({ next: () => hanging.promise }),
      },
    },
  });
  const store = new DriverObjectStore(reading.driver);
  const { stream } = await store.readObject("a");
  const reader = stream.getReader();
  const read = reader.read();
  await reader.cancel();
  assertEquals((await read).done, true);
  hanging.resolve({ value: BYTES, done: false });
  await store.close();
  assertEquals(reading.closed, 1);
});

for (const moment of ["unread", "between reads", "in a read"] as const) {
  Deno.test(`the signal errors a stream that is ${moment}`, async () => {
    const never = new Promise<never>(() => {});
    const reading = new ReadingDriver(BYTES, {
      object: {
        body: {
          async *[Symbol.asyncIterator]() {
            yield await Promise.resolve(BYTES.subarray(0, 10));
            // As a driver does it: the signal ends the waiting.
            await Promise.race([
              never,
              new Promise((_, reject) =>
                reading.signal!.addEventListener(
                  "abort",
                  () => reject(reading.signal!.reason),
                )
              ),
            ]);
          },
        },
      },
    });
    await using store = new DriverObjectStore(reading.driver);
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const { stream } = await store.readObject("a", { signal });
    const reader = stream.getReader();
    if (moment !== "unread") await reader.read();
    const read = moment === "in a read" ? reader.read() : undefined;
    read?.catch(() => {});
    controller.abort(reason);
    assertStrictEquals(
      await assertRejects(() => read ?? reader.read()),
      reason,
    );
    await store.close();
    assertEquals(reading.closed, 1);
  });
}

Deno.test("an abort after the end of the stream does nothing", async () => {
  const reading = new ReadingDriver(BYTES);
  await using store = new DriverObjectStore(reading.driver);
  const controller = new AbortController();
  const { signal } = controller;
  const content = await store.readObject("a", { signal });
  assertEquals(await content.bytes(), BYTES);
  controller.abort(new Error("late"));
  assertEquals(reading.signal?.aborted, false);
});

Deno.test("close() errors streams that nobody reads, and waits for none of them", async () => {
  const reading = new ReadingDriver(BYTES);
  const store = new DriverObjectStore(reading.driver);
  const unread = await store.readObject("a");
  const paused = (await store.readObject("a")).stream.getReader();
  await paused.read();
  await store.close();
  assertEquals(reading.closed, 2);
  for (const read of [() => unread.bytes(), () => paused.read()]) {
    const error = await assertRejects(read, ObjectStoreClosedError);
    assertEquals(error.message, 'Cannot read "test:a": the store is closed');
  }
});

Deno.test("close() lets a stream go on that is being read", async () => {
  const gate = Promise.withResolvers<void>();
  const reading = new ReadingDriver(BYTES, {
    object: {
      body: {
        async *[Symbol.asyncIterator]() {
          await gate.promise;
          for (let at = 0; at < SIZE; at += 100) {
            yield BYTES.subarray(at, at + 100);
          }
        },
      },
    },
  });
  const store = new DriverObjectStore(reading.driver);
  const content = await store.readObject("a");
  const bytes = content.bytes();
  const closing = store.close();
  gate.resolve();
  assertEquals(await bytes, BYTES);
  await closing;
});

Deno.test("close() errors a stream whose reader stops", async () => {
  const gate = Promise.withResolvers<void>();
  const reading = new ReadingDriver(BYTES, {
    object: {
      body: {
        async *[Symbol.asyncIterator]() {
          await gate.promise;
          yield BYTES.subarray(0, 100);
          yield BYTES.subarray(100);
        },
      },
    },
  });
  const store = new DriverObjectStore(reading.driver);
  const reader = (await store.readObject("a")).stream.getReader();
  const first = reader.read();
  const closing = store.close();
  gate.resolve();
  await first;
  await closing;
  await assertRejects(() => reader.read(), ObjectStoreClosedError);
});

Deno.test("readObject() refuses ranges that are none, before it asks", async () => {
  await using store = new DriverObjectStore(makeDriver({}));
  for (const name of ["offset", "length"]) {
    for (const value of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
      await assertRejects(
        () => store.readObject("a", { [name]: value }),
        RangeError,
        `Cannot use '${name}'`,
      );
    }
    await assertRejects(
      () => store.readObject("a", { [name]: "1" }),
      TypeError,
      `Cannot use '${name}'`,
    );
  }
});

Deno.test("readObject() closes an object that was opened too late", async () => {
  const opening = Promise.withResolvers<void>();
  const reading = new ReadingDriver(BYTES);
  const { open } = reading.driver;
  const store = new DriverObjectStore({
    ...reading.driver,
    open: async (key, options) => {
      await opening.promise;
      return await open(key, options);
    },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const read = store.readObject("a", { signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => read), reason);
  opening.resolve();
  await store.close();
  assertEquals(reading.closed, 1);
});
