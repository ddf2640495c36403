import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fs from "node:fs";
import type { StoreDriver } from "../../src/driver.ts";
import { DriverObjectStore } from "../../src/driver_store/driver_object_store.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

const SIZE = 3 * 2 ** 20;

const DRIVER: StoreDriver = {
  getUri: (key) => `memory:${key}`,
  getSize: () => Promise.resolve(SIZE),
  open: () => Promise.resolve({ size: SIZE, bodySize: SIZE, body: makeBody() }),
  async put(_key, body) {
    await body.read(new Uint8Array(SIZE), 0);
  },
  close: () => Promise.resolve(),
};

async function* makeBody(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array(SIZE));
}

/** A store, a signal with its reason, and a disk that waits until it is released. */
function prepare() {
  const controller = new AbortController();
  return {
    store: new DriverObjectStore(DRIVER),
    controller,
    reason: new Error("enough"),
    begun: Promise.withResolvers<void>(),
    released: Promise.withResolvers<void>(),
  };
}

Deno.test("an aborted download does not wait for a write of a slow disk", async () => {
  await using directory = await makeTemporaryDirectory();
  const { store, controller, reason, begun, released } = prepare();
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = async function (bytes) {
    begun.resolve();
    await released.promise;
    return await write.call(this, bytes);
  };
  try {
    const downloading = store.downloadObject("a", directory.join("file"), {
      signal: controller.signal,
    });
    await begun.promise;
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => downloading), reason);
    assertEquals(await directory.list(), []);
  } finally {
    Deno.FsFile.prototype.write = write;
    released.resolve();
  }
  await store.close();
  assertEquals(await directory.list(), []);
});

Deno.test("a failed download leaves nothing behind, however slow the disk", async () => {
  await using directory = await makeTemporaryDirectory();
  const { store, reason, begun, released } = prepare();
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = async function (bytes) {
    begun.resolve();
    await released.promise;
    return await write.call(this, bytes);
  };
  try {
    const failed = Promise.withResolvers<void>();
    let isPending = true;
    const downloading = store.downloadObject("a", directory.join("new/file"), {
      async callback() {
        await begun.promise;
        failed.resolve();
        throw reason;
      },
    }).finally(() => isPending = false);
    const rejected = assertRejects(() => downloading);
    await failed.promise;
    // Longer than an abort may take.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals(isPending, true);
    released.resolve();
    assertStrictEquals(await rejected, reason);
    assertEquals(await directory.list(), []);
  } finally {
    Deno.FsFile.prototype.write = write;
    released.resolve();
  }
  await store.close();
});

Deno.test("an aborted upload does not wait for a read of a slow disk", async () => {
  await using directory = await makeTemporaryDirectory();
  const source = await directory.write("source", new Uint8Array(SIZE));
  const { store, controller, reason, begun, released } = prepare();
  const { read } = fs;
  fs.read = ((...args: Parameters<typeof read>) => {
    begun.resolve();
    released.promise.then(() => read(...args));
  }) as typeof read;
  try {
    const uploading = store.uploadObject("a", source, {
      signal: controller.signal,
    });
    await begun.promise;
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => uploading), reason);
  } finally {
    fs.read = read;
    released.resolve();
  }
  await store.close();
});

Deno.test("an upload sends nothing when the first call of its callback aborts it", async () => {
  await using directory = await makeTemporaryDirectory();
  const source = await directory.write("source", "bytes");
  let puts = 0;
  await using store = new DriverObjectStore({
    ...DRIVER,
    put: () => Promise.resolve(void puts++),
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  const error = await assertRejects(() =>
    store.uploadObject("a", source, {
      signal: controller.signal,
      callback: () => controller.abort(reason),
    })
  );
  assertStrictEquals(error, reason);
  assertEquals(puts, 0);
});
