import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers";
import {
  InvalidObjectNameError,
  isObjectStoreError,
  ObjectNotFoundError,
  ObjectStoreClosedError,
  ObjectStoreTransientError,
} from "../../src/errors.ts";
import type { ObjectStore, TransferCallback } from "../../src/object_store.ts";
import { retryTransient } from "../../src/retry/retry_transient.ts";
import { withRetry } from "../../src/retry/with_retry.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Attempt, ScriptedStore } from "./scripted_store.ts";

Deno.test("withRetry() tries size, upload and download again after a transient failure", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, () => 7, fail, pass, fail, pass);
  const store = withRetry(inner);
  const run = (async () => [
    await store.getObjectSize("a"),
    await store.uploadObject("b", "/from"),
    await store.downloadObject("c", "/to"),
  ])();
  await clock.run(run);
  assertEquals(await run, [7, undefined, undefined]);
  assertEquals(
    inner.attempts.map(({ objectName, filename }) => [objectName, filename]),
    [
      ["a", undefined],
      ["a", undefined],
      ["b", "/from"],
      ["b", "/from"],
      ["c", "/to"],
      ["c", "/to"],
    ],
  );
});

Deno.test("withRetry() does not try again after another failure", async () => {
  const missing = new ObjectNotFoundError("Cannot download: object not found");
  const inner = new ScriptedStore(() => Promise.reject(missing), pass);
  const download = withRetry(inner).downloadObject("a", "/to");
  assertStrictEquals(await rejection(download), missing);
  assertEquals(inner.attempts.length, 1);
});

Deno.test("withRetry() rejects with the last failure itself, and calls onRetry in between", async () => {
  using clock = new FakeClock();
  const failures = [busy("a"), busy("b")];
  const steps = failures.map((failure) => () => Promise.reject(failure));
  const retries: unknown[] = [];
  const store = withRetry(new ScriptedStore(...steps), {
    maxAttempts: 2,
    onRetry: (error, attempt) => void retries.push([error, attempt]),
  });
  const size = store.getObjectSize("a");
  await clock.run(size);
  assertStrictEquals(await rejection(size), failures[1]);
  assertEquals(retries, [[failures[0], 1]]);
});

Deno.test("withRetry() passes every option on, and leaves the caller's object as it is", async () => {
  const inner = new ScriptedStore(pass);
  const options = Object.freeze({ overwrite: true, partSize: 5 });
  await withRetry(inner).downloadObject("a", "/to", options);
  assertEquals(inner.attempts[0]?.options, options);
});

Deno.test("withRetry() does not see what the caller changes in the options after the call", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, pass);
  const options = { overwrite: false };
  const download = withRetry(inner).downloadObject("a", "/to", options);
  options.overwrite = true;
  await clock.run(download);
  assertEquals(
    inner.attempts.map((attempt) => attempt.options?.overwrite),
    [false, false],
  );
});

Deno.test("withRetry() passes on options that a prototype or a getter has", async () => {
  class Options {
    #signal = new AbortController().signal;
    get overwrite() {
      return true;
    }
    get signal() {
      return this.#signal;
    }
  }
  const inner = new ScriptedStore(pass);
  await withRetry(inner).downloadObject("a", "/file", new Options());
  const [attempt] = inner.attempts;
  assertEquals(attempt?.options?.overwrite, true);
  assert(attempt?.options?.signal instanceof AbortSignal);
});

Deno.test("withRetry() fixes a relative path at the call, not at the second attempt", async () => {
  using clock = new FakeClock();
  await using directory = await makeDirectory();
  const before = Deno.cwd();
  const inner = new ScriptedStore(fail, fail, pass, pass);
  const store = withRetry(inner);
  Deno.chdir(directory.path);
  const here = Deno.cwd();
  try {
    const run = Promise.all([
      store.downloadObject("a", "sub/"),
      store.uploadObject("a", "file"),
    ]);
    Deno.chdir("/");
    await clock.run(run);
    await run;
  } finally {
    Deno.chdir(before);
  }
  const filenames = inner.attempts.map(({ filename }) => filename);
  assertEquals(filenames.sort(), [
    `${join(here, "file")}`,
    `${join(here, "file")}`,
    `${join(here, "sub")}/`,
    `${join(here, "sub")}/`,
  ]);
});

Deno.test("withRetry() does not see what the caller changes in a URL after the call", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, pass);
  const url = new URL("file:///first");
  const upload = withRetry(inner).uploadObject("a", url);
  url.pathname = "/second";
  await clock.run(upload);
  assertEquals(
    inner.attempts.map(({ filename }) => String(filename)),
    ["file:///first", "file:///first"],
  );
});

Deno.test("withRetry() keeps the count from going back over attempts, with one final call", async () => {
  const calls = await traceCalls(
    [[0, 100], [40, 100], [80, 100]],
    [[0, 100], [30, 100], [80, 100], [90, 100]],
    [[0, 100], [60, 100], [95, 100], [100, 100]],
  );
  assertEquals(calls, [
    [0, 100],
    [40, 100],
    [80, 100],
    [90, 100],
    [95, 100],
    [100, 100],
  ]);
});

Deno.test("withRetry() reports one (0, 0) for an empty object", async () => {
  assertEquals(await traceCalls([[0, 0]], [[0, 0]]), [[0, 0]]);
});

Deno.test("withRetry() reports (total, total) once, also when the attempt that said so failed", async () => {
  assertEquals(
    await traceCalls([[50, 100], [100, 100]], [[50, 100], [100, 100]]),
    [[50, 100], [100, 100]],
  );
});

Deno.test("withRetry() caps the count by the size of a smaller object that took the place", async () => {
  assertEquals(
    await traceCalls([[80, 100]], [[0, 50], [20, 50], [49, 50], [50, 50]]),
    [[80, 100], [50, 50]],
  );
});

Deno.test("withRetry() goes on from the count when a larger object took the place", async () => {
  assertEquals(
    await traceCalls([[80, 100]], [[20, 300], [150, 300], [300, 300]]),
    [[80, 100], [150, 300], [300, 300]],
  );
});

Deno.test("withRetry() counts on from the cap after a smaller object", async () => {
  assertEquals(
    await traceCalls([[80, 100]], [[50, 50]], [[40, 200], [60, 200], [
      200,
      200,
    ]]),
    [[80, 100], [50, 50], [60, 200], [200, 200]],
  );
});

Deno.test("withRetry() does not try again after a callback's transient error, thrown or rejected", async () => {
  using clock = new FakeClock();
  const error = busy("the caller's");
  const callbacks: TransferCallback[] = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
  ];
  for (const callback of callbacks) {
    for (const method of ["uploadObject", "downloadObject"] as const) {
      const inner = new ScriptedStore(({ report }) => report(1, 2), pass);
      const transfer = withRetry(inner)[method]("a", "/x", { callback });
      assertStrictEquals(await rejection(transfer), error);
      assertEquals([inner.attempts.length, clock.size], [1, 0]);
    }
  }
});

Deno.test("withRetry() rejects with the callback's error when its call fails after the attempt has", async () => {
  using clock = new FakeClock();
  const call = Promise.withResolvers<void>();
  const inner = new ScriptedStore(({ report }) => {
    void report(1, 2).catch(() => {});
    return fail();
  }, pass);
  const error = busy("the caller's");
  const transfer = withRetry(inner)
    .uploadObject("a", "/x", { callback: () => call.promise });
  call.reject(error);
  assertStrictEquals(await rejection(transfer), error);
  assertEquals([inner.attempts.length, clock.size], [1, 0]);
});

Deno.test("withRetry() rejects with the callback's error when the store fails with another", async () => {
  using clock = new FakeClock();
  const error = new Error("the caller's");
  const inner = new ScriptedStore(
    ({ report }) => report(1, 2).catch(fail),
    pass,
  );
  const transfer = withRetry(inner).uploadObject("a", "/x", {
    callback: () => Promise.reject(error),
  });
  assertStrictEquals(await rejection(transfer), error);
  assertEquals([inner.attempts.length, clock.size], [1, 0]);
});

Deno.test("withRetry() leaves no rejection unhandled when a call fails that the store does not wait for", async () => {
  const call = Promise.withResolvers<void>();
  const inner = new ScriptedStore(({ options }) => {
    options?.callback?.(1, 2);
    throw new Error("permanent");
  });
  const transfer = withRetry(inner)
    .uploadObject("a", "/x", { callback: () => call.promise });
  await assertRejects(() => transfer, Error, "permanent");
  call.reject(new Error("too late to matter"));
  await new Promise((resolve) => setImmediate(resolve));
});

Deno.test("withRetry() begins no new attempt while a call of the last one is in progress", async () => {
  using clock = new FakeClock();
  const call = Promise.withResolvers<void>();
  const begun: number[] = [];
  let inProgress = 0;
  const inner = new ScriptedStore(({ report }) => {
    void report(1, 2);
    return fail();
  }, ({ report }) => report(2, 2));
  const transfer = withRetry(inner).uploadObject("a", "/x", {
    async callback(bytes) {
      begun.push(bytes);
      assertEquals(++inProgress, 1);
      if (bytes === 1) await call.promise;
      inProgress--;
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals([inner.attempts.length, clock.size], [1, 0]);
  call.resolve();
  await clock.run(transfer);
  await transfer;
  assertEquals(begun, [1, 2]);
});

Deno.test("withRetry() rejects with the reason when aborted while a call of a failed attempt hangs", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const inner = new ScriptedStore(({ report }) => {
    void report(1, 2);
    return fail();
  }, pass);
  const transfer = withRetry(inner).uploadObject("a", "/x", {
    callback: () => new Promise(() => {}),
    signal: controller.signal,
  });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort("enough");
  assertEquals(await rejection(transfer), "enough");
  assertEquals([inner.attempts.length, clock.size], [1, 0]);
});

Deno.test("withRetry() rejects at once with the reason of either signal during a wait, and leaves no listener", async () => {
  for (const which of ["operation", "wrapper"] as const) {
    using clock = new FakeClock();
    const controllers = {
      operation: new AbortController(),
      wrapper: new AbortController(),
    };
    const { operation: { signal }, wrapper } = controllers;
    const inner = new ScriptedStore(fail, pass);
    const store = withRetry(inner, { signal: wrapper.signal });
    const size = store.getObjectSize("a", { signal });
    await clock.nextDelay();
    controllers[which].abort(new Error("enough"));
    const { reason } = controllers[which].signal;
    assertStrictEquals(await rejection(size), reason);
    assertEquals([clock.size, inner.attempts.length], [0, 1]);
    assertEquals(getEventListeners(signal, "abort"), []);
    assertEquals(getEventListeners(wrapper.signal, "abort"), []);
  }
});

Deno.test("withRetry() rejects with the reason of a signal that is aborted already, whichever it is", async () => {
  for (const which of [0, 1]) {
    const signals = [new AbortController().signal, AbortSignal.abort("enough")];
    const store = withRetry(new ScriptedStore(), { signal: signals[which]! });
    const size = store.getObjectSize("a", { signal: signals[1 - which]! });
    assertEquals(await rejection(size), "enough");
  }
});

Deno.test("withRetry() leaves no listener on either signal after a success", async () => {
  const [own, wrapper] = [new AbortController(), new AbortController()];
  const inner = new ScriptedStore(() => 1);
  const store = withRetry(inner, { signal: wrapper.signal });
  await store.getObjectSize("a", { signal: own.signal });
  assertEquals(getEventListeners(own.signal, "abort"), []);
  assertEquals(getEventListeners(wrapper.signal, "abort"), []);
});

Deno.test("withRetry() aborts an attempt in progress when either signal is aborted", async () => {
  for (const which of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()] as const;
    const inner = new ScriptedStore(untilAborted);
    const store = withRetry(inner, { signal: controllers[1].signal });
    const size = store.getObjectSize("a", { signal: controllers[0].signal });
    controllers[which]?.abort("enough");
    assertEquals(await rejection(size), "enough");
  }
});

Deno.test("withRetry() does not try again after an abort whose reason is transient, nor does a retry around it", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const reason = busy("the caller's");
  const inner = new ScriptedStore(untilAborted, pass);
  const store = withRetry(inner);
  const { signal } = controller;
  const size = retryTransient(() => store.getObjectSize("a", { signal }));
  controller.abort(reason);
  assertStrictEquals(await rejection(size), reason);
  assertEquals([inner.attempts.length, clock.size], [1, 0]);
});

Deno.test("withRetry() lets the store look at the arguments before the signal", async () => {
  const signal = AbortSignal.abort("enough");
  const inner = new ScriptedStore();
  const store = withRetry(inner, { signal });
  await assertRejects(() => store.getObjectSize(""), InvalidObjectNameError);
  assertEquals(await rejection(store.getObjectSize("a")), "enough");
  await assertRejects(
    () => store.uploadObject("", "x", { signal }),
    InvalidObjectNameError,
  );
  assertEquals(inner.attempts, []);
});

Deno.test("withRetry() leaves wrong arguments to the store, and rejects rather than throws", async () => {
  const store = withRetry(new ScriptedStore());
  for (const bad of [{ callback: 5 }, { signal: "no" }]) {
    await assertRejects(
      () => store.uploadObject("a", "/x", bad as unknown as undefined),
      TypeError,
    );
  }
  await assertRejects(
    () => store.getObjectSize(3 as unknown as string),
    TypeError,
  );
});

Deno.test("withRetry() passes filenames on that are none", async () => {
  const inner = new ScriptedStore(pass, pass, pass);
  const store = withRetry(inner);
  for (const filename of ["", undefined, 5]) {
    await store.uploadObject("a", filename as string);
  }
  assertEquals(
    inner.attempts.map(({ filename }) => filename),
    ["", undefined, 5] as string[],
  );
});

Deno.test("withRetry() close() waits for a wait between attempts, then closes the store once", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, () => 7);
  const store = withRetry(inner);
  const size = store.getObjectSize("a");
  await clock.nextDelay();
  const closing = Promise.all([store.close(), store.close()]);
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(inner.closeCalls, 0);
  clock.fire();
  assertEquals(await size, 7);
  await closing;
  await store.close();
  assertEquals([inner.closeCalls, clock.size], [1, 0]);
});

Deno.test("withRetry() close() passes on what the store's own rejects with", async () => {
  const inner = new ScriptedStore();
  inner.close = () => Promise.reject(new Error("stuck"));
  await assertRejects(() => withRetry(inner).close(), Error, "stuck");
});

Deno.test("withRetry() closes with await using", async () => {
  const inner = new ScriptedStore();
  {
    await using _store = withRetry(inner);
  }
  assertEquals(inner.closeCalls, 1);
});

Deno.test("withRetry() refuses what begins after close(), also while that still waits", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, () => 7);
  const store = withRetry(inner);
  const size = store.getObjectSize("a");
  await clock.nextDelay();
  const closing = store.close();
  for (
    const begin of [
      () => store.getObjectSize("b"),
      () => store.uploadObject("b", "/x", { callback() {} }),
      () => store.downloadObject("b", "/x"),
    ]
  ) {
    const error = await assertRejects(begin, ObjectStoreClosedError);
    assert(isObjectStoreError(error));
    assertEquals([error.objectName, error.uri], ["b", "script:b"]);
    assert(error.message.includes('"script:b"'));
  }
  assertEquals(store.getUri("b"), "script:b");
  await clock.run(size);
  await closing;
  await assertRejects(() => store.getObjectSize("b"), ObjectStoreClosedError);
  assertEquals(inner.attempts.length, 2);
});

Deno.test("withRetry() looks at arguments before it says that it is closed, and at the signal after", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(fail, () => 7);
  const store = withRetry(inner);
  const size = store.getObjectSize("a");
  await clock.nextDelay();
  const closing = store.close();
  const signal = AbortSignal.abort("enough");
  await assertRejects(() => store.getObjectSize(""), InvalidObjectNameError);
  await assertRejects(
    () =>
      store.uploadObject("b", "/x", { callback: 5 as unknown as () => void }),
    TypeError,
  );
  await assertRejects(
    () => store.getObjectSize("b", { signal: 5 as unknown as AbortSignal }),
    TypeError,
  );
  await assertRejects(
    () => store.getObjectSize("b", { signal }),
    ObjectStoreClosedError,
  );
  await clock.run(size);
  await closing;
});

Deno.test("withRetry() lists if the store lists, and only then", () => {
  const inner = new ScriptedStore();
  assert("listObjects" in withRetry(inner));
  const plain: ObjectStore = {
    getUri: (name) => name,
    getObjectSize: () => Promise.resolve(0),
    uploadObject: () => Promise.resolve(),
    downloadObject: () => Promise.resolve(),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  assertFalse("listObjects" in withRetry(plain));
});

Deno.test("withRetry() begins a listing that fails again, and gives each name once", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(
    () => list(["a", "b"], busy("page 2")),
    () => list(["c", "b", "a"], busy("page 2")),
    () => list(["a", "d", "b", "c"]),
  );
  const names = Array.fromAsync(withRetry(inner).listObjects("p"));
  await clock.run(names);
  assertEquals(await names, ["a", "b", "c", "d"]);
  assertEquals(inner.attempts.map(({ filename }) => filename), ["p", "p", "p"]);
});

Deno.test("withRetry() ends a listing when attempts without a new name run out", async () => {
  using clock = new FakeClock();
  const failure = busy("page 2");
  const inner = new ScriptedStore(
    () => list(["a"], busy("page 2")),
    () => list(["a"], failure),
    () => list(["a", "b"]),
  );
  const store = withRetry(inner, { maxAttempts: 2 });
  const names = Array.fromAsync(store.listObjects());
  await clock.run(names);
  assertStrictEquals(await rejection(names), failure);
});

Deno.test("withRetry() ends the store's listing when the caller leaves the loop, and leaves no listener", async () => {
  let isReturned = false;
  const inner = new ScriptedStore(async function* () {
    try {
      yield* ["a", "b"];
    } finally {
      isReturned = true;
    }
  });
  const [own, wrapper] = [new AbortController(), new AbortController()];
  const store = withRetry(inner, { signal: wrapper.signal });
  const { signal } = own;
  for await (const _name of store.listObjects("", { signal })) break;
  assert(isReturned);
  assertEquals(getEventListeners(signal, "abort"), []);
  assertEquals(getEventListeners(wrapper.signal, "abort"), []);
});

Deno.test("withRetry() aborts the wait of a listing at once", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const inner = new ScriptedStore(() => list([], busy("page 1")));
  const { signal } = controller;
  const names = Array.fromAsync(withRetry(inner).listObjects("", { signal }));
  await clock.nextDelay();
  controller.abort("enough");
  assertEquals(await rejection(names), "enough");
  assertEquals(clock.size, 0);
});

Deno.test("withRetry() close() waits for a step of a listing, not for one that is left lying", async () => {
  using clock = new FakeClock();
  const inner = new ScriptedStore(
    () => list(["x", "y"]),
    () => list([], busy("page 1")),
    () => list(["a"]),
  );
  const store = withRetry(inner);
  await store.listObjects()[Symbol.asyncIterator]().next();
  const step = store.listObjects()[Symbol.asyncIterator]().next();
  await clock.nextDelay();
  const closing = store.close();
  await clock.run(step);
  assertEquals((await step).value, "a");
  await closing;
  assertEquals(inner.closeCalls, 1);
});

Deno.test("withRetry() refuses a listing that begins after close(), arguments first", async () => {
  const inner = new ScriptedStore();
  const store = withRetry(inner);
  await store.close();
  const names = Array.fromAsync(store.listObjects());
  assert(await rejection(names) instanceof ObjectStoreClosedError);
  const bad = store.listObjects(5 as unknown as string);
  assert(await rejection(Array.fromAsync(bad)) instanceof TypeError);
});

Deno.test("withRetry() refuses a listing as soon as close() is called, not when that is done", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const inner = new ScriptedStore(() => promise, () => list(["a"]));
  const store = withRetry(inner);
  const size = store.getObjectSize("a");
  const closing = store.close();
  const names = Array.fromAsync(store.listObjects());
  assert(await rejection(names) instanceof ObjectStoreClosedError);
  resolve();
  await Promise.all([size, closing]);
});

Deno.test("withRetry() throws for what is no store, and for bad options", () => {
  const noStore = { getUri() {} } as unknown as ObjectStore;
  assertThrows(() => withRetry(noStore), TypeError, "'getObjectSize'");
  for (const bad of [null, undefined, 5, "store"]) {
    const wrap = () => withRetry(bad as unknown as ObjectStore);
    assertThrows(wrap, TypeError, "'store' must be an ObjectStore");
  }
  const inner = new ScriptedStore();
  assertThrows(() => withRetry(inner, { maxAttempts: -1 }), RangeError, "-1");
  assertThrows(() => withRetry(inner, { maxTimeout: 9 }), RangeError, "=9'");
  const unknown = { maxRetries: 1 } as Record<string, number>;
  assertThrows(() => withRetry(inner, unknown), TypeError, "'maxRetries'");
});

Deno.test("withRetry() does not see what the caller changes in its options later", async () => {
  using clock = new FakeClock();
  const options = { maxAttempts: 1 };
  const store = withRetry(new ScriptedStore(fail, pass), options);
  options.maxAttempts = 5;
  const size = store.getObjectSize("a");
  await clock.run(size);
  assert(await rejection(size) instanceof ObjectStoreTransientError);
});

type Call = [bytesTransferred: number, totalBytes: number];

/** What the caller sees if every attempt but the last reports calls and then fails. */
async function traceCalls(...attempts: Call[][]): Promise<Call[]> {
  using clock = new FakeClock();
  const steps = attempts.map((calls, index) => async ({ report }: Attempt) => {
    for (const call of calls) await report(...call);
    if (index + 1 < attempts.length) throw busy("lost");
  });
  const seen: Call[] = [];
  const download = withRetry(new ScriptedStore(...steps)).downloadObject(
    "a",
    "/to",
    { callback: (...call) => void seen.push(call) },
  );
  await clock.run(download);
  await download;
  return seen;
}

function pass(): void {}

function fail(): Promise<never> {
  return Promise.reject(busy("busy"));
}

function untilAborted({ options }: Attempt): Promise<never> {
  const signal = options?.signal;
  return new Promise((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason))
  );
}

async function* list(
  names: string[],
  failure?: Error,
): AsyncIterable<string> {
  yield* names;
  if (failure) throw failure;
}

function busy(message: string): ObjectStoreTransientError {
  return new ObjectStoreTransientError(message);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Expected a rejection, but it resolved to ${value}`);
}

async function makeDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
