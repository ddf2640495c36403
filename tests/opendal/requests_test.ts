import { assert, assertEquals, assertRejects } from "@std/assert";
import { ObjectStoreTransientError } from "../../src/errors.ts";
import { OpendalDriver } from "../../src/opendal/driver.ts";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";
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
    hide: (text) => text.replaceAll("key-1!", "[not shown]"),
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
