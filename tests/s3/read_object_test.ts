import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ServerResponse } from "node:http";
import {
  ObjectNotFoundError,
  ObjectStoreError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import { type Intercept, sendError } from "../s3_protocol/s3_server.ts";
import { bytesOf, openOnServer } from "./store_on_server.ts";

const MIB = 2 ** 20;
const SIZE = 3 * MIB + 5;
const BYTES = bytesOf(SIZE);

/** Sends so many bytes of a whole answer and then resets the connection. */
function cutAfter(count: number, times = Infinity): Intercept {
  let left = times;
  return async ({ method, headers }, response) => {
    if (method !== "GET" || left-- <= 0) return false;
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    head(response, from, headers.range !== undefined);
    await send(response, BYTES.subarray(from, from + count));
    response.socket?.destroy();
    return true;
  };
}

function head(response: ServerResponse, from: number, isRange: boolean): void {
  response.writeHead(isRange ? 206 : 200, {
    etag: '"v1"',
    "content-length": SIZE - from,
    ...isRange ? { "content-range": `bytes ${from}-${SIZE - 1}/${SIZE}` } : {},
  });
}

function send(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => response.write(bytes, () => resolve()));
}

Deno.test("readObject() is one GET, also of a range, and asks for no sum of one", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  const whole = await on.store.readObject("a");
  assertEquals(whole.size, SIZE);
  assertEquals(await whole.bytes(), BYTES);
  const piece = await on.store.readObject("a", { offset: 100, length: 1000 });
  assertEquals(piece.size, SIZE);
  assertEquals(await piece.bytes(), BYTES.slice(100, 1100));
  const tail = await on.store.readObject("a", { offset: SIZE - 3, length: 9 });
  assertEquals(await tail.bytes(), BYTES.slice(SIZE - 3));
  assertEquals(on.server.calls, ["GET", "GET", "GET"]);
  assertEquals(on.server.seen.map(({ headers }) => headers.range), [
    undefined,
    "bytes=100-1099",
    `bytes=${SIZE - 3}-${SIZE + 5}`,
  ]);
});

Deno.test("readObject() takes the size from the refusal of a range beyond the end, or asks", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  on.server.set("empty", new Uint8Array(0));
  for (const [name, size] of [["a", SIZE], ["empty", 0]] as const) {
    const content = await on.store.readObject(name, { offset: size });
    assertEquals([content.size, (await content.bytes()).length], [size, 0]);
  }
  assertEquals(on.server.calls, ["GET", "GET"]);
  on.server.intercept = ({ method }, response) => {
    if (method !== "GET") return false;
    sendError(response, 416, "InvalidRange");
    return true;
  };
  const content = await on.store.readObject("a", { offset: SIZE, length: 1 });
  assertEquals([content.size, (await content.bytes()).length], [SIZE, 0]);
});

Deno.test("readObject() says that an object was replaced that a range was refused of", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  on.server.intercept = ({ method }, response) => {
    if (method !== "GET") return false;
    sendError(response, 416, "InvalidRange");
    return true;
  };
  await assertRejects(
    () => on.store.readObject("a", { offset: 5 }),
    ObjectStoreTransientError,
    "replaced",
  );
});

Deno.test("readObject() reads past what comes first where a service knows no ranges", async () => {
  await using on = await openOnServer();
  on.server.set("a", BYTES);
  on.server.intercept = ({ headers }) => {
    delete headers.range;
    return false;
  };
  const content = await on.store.readObject("a", { offset: 9, length: MIB });
  assertEquals(content.size, SIZE);
  assertEquals(await content.bytes(), BYTES.slice(9, 9 + MIB));
  assertEquals(on.server.calls, ["GET"]);
});

for (
  const range of [
    "bytes 0-9/100",
    "bytes 5-13/100",
    "bytes 5-15/100",
    "bytes 5-14/*",
    "",
  ]
) {
  Deno.test(`readObject() takes no '${range}' for the ten bytes from 5 on`, async () => {
    await using on = await openOnServer();
    on.server.intercept = (_, response) => {
      response.writeHead(206, range ? { "content-range": range } : {});
      response.end(BYTES.subarray(0, 10));
      return true;
    };
    const error = await assertRejects(
      () => on.store.readObject("a", { offset: 5, length: 10 }),
      ObjectStoreError,
      "another one",
    );
    assertEquals(error.code, "OTHER");
  });
}

Deno.test("readObject() tells what is missing or forbidden before it gives a stream", async () => {
  await using on = await openOnServer();
  for (const options of [{}, { offset: 1 }, { length: 0 }]) {
    await assertRejects(
      () => on.store.readObject("none", options),
      ObjectNotFoundError,
      'Cannot read "s3://bucket/none"',
    );
  }
  on.server.intercept = (_, response) => {
    sendError(response, 403, "AccessDenied");
    return true;
  };
  await assertRejects(
    () => on.store.readObject("a"),
    ObjectStorePermissionError,
  );
});

Deno.test("a body that is cut is asked for again from where it was, of the same version", async () => {
  await using on = await openOnServer();
  on.server.objects.set("a", { bytes: BYTES, etag: '"v1"' });
  on.server.intercept = cutAfter(MIB, 2);
  const content = await on.store.readObject("a");
  assertEquals(await content.bytes(), BYTES);
  const again = on.server.seen.slice(1).map(({ headers }) => headers);
  assert(again.length > 0);
  for (const headers of again) assertEquals(headers["if-match"], '"v1"');
});

Deno.test("a range that is cut is asked for again from where it was, of the same version", async () => {
  await using on = await openOnServer();
  on.server.objects.set("a", { bytes: BYTES, etag: '"v1"' });
  const [from, length] = [7, 2 * MIB];
  on.server.intercept = async (_, response) => {
    on.server.intercept = undefined;
    response.writeHead(206, {
      etag: '"v1"',
      "content-length": length,
      "content-range": `bytes ${from}-${from + length - 1}/${SIZE}`,
    });
    await send(response, BYTES.subarray(from, from + MIB));
    response.socket?.destroy();
    return true;
  };
  const content = await on.store.readObject("a", { offset: from, length });
  assertEquals(await content.bytes(), BYTES.slice(from, from + length));
  const [, again] = on.server.seen;
  assertEquals(again?.headers["if-match"], '"v1"');
  assert(again?.headers.range?.endsWith(`-${from + length - 1}`));
});

Deno.test("a body that is cut after the object was replaced errors, and never mixes", async () => {
  await using on = await openOnServer();
  on.server.intercept = cutAfter(MIB, 1);
  on.server.objects.set("a", { bytes: BYTES, etag: '"v2"' });
  const { stream } = await on.store.readObject("a");
  let count = 0;
  await assertRejects(
    async () => {
      for await (const chunk of stream) count += chunk.length;
    },
    ObjectStoreTransientError,
    "replaced",
  );
  assert(count <= MIB);
});

Deno.test("a body that is cut again and again errors the stream", async () => {
  await using on = await openOnServer();
  on.server.intercept = cutAfter(1000);
  const { stream } = await on.store.readObject("a");
  await assertRejects(
    () => new Response(stream).bytes(),
    ObjectStoreTransientError,
  );
});

Deno.test("a damaged body never gives its last byte", async () => {
  await using on = await openOnServer();
  await on.store.writeObject("a", BYTES);
  const stored = on.server.objects.get("a")!;
  const damaged = stored.bytes.slice();
  damaged[5] = damaged[5]! ^ 1;
  on.server.objects.set("a", { ...stored, bytes: damaged });
  const { stream } = await on.store.readObject("a");
  let count = 0;
  await assertRejects(
    async () => {
      for await (const chunk of stream) count += chunk.length;
    },
    ObjectStoreTransientError,
    "checksum",
  );
  assert(count < SIZE);
});

Deno.test("a reader that waits longer than the timeout is no silence, and is not read ahead for", async () => {
  await using on = await openOnServer({ timeout: 200 });
  const big = bytesOf(32 * MIB);
  on.server.set("a", big);
  const { stream } = await on.store.readObject("a");
  const reader = stream.getReader();
  let count = (await reader.read()).value!.length;
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    count += value.length;
  }
  assertEquals(count, big.length);
  assertEquals(on.server.calls, ["GET"]);
});

Deno.test("connections that are cut whenever the reader waits are no failures of the service", async () => {
  await using on = await openOnServer({ attempts: 2 });
  on.server.objects.set("a", { bytes: BYTES, etag: '"v1"' });
  let response: ServerResponse | undefined;
  on.server.intercept = async ({ headers }, answer) => {
    response = answer;
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    head(answer, from, headers.range !== undefined);
    await send(answer, BYTES.subarray(from, from + 1000));
    return true;
  };
  const reader = (await on.store.readObject("a")).stream.getReader();
  for (let count = 1; count <= 3; count++) {
    assertEquals((await reader.read()).value?.length, 1000);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    response!.socket?.destroy();
  }
  on.server.intercept = undefined;
  let count = 3000;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    count += value.length;
  }
  assertEquals(count, SIZE);
});

Deno.test("cancelling a stream, and its signal, release the connection at once", async () => {
  for (const way of ["cancel", "abort"]) {
    await using on = await openOnServer();
    const closed = Promise.withResolvers<void>();
    on.server.intercept = async (_, response) => {
      response.socket!.on("close", () => closed.resolve());
      head(response, 0, false);
      await send(response, BYTES.subarray(0, MIB));
      return true;
    };
    const controller = new AbortController();
    const { signal } = controller;
    const { stream } = await on.store.readObject("a", { signal });
    const reader = stream.getReader();
    await reader.read();
    if (way === "cancel") await reader.cancel();
    else controller.abort(new Error("enough"));
    await closed.promise;
  }
});

Deno.test("close() ends streams that nobody reads, with their connections", async () => {
  await using on = await openOnServer();
  const big = bytesOf(32 * MIB);
  on.server.set("a", big);
  const { stream } = await on.store.readObject("a");
  const reader = stream.getReader();
  await reader.read();
  await on.store.close();
  await assertRejects(() => reader.read(), ObjectStoreError, "is closed");
});
