import { assert, assertEquals, assertRejects } from "@std/assert";
import { ObjectStoreTransientError } from "../../src/errors.ts";
import { OpendalDriver } from "../../src/opendal/driver.ts";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";
import { NativeCalls } from "../../src/opendal/native_calls.ts";
import { SERVICES } from "../../src/opendal/services.ts";
import { MemoryOperator } from "./memory_operator.ts";

/** Opens a store on an operator. */
function open(
  operator: MemoryOperator,
  options: { scheme?: string; requestTimeout?: number } = {},
): OpendalObjectStore {
  return new OpendalObjectStore({ operator, uri: "memory://m", ...options });
}

Deno.test("a later upload waits for one that an abort has left behind", async () => {
  const operator = new MemoryOperator();
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isFirst = true;
  operator.before = (request) => {
    if (request !== "write a" || !isFirst) return Promise.resolve();
    isFirst = false;
    reached.resolve();
    return held.promise;
  };
  await using store = open(operator);
  const controller = new AbortController();
  const { signal } = controller;
  const first = store.writeObject("a", "first", { signal });
  await reached.promise;
  controller.abort("aborted");
  assertEquals(await first.catch((error) => error), "aborted");
  const second = store.writeObject("a", "second");
  held.resolve();
  await second;
  const { stream } = await store.readObject("a");
  assertEquals(await new Response(stream).text(), "second");
});

Deno.test("what passes is asked again, up to three times, and then is transient", async () => {
  const operator = new MemoryOperator();
  let failures = 2;
  operator.before = (request) =>
    request.startsWith("stat") && failures-- > 0
      ? Promise.reject(new Error("Unexpected (temporary) at stat => lost"))
      : Promise.resolve();
  await using store = open(operator);
  await store.writeObject("a", "12345");
  assertEquals(await store.getObjectSize("a"), 5);
  failures = Infinity;
  operator.requests.length = 0;
  await assertRejects(
    () => store.getObjectSize("a"),
    ObjectStoreTransientError,
  );
  assertEquals(operator.requests, ["stat a", "stat a", "stat a"]);
});

Deno.test("a request without an answer ends by the store's own timeout", async () => {
  const operator = new MemoryOperator();
  const held = Promise.withResolvers<void>();
  operator.before = () => held.promise;
  const store = open(operator, { requestTimeout: 20 });
  await assertRejects(
    () => store.getObjectSize("a"),
    ObjectStoreTransientError,
    "no answer for 20 ms",
  );
  held.resolve();
  await store.close();
});

Deno.test("where a file is visible while it is written, it is written beside and renamed", async () => {
  const operator = new MemoryOperator({ listWithRecursive: false });
  await using store = open(operator, { scheme: "webdav" });
  await store.writeObject("a/b", "whole");
  const [written, renamed, ...rest] = operator.requests;
  assert(written?.startsWith("write .object-store-upload-"), written);
  assertEquals([renamed, rest], ["rename a/b", []]);
  const names = await Array.fromAsync(store.listObjects());
  assertEquals(names, ["a/b"]);
});

Deno.test("an upload that fails leaves no temporary file, and close() waits for that", async () => {
  const operator = new MemoryOperator({ listWithRecursive: false });
  operator.before = (request) =>
    request.startsWith("rename")
      ? Promise.reject(new Error("Unexpected (permanent) at rename => no"))
      : Promise.resolve();
  const store = open(operator, { scheme: "webdav" });
  await assertRejects(() => store.writeObject("a", "x"), Error, "rename");
  await store.close();
  assertEquals([...operator.values.keys()], []);
});

Deno.test("an object that is replaced while it is read is transient, and never mixed", async () => {
  const operator = new MemoryOperator();
  await using store = open(operator);
  await store.writeObject("a", "x".repeat(10));
  operator.before = (request) => {
    if (request === "reader a") operator.values.set("a", new Uint8Array(20));
    return Promise.resolve();
  };
  const content = await store.readObject("a");
  await assertRejects(
    () => content.bytes(),
    ObjectStoreTransientError,
    "replaced meanwhile",
  );
});

Deno.test("a size that nobody has told is none, and an empty object is empty", async () => {
  const operator = new MemoryOperator();
  await using store = open(operator);
  await store.writeObject("a", "12345");
  await store.writeObject("empty", "");
  operator.hidesSizes = true;
  const asked = [
    () => store.getObjectSize("a"),
    async () => await (await store.readObject("a")).bytes(),
  ];
  for (const ask of asked) {
    await assertRejects(ask, ObjectStoreTransientError, "tells no size");
  }
  assertEquals(await store.getObjectSize("empty"), 0);
  assertEquals((await (await store.readObject("empty")).bytes()).length, 0);
});

Deno.test("the cause of a name conflict holds no secret of the service's options", async () => {
  const operator = new MemoryOperator({ listWithRecursive: false });
  operator.values.set("a", new Uint8Array(1));
  operator.before = (request) =>
    request.startsWith("rename")
      ? Promise.reject(new Error("Unexpected (permanent) at rename => key-1!"))
      : Promise.resolve();
  const driver = new OpendalDriver({
    operator: () => Promise.resolve(operator),
    service: SERVICES.webdav!,
    uri: "webdav://place",
    isStrict: true,
    requestTimeout: 1000,
    secrets: ["key-1!"],
  });
  const body = {
    size: 0,
    async *chunks() {},
    read: () => Promise.resolve(),
  };
  const { signal } = new AbortController();
  const error = await assertRejects(() => driver.put("a/b", body, { signal }));
  const { code, cause } = error as { code?: string; cause?: Error };
  assertEquals(code, "OBJECT_NAME_CONFLICT");
  assertEquals(cause?.message, "Unexpected at rename: [not shown]");
  await driver.close();
});

Deno.test("what is asked after an abort waits for the write that it has left behind", async () => {
  const operator = new MemoryOperator();
  await using store = open(operator);
  await store.writeObject("a", "old");
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  operator.before = (request) => {
    if (request !== "write a") return Promise.resolve();
    reached.resolve();
    return held.promise;
  };
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = store.writeObject("a", "the new one", { signal });
  await reached.promise;
  controller.abort("aborted");
  assertEquals(await aborted.catch((error) => error), "aborted");
  const size = store.getObjectSize("a");
  const read = store.readObject("a")
    .then(({ stream }) => new Response(stream).text());
  const names = Array.fromAsync(store.listObjects());
  held.resolve();
  assertEquals(await size, 11);
  assertEquals(await read, "the new one");
  assertEquals(await names, ["a"]);
});

Deno.test("a request that carries much has as many times longer to be answered", async () => {
  const calls = new NativeCalls(20);
  const never = new Promise<never>(() => {});
  const { signal } = new AbortController();
  const reasons = await Promise.all(
    [0, 2 ** 20, 24 * 2 ** 20].map((bytes) =>
      calls.run(() => never, { signal, bytes }).catch(({ message }) => message)
    ),
  );
  assertEquals(reasons, [
    "no answer for 20 ms",
    "no answer for 20 ms",
    "no answer for 60 ms",
  ]);
});

Deno.test("an answer that came while the process was held up is no silence", async () => {
  const calls = new NativeCalls(50);
  const { signal } = new AbortController();
  const answer = calls.run(
    () => new Promise((resolve) => setTimeout(resolve, 10, "answer")),
    { signal },
  );
  const end = performance.now() + 200;
  while (performance.now() < end);
  assertEquals(await answer, "answer");
});

Deno.test("after a lost connection a store on a pool makes a new operator, and another store keeps its own", async () => {
  for (const [scheme, expected] of [["redis", 2], ["azblob", 1]] as const) {
    const operators: MemoryOperator[] = [];
    const make = () => {
      const operator = new MemoryOperator();
      operators.push(operator);
      return operator;
    };
    await using store = new OpendalObjectStore({
      operator: make,
      scheme,
      uri: "test://place",
    });
    await store.writeObject("a", "12345");
    const [first] = operators;
    first!.before = () =>
      Promise.reject(new Error("Unexpected (temporary) at stat => pool"));
    await assertRejects(
      () => store.getObjectSize("a"),
      ObjectStoreTransientError,
    );
    first!.before = () => Promise.resolve();
    await store.writeObject("a", "123");
    assertEquals(operators.length, expected, scheme);
    assertEquals(await store.getObjectSize("a"), 3, scheme);
  }
});

Deno.test("an upload whose answer has no ETag has not been stored, where the service gives one", async () => {
  for (const etag of [null, "abc"]) {
    const operator = new MemoryOperator();
    operator.told = { etag };
    await using store = open(operator, { scheme: "s3" });
    const outcome = await store.writeObject("a", "12345")
      .then(() => "stored", ({ code }) => code);
    assertEquals(outcome, etag === null ? "OTHER" : "stored");
  }
});
