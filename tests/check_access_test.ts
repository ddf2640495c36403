import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkAccess } from "../src/check_access.ts";
import { DriverObjectStore } from "../src/driver_store/driver_object_store.ts";
import { StoreFailure } from "../src/driver.ts";
import {
  BucketNotFoundError,
  ObjectNotFoundError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../src/errors.ts";
import { FileSystemObjectStore } from "../src/file_system/store.ts";
import { makeDriver } from "./driver_store/make_driver.ts";
import { makeTemporaryDirectory } from "./file_system/temporary_directory.ts";
import { openOnServer } from "./s3/store_on_server.ts";
import { sendError } from "./s3_protocol/s3_server.ts";

Deno.test("checkAccess() resolves for a store that can be used, and leaves nothing", async () => {
  await using on = await openOnServer();
  await checkAccess(on.store);
  await checkAccess(on.store, { write: true });
  assertEquals(on.server.objects.size, 0);
  on.server.set("there", new Uint8Array(1));
  await checkAccess(on.store, { objectName: "there" });
  await using root = await makeTemporaryDirectory();
  await using files = new FileSystemObjectStore({ root: root.path });
  await checkAccess(files, { write: true });
  assertEquals(await root.list(), []);
});

Deno.test("checkAccess() rejects with what an operation would have met", async () => {
  await using on = await openOnServer({ attempts: 1 });
  await assertRejects(
    () => checkAccess(on.store, { objectName: "none" }),
    ObjectNotFoundError,
  );
  for (
    const [status, code, Class, hint] of [
      [404, "NoSuchBucket", BucketNotFoundError, "create it"],
      [403, "AccessDenied", ObjectStorePermissionError, "give 'objectName'"],
      [
        403,
        "SignatureDoesNotMatch",
        ObjectStorePermissionError,
        "secret access key",
      ],
      [503, "SlowDown", ObjectStoreTransientError, "check 'endpoint'"],
    ] as const
  ) {
    on.server.intercept = (_, response) => {
      sendError(response, status, code);
      return true;
    };
    const error = await assertRejects(
      () => checkAccess(on.store),
      Error,
      hint,
    );
    assertEquals(error instanceof Class, true);
    assertStringIncludes(error.message, '"s3://bucket/object-store-check-');
  }
});

Deno.test("checkAccess() says that storing or removing is forbidden", async () => {
  for (
    const [operation, hint] of [["PutObject", "check without 'write'"], [
      "DeleteObject",
      "was stored to try it and stays",
    ]] as const
  ) {
    await using on = await openOnServer();
    on.server.intercept = (request, response) => {
      if (!request.is(operation)) return false;
      sendError(response, 403, "AccessDenied");
      return true;
    };
    await checkAccess(on.store);
    await assertRejects(
      () => checkAccess(on.store, { write: true }),
      ObjectStorePermissionError,
      hint,
    );
  }
});

Deno.test("checkAccess() removes what a lost answer may have stored", async () => {
  let stored = 0;
  await using store = new DriverObjectStore(makeDriver({
    getSize: () => Promise.reject(new StoreFailure("OBJECT_NOT_FOUND", "none")),
    put() {
      stored++;
      return Promise.reject(new StoreFailure("TRANSIENT", "lost"));
    },
    delete: () => Promise.resolve(void stored--),
  }));
  await assertRejects(
    () => checkAccess(store, { write: true }),
    ObjectStoreTransientError,
  );
  assertEquals(stored, 0);
});

Deno.test("checkAccess() rejects with what storing met, also where removing fails", async () => {
  await using store = new DriverObjectStore(makeDriver({
    getSize: () => Promise.reject(new StoreFailure("OBJECT_NOT_FOUND", "none")),
    put: () => Promise.reject(new StoreFailure("TRANSIENT", "busy")),
    delete: () => Promise.reject(new StoreFailure("PERMISSION_DENIED", "no")),
  }));
  await assertRejects(
    () => checkAccess(store, { write: true }),
    ObjectStoreTransientError,
    "busy",
  );
});

Deno.test("checkAccess() is ended by its signal while the service answers neither storing nor removing", async () => {
  const putting = Promise.withResolvers<void>();
  const removing = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const store = new DriverObjectStore(makeDriver({
    getSize: () => Promise.reject(new StoreFailure("OBJECT_NOT_FOUND", "none")),
    put(_key, _body, { signal }) {
      putting.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
    delete() {
      removing.resolve();
      return answer.promise;
    },
  }));
  const controller = new AbortController();
  const { signal } = controller;
  const checking = checkAccess(store, { write: true, signal });
  await putting.promise;
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => checking), reason);
  await removing.promise;
  answer.resolve();
  await store.close();
});

Deno.test("checkAccess() asks nothing of a store that cannot both write and delete", async () => {
  let asked = 0;
  const getObjectSize = () => Promise.resolve(++asked);
  const powers = {
    writeObject: () => Promise.resolve(),
    deleteObject: () => Promise.resolve(),
  };
  for (const power of ["writeObject", "deleteObject"] as const) {
    const store = {
      getUri: (name: string) => `test:${name}`,
      getObjectSize,
      uploadObject: () => Promise.resolve(),
      downloadObject: () => Promise.resolve(),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
      [power]: powers[power],
    };
    await assertRejects(
      () => checkAccess(store, { write: true }),
      TypeError,
      "'writeObject' and 'deleteObject'",
    );
  }
  assertEquals(asked, 0);
});

Deno.test("checkAccess() refuses to try what a store cannot, and options that there are not", async () => {
  await using store = new DriverObjectStore(makeDriver({
    getSize: () => Promise.resolve(0),
  }));
  await checkAccess(store);
  await assertRejects(
    () => checkAccess(store, { write: true }),
    TypeError,
    "deleteObject",
  );
  await assertRejects(
    () => checkAccess(store, { wirte: true } as object),
    TypeError,
    "unknown",
  );
});

Deno.test("checkAccess() is ended by its signal", async () => {
  await using on = await openOnServer();
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => checkAccess(on.store, { signal })),
    reason,
  );
  assertEquals(on.server.calls, []);
});
