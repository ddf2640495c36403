import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import {
  ObjectStoreClosedError,
  ObjectStoreError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import type { ObjectData, WriteObjectOptions } from "../../src/object_store.ts";
import { bytesOf, lost } from "./make_driver.ts";
import {
  TRY_AGAIN,
  WritingDriver,
  type WritingOptions,
} from "./writing_driver.ts";

const KIB = 1024;
/** Small parts, so that little is much. */
const settings = {
  partSize: 16 * KIB,
  smallestPart: 8 * KIB,
  heldBytes: 32 * KIB,
  maxParts: 10_000,
};
const SIZE = 100 * KIB + 7;
const BYTES = bytesOf(SIZE);

/** A stream of bytes that remembers whether it was cancelled. */
function streamOf(
  bytes: Uint8Array,
  { step = 3 * KIB, error, hangs = false }: {
    step?: number;
    error?: unknown;
    hangs?: boolean;
  } = {},
) {
  let at = 0;
  const cancelled = Promise.withResolvers<unknown>();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at += step));
      } else if (error !== undefined) controller.error(error);
      else if (hangs) return new Promise(() => {});
      else controller.close();
    },
    cancel: (reason) => cancelled.resolve(reason),
  }, { highWaterMark: 0 });
  return {
    stream,
    cancelled: cancelled.promise,
    get read() {
      return Math.min(at, bytes.length);
    },
  };
}

async function write(
  data: ObjectData,
  options: WriteObjectOptions = {},
  writing = new WritingDriver({ settings }),
): Promise<WritingDriver> {
  await using store = new DriverObjectStore(writing.driver);
  await store.writeObject("a", data, options);
  return writing;
}

const TEXT = "grün ✓ \uFEFF".repeat(5000);
const KINDS: Record<string, () => [ObjectData, Uint8Array]> = {
  "a Uint8Array": () => [BYTES, BYTES],
  "a view of a part of a buffer": () => [
    new Uint8Array(BYTES.slice().buffer, 3, 50_000),
    BYTES.slice(3, 50_003),
  ],
  "shared bytes": () => {
    const shared = new Uint8Array(new SharedArrayBuffer(SIZE));
    shared.set(BYTES);
    return [shared, BYTES];
  },
  "a string": () => [TEXT, new TextEncoder().encode(TEXT)],
  "a Blob": () => [new Blob([BYTES]).slice(1), BYTES.slice(1)],
  "a File": () => [new File([BYTES], "name"), BYTES],
  "a stream": () => [streamOf(BYTES).stream, BYTES],
  "a stream of bytes": () => [
    new ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(BYTES.slice());
        controller.close();
      },
    }),
    BYTES,
  ],
  "one end of a tee": () => {
    const [left, right] = streamOf(BYTES).stream.tee();
    right.cancel();
    return [left, BYTES];
  },
  "a stream with empty chunks": () => [
    ReadableStream.from([new Uint8Array(0), BYTES, new Uint8Array(0)]),
    BYTES,
  ],
  "a response's body": () => [new Response(BYTES).body!, BYTES],
  "an empty stream":
    () => [new ReadableStream({ start: (c) => c.close() }), new Uint8Array(0)],
  "an empty string": () => ["", new Uint8Array(0)],
};

for (const [kind, make] of Object.entries(KINDS)) {
  for (const hasParts of [true, false]) {
    Deno.test(`writeObject() stores ${kind}${hasParts ? "" : " in one request"}`, async () => {
      const [data, bytes] = make();
      const writing = new WritingDriver({ settings, hasParts });
      await write(data, {}, writing);
      assertEquals(writing.stored, bytes);
      const [sized] = make();
      await write(sized, { size: bytes.length }, writing);
      assertEquals(writing.stored, bytes);
    });
  }
}

Deno.test("writeObject() stores streams of every size around a part's, with and without their size", async () => {
  for (const size of [0, 1, 8191, 8192, 8193, 16383, 16384, 16385, 65536]) {
    for (const hasSize of [true, false]) {
      const writing = await write(
        streamOf(BYTES.subarray(0, size)).stream,
        hasSize ? { size } : {},
      );
      assertEquals(writing.stored, BYTES.slice(0, size));
      assertEquals(
        writing.calls[0],
        size <= 8192 ? `put ${size}` : `start ${hasSize ? size : undefined}`,
      );
    }
  }
});

Deno.test("writeObject() stores a large stream in one request as it comes, where there are no parts", async () => {
  const size = 16 * 2 ** 20 + 5;
  const bytes = bytesOf(size);
  const writing = new WritingDriver({ hasParts: false });
  const { stream } = streamOf(bytes, { step: 2 ** 20 });
  await write(stream, { size }, writing);
  assertEquals(writing.stored, bytes);
});

Deno.test("writeObject() holds no more than is said while parts are under way", async () => {
  const writing = new WritingDriver({
    settings: { ...settings, parallel: 8 },
    onPart: () => new Promise((resolve) => setTimeout(resolve, 1)),
  });
  await write(streamOf(BYTES).stream, {}, writing);
  assertEquals(writing.stored, BYTES);
  assert(writing.mostHeld > 8 * KIB, "side by side");
  assert(writing.mostHeld <= 32 * KIB, `${writing.mostHeld}`);
});

Deno.test("writeObject() asks a stream for no more than the parts under way have room for", async () => {
  const gate = Promise.withResolvers<void>();
  const writing = new WritingDriver({ settings, onPart: () => gate.promise });
  const source = streamOf(BYTES, { step: KIB });
  const done = write(source.stream, {}, writing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(source.read <= 33 * KIB, `${source.read}`);
  gate.resolve();
  await done;
});

Deno.test("writeObject() lets the parts of a long stream grow, and sends larger ones alone", async () => {
  const bytes = bytesOf(3 * 2 ** 20);
  const writing = new WritingDriver({
    settings: {
      partSize: KIB,
      heldBytes: 4 * KIB,
      maxParts: 1010,
      largestObject: 4 * 2 ** 20,
    },
  });
  await write(streamOf(bytes).stream, {}, writing);
  assertEquals(writing.stored, bytes);
  const sizes = writing.calls.filter((call) => call.startsWith("part"))
    .map((call) => Number(call.split("+")[1]));
  assert(sizes.length <= 1010, `${sizes.length}`);
  assert(Math.max(...sizes) > 100 * KIB, `${Math.max(...sizes)}`);
  // Never two of them at once.
  assert(writing.mostHeld < 1000 * KIB, `${writing.mostHeld}`);
});

Deno.test("writeObject() sends a part again from what it holds", async () => {
  const writing = new WritingDriver({
    settings,
    onPart(index, attempt) {
      if (index === 2 && attempt < 3) throw TRY_AGAIN;
    },
  });
  await write(streamOf(BYTES).stream, {}, writing);
  assertEquals(writing.stored, BYTES);
});

for (const hasSize of [true, false]) {
  Deno.test(`writeObject() fails with the very error of a stream ${hasSize ? "with" : "without"} its size, and leaves nothing`, async () => {
    for (const read of [0, 100, 8192, 50 * KIB]) {
      const error = new ObjectStoreTransientError("the caller's own");
      const { stream } = streamOf(BYTES.subarray(0, read), { error });
      const writing = new WritingDriver({ settings });
      assertStrictEquals(
        await assertRejects(() =>
          write(stream, hasSize ? { size: SIZE } : {}, writing)
        ),
        error,
      );
      assertEquals(writing.stored, undefined);
      const started = writing.calls.some((call) => call.startsWith("start"));
      assertEquals(writing.calls.includes("discard"), started);
      assertEquals(stream.locked, false);
    }
  });
}

for (const hasParts of [true, false]) {
  Deno.test(`writeObject() refuses a stream of another size ${hasParts ? "in parts" : "in one request"}`, async () => {
    for (const size of [0, 1, 8192, SIZE - 1, SIZE + 1, 2 * SIZE]) {
      const writing = new WritingDriver({ settings, hasParts });
      const { stream } = streamOf(BYTES);
      await assertRejects(
        () => write(stream, { size }, writing),
        RangeError,
        `the ${size} bytes`,
      );
      assertEquals(writing.stored, undefined);
      assertEquals(stream.locked, false);
    }
  });
}

Deno.test("writeObject() refuses a large stream of another size before its last bytes go, where there are no parts", async () => {
  const size = 17 * 2 ** 20;
  for (const found of [size - 1, size + 1]) {
    const writing = new WritingDriver({ hasParts: false });
    const { stream } = streamOf(bytesOf(found), { step: 2 ** 20 });
    await assertRejects(() => write(stream, { size }, writing), RangeError);
    assertEquals(writing.stored, undefined);
  }
});

Deno.test("writeObject() cancels the stream on every failure, with the error", async () => {
  const writing = new WritingDriver({
    settings,
    onPart: () => {
      throw lost();
    },
  });
  const store = new DriverObjectStore(writing.driver);
  const aborted = AbortSignal.abort(new Error("enough"));
  const cases: [string, WriteObjectOptions][] = [
    ["a", {}],
    ["", {}],
    ["a", { size: -1 }],
    ["a", { signal: aborted }],
    ["a", { size: 9, callback: () => Promise.reject(new Error("mine")) }],
  ];
  for (const [name, options] of cases) {
    const source = streamOf(BYTES);
    const error = await assertRejects(() =>
      store.writeObject(name, source.stream, options)
    );
    assertStrictEquals(await source.cancelled, error);
  }
  await store.close();
  const source = streamOf(BYTES);
  const error = await assertRejects(
    () => store.writeObject("a", source.stream),
    ObjectStoreClosedError,
  );
  assertStrictEquals(await source.cancelled, error);
  assertEquals(writing.stored, undefined);
});

Deno.test("an abort ends a write whose stream says nothing, and discards the upload", async () => {
  for (const read of [0, 50 * KIB]) {
    const writing = new WritingDriver({ settings });
    await using store = new DriverObjectStore(writing.driver);
    const source = streamOf(BYTES.subarray(0, read), { hangs: true });
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("enough");
    const done = store.writeObject("a", source.stream, { signal });
    while (source.read < read) await new Promise((next) => setTimeout(next, 1));
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => done), reason);
    assertStrictEquals(await source.cancelled, reason);
    assertEquals(writing.calls.includes("discard"), read > 0);
  }
});

Deno.test("an abort right before the commit leaves nothing", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  for (const data of [BYTES, streamOf(BYTES).stream, "short"]) {
    const writing = new WritingDriver({
      settings,
      onCommit: () => controller.abort(new Error("enough")),
    });
    await assertRejects(() => write(data, { signal }, writing));
    assertEquals(writing.stored, undefined);
  }
});

Deno.test("writeObject() reports progress as an upload, and of a stream without size only the end", async () => {
  for (const data of [BYTES, streamOf(BYTES).stream]) {
    const seen: number[] = [];
    await write(data, {
      ...data instanceof ReadableStream ? { size: SIZE } : {},
      callback(bytes, total) {
        assertEquals(total, SIZE);
        seen.push(bytes);
      },
    });
    assertEquals(seen.toSorted((a, b) => a - b), seen);
    assertEquals(new Set(seen).size, seen.length);
    assert(seen.length > 3, `${seen}`);
    assertEquals(seen.at(-1), SIZE);
  }
  for (const size of [SIZE, 5, 0]) {
    const seen: number[][] = [];
    const { stream } = streamOf(BYTES.subarray(0, size));
    await write(stream, { callback: (...numbers) => void seen.push(numbers) });
    assertEquals(seen, [[size, size]]);
  }
});

Deno.test("a callback that throws ends a write and leaves nothing but what is stored", async () => {
  const mine = new Error("mine");
  const writing = new WritingDriver({ settings });
  const callback = (bytes: number) => {
    if (bytes > 20_000) throw mine;
  };
  const { stream } = streamOf(BYTES);
  assertStrictEquals(
    await assertRejects(() => write(stream, { size: SIZE, callback }, writing)),
    mine,
  );
  assertEquals(writing.stored, undefined);
  assertEquals(writing.calls.at(-1), "discard");
});

Deno.test("writeObject() passes the media type on, and refuses what is none", async () => {
  for (const data of ["x", BYTES, streamOf(BYTES).stream]) {
    const writing = await write(data, { contentType: "text/plain; a=b" });
    assertEquals(writing.contentType, "text/plain; a=b");
  }
  for (const contentType of ["", " x", "a\nb", "ü", 7]) {
    await assertRejects(
      () => write("x", { contentType: contentType as string }),
      TypeError,
      "contentType",
    );
  }
});

Deno.test("writeObject() refuses what cannot be stored", async () => {
  const locked = streamOf(BYTES).stream;
  locked.getReader();
  const gone = new Uint8Array(5);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  for (
    const data of [
      undefined,
      null,
      7,
      {},
      [1],
      new ArrayBuffer(3),
      locked,
      gone,
      new DataView(new ArrayBuffer(1)),
    ]
  ) {
    await assertRejects(
      () => write(data as ObjectData),
      TypeError,
      "Cannot use 'data'",
    );
  }
  await assertRejects(() => write("abc", { size: 2 }), RangeError, "3 bytes");
  await assertRejects(() => write(new Blob(["x"]), { size: 0 }), RangeError);
});

Deno.test("writeObject() refuses chunks that are no bytes", async () => {
  for (const chunk of ["text", null, [1], new ArrayBuffer(2)]) {
    const stream = ReadableStream.from([BYTES, chunk]);
    const writing = new WritingDriver({ settings });
    await assertRejects(
      () => write(stream as ReadableStream<Uint8Array>, {}, writing),
      TypeError,
      "must give Uint8Array chunks",
    );
    assertEquals(writing.stored, undefined);
  }
});

Deno.test("writeObject() refuses what is larger than an object can be", async () => {
  const options: WritingOptions = {
    settings: { ...settings, largestObject: 20_000 },
  };
  for (const data of [BYTES, streamOf(BYTES).stream]) {
    for (const size of [SIZE, undefined]) {
      const writing = new WritingDriver(options);
      const input = data instanceof Uint8Array ? data : streamOf(BYTES).stream;
      await assertRejects(
        () => write(input, size === undefined ? {} : { size }, writing),
        ObjectStoreError,
        "the largest object here has 20000",
      );
      assertEquals(writing.stored, undefined);
      if (size !== undefined) assertEquals(writing.calls, []);
    }
  }
});

Deno.test("an error of the service is the store's, and the parts are discarded", async () => {
  const writing = new WritingDriver({
    settings,
    onPart(index) {
      if (index === 3) throw lost();
    },
  });
  await assertRejects(
    () => write(streamOf(BYTES).stream, {}, writing),
    ObjectStoreTransientError,
    'Cannot write "test:a": the connection was lost',
  );
  assertEquals(writing.calls.at(-1), "discard");
});
