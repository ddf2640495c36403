import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type OpenObject,
  type StoreDriver,
  StoreFailure,
} from "../../src/driver.ts";
import {
  DriverObjectStore,
  ListableDriverObjectStore,
} from "../../src/driver_store/driver_object_store.ts";
import { ObjectStoreError } from "../../src/errors.ts";
import { withRetry } from "../../src/retry/with_retry.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";

function makeDriver(members: Partial<StoreDriver>): StoreDriver {
  return {
    getUri: (key) => `test:${key}`,
    getSize: () => Promise.resolve(0),
    open: () => Promise.reject(new Error("unused")),
    put: () => Promise.reject(new Error("unused")),
    close: () => Promise.resolve(),
    ...members,
  };
}

for (const size of [NaN, -1, 1.5, 2 ** 53, "5", null, undefined]) {
  Deno.test(`DriverObjectStore refuses ${JSON.stringify(size)} (${typeof size}) as a size`, async () => {
    await using directory = await makeTemporaryDirectory();
    let isClosed = false;
    const object = {
      size,
      bodySize: 0,
      body: ReadableStream.from([]),
      close: () => Promise.resolve(void (isClosed = true)),
    } as unknown as OpenObject;
    await using store = new DriverObjectStore(makeDriver({
      getSize: () => Promise.resolve(size as number),
      open: () => Promise.resolve(object),
    }));
    for (
      const operation of [
        () => store.getObjectSize("a"),
        () => store.downloadObject("a", directory.join("file")),
      ]
    ) {
      const error = await assertRejects(operation, Error) as Error & {
        code?: string;
      };
      assertEquals(error.code, "OTHER");
      assertStringIncludes(error.message, "no number of bytes");
    }
    await store.close();
    assertEquals(isClosed, true);
  });
}

Deno.test("DriverObjectStore refuses listed keys that no name can have or that lie elsewhere", async () => {
  for (const key of ["p/\ud800", 7, "other/a"]) {
    await using store = new ListableDriverObjectStore({
      ...makeDriver({}),
      async *list() {
        yield await Promise.resolve(key as string);
      },
    }, { prefix: "p" });
    const error = await assertRejects(() =>
      Array.fromAsync(store.listObjects())
    ) as { code?: string };
    assertEquals(error.code, "OTHER", String(key));
  }
});

Deno.test("a listing that fails names the place that is listed (clause 22)", async () => {
  function openStore(prefix: string): ListableDriverObjectStore {
    return new ListableDriverObjectStore({
      ...makeDriver({ getUri: (key) => `test://bucket/${key}` }),
      // deno-lint-ignore require-yield
      async *list() {
        throw await Promise.resolve(new StoreFailure("TRANSIENT", "busy"));
      },
    }, { prefix });
  }
  for (const [prefix, uri] of [["", ""], ["runs/1", "runs/1/"]] as const) {
    const failing = openStore(prefix);
    const closed = openStore(prefix);
    const closedRetrying = withRetry(openStore(prefix));
    await Promise.all([closed.close(), closedRetrying.close()]);
    for (
      const [store, reason] of [
        [failing, "busy"],
        [closed, "the store is closed"],
        [closedRetrying, "the store is closed"],
      ] as const
    ) {
      const error = await assertRejects(
        () => Array.fromAsync(store.listObjects("a/")),
        ObjectStoreError,
        `Cannot list "test://bucket/${uri}": ${reason}`,
      );
      assertEquals(error.uri, `test://bucket/${uri}`);
    }
    await failing.close();
  }
});

Deno.test("DriverObjectStore does not publish a download that was aborted while its file was closed", async () => {
  await using directory = await makeTemporaryDirectory();
  const { prototype } = Deno.FsFile as unknown as {
    prototype: Deno.FsFile;
  };
  const original = prototype.close;
  const controller = new AbortController();
  const reason = new Error("enough");
  await using store = new DriverObjectStore(makeDriver({
    open: () =>
      Promise.resolve({
        size: 3,
        bodySize: 3,
        body: ReadableStream.from([new Uint8Array(3)]),
      }),
  }));
  prototype.close = function () {
    controller.abort(reason);
    original.call(this);
  };
  try {
    assertEquals(
      await assertRejects(() =>
        store.downloadObject("a", directory.join("file"), {
          signal: controller.signal,
        })
      ),
      reason,
    );
  } finally {
    prototype.close = original;
  }
  assertEquals(await Array.fromAsync(Deno.readDir(directory.path)), []);
});
