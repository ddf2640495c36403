import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  DriverObjectStore,
  ListableDriverObjectStore,
} from "../../src/driver_store/driver_object_store.ts";
import { ObjectStoreClosedError } from "../../src/errors.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { bytesOf, makeDriver, ReadingDriver } from "./make_driver.ts";

/** A store with the names `p/a`, `p/b` and `p/c`, and what its driver was asked. */
function makeListing() {
  const asked: { prefix: string; signal: AbortSignal | undefined }[] = [];
  const given: string[] = [];
  const store = new ListableDriverObjectStore({
    ...makeDriver({}),
    list(prefix, options) {
      asked.push({ prefix, signal: options?.signal });
      return (async function* () {
        for (const name of ["a", "b", "c"]) {
          given.push(name);
          yield await Promise.resolve(`p/${name}`);
        }
      })();
    },
  }, { prefix: "p" });
  return { store, asked, given };
}

Deno.test("close() closes the driver once, and waits until it is closed", async () => {
  const gate = Promise.withResolvers<void>();
  const events: string[] = [];
  const store = new DriverObjectStore(makeDriver({
    async close() {
      events.push("began");
      await gate.promise;
      events.push("ended");
    },
  }));
  const closing = Promise.all([store.close(), store.close()])
    .then(() => events.push("closed"));
  // A turn of the event loop, in which close() would resolve if it did not wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(events, ["began"]);
  gate.resolve();
  await closing;
  assertEquals(events, ["began", "ended", "closed"]);
});

Deno.test("downloadObject() replaces no file unless it is told to", async () => {
  await using directory = await makeTemporaryDirectory();
  const path = directory.join("file");
  await Deno.writeTextFile(path, "mine");
  const { driver, calls } = new ReadingDriver(bytesOf(10));
  await using store = new DriverObjectStore(driver);
  await assertRejects(() => store.downloadObject("a", path), Error);
  assertEquals(await Deno.readTextFile(path), "mine");
  assertEquals(calls, []);
  await store.downloadObject("a", path, { overwrite: true });
  assertEquals(await Deno.readFile(path), bytesOf(10));
});

Deno.test("downloadObject() closes the object when its file cannot be made", async () => {
  await using directory = await makeTemporaryDirectory();
  const parent = directory.join("parent");
  const reading = new ReadingDriver(bytesOf(10));
  await using store = new DriverObjectStore({
    ...reading.driver,
    async open(key, options) {
      // What was to become a directory is a file meanwhile.
      await Deno.writeTextFile(parent, "");
      return await reading.driver.open(key, options);
    },
  });
  await assertRejects(
    () => store.downloadObject("a", directory.join("parent", "file")),
    Error,
  );
  assertEquals(reading.closed, 1);
});

Deno.test("listObjects() asks the driver for the store's own prefix, with a signal that follows the caller's", async () => {
  const { store, asked } = makeListing();
  const controller = new AbortController();
  const { signal } = controller;
  const names = store.listObjects("a", { signal })[Symbol.asyncIterator]();
  assertEquals((await names.next()).value, "a");
  assertEquals(asked.map(({ prefix }) => prefix), ["p/a"]);
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(asked[0]?.signal?.reason, reason);
  assertStrictEquals(await assertRejects(() => names.next()), reason);
  await store.close();
});

Deno.test("listObjects() asks for no name after an abort", async () => {
  const { store, given } = makeListing();
  const controller = new AbortController();
  const { signal } = controller;
  const names = store.listObjects("", { signal })[Symbol.asyncIterator]();
  await names.next();
  controller.abort(new Error("enough"));
  await assertRejects(() => names.next(), Error, "enough");
  await store.close();
  assertEquals(given, ["a"]);
});

Deno.test("listObjects() gives no name once the store is closed", async () => {
  const { store, given } = makeListing();
  const names = store.listObjects()[Symbol.asyncIterator]();
  await names.next();
  await store.close();
  await assertRejects(() => names.next(), ObjectStoreClosedError);
  assertEquals(given, ["a"]);
});

Deno.test("listObjects() asks the driver for nothing if the signal has aborted or the store is closed", async () => {
  const { store, asked } = makeListing();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(
    await assertRejects(() =>
      Array.fromAsync(store.listObjects("", { signal }))
    ),
    reason,
  );
  await store.close();
  await assertRejects(
    () => Array.fromAsync(store.listObjects()),
    ObjectStoreClosedError,
  );
  assertEquals(asked, []);
});
