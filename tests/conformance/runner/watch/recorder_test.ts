import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { SeenError } from "../../../../conformance/model/case.ts";
import { Recorder } from "../../../../conformance/runner/watch/recorder.ts";
import type {
  ListableObjectStore,
  ObjectStore,
} from "../../../../src/object_store.ts";
import { TinyStore } from "../../tiny_store.ts";

const PLACE = { prefix: "recorder", directory: "/nowhere" };

Deno.test("Recorder passes arguments and promises through untouched", () => {
  const calls: unknown[][] = [];
  const promise = Promise.resolve();
  const { recorded } = record({
    downloadObject: (...args: unknown[]) => {
      calls.push(args);
      return promise;
    },
  });
  const options = Object.freeze({ overwrite: true });
  assertStrictEquals(recorded.downloadObject("a", "b", options), promise);
  recorded.downloadObject("a", "b");
  assertStrictEquals(calls[0]?.[2], options);
  assertEquals(calls[1]?.length, 2);
});

Deno.test("Recorder remembers what an operation rejects with", async () => {
  const error = new Error("x");
  const { recorded, recorder, seen } = record({
    getObjectSize: () => Promise.reject(error),
  });
  assertStrictEquals(
    await assertRejects(() => recorded.getObjectSize("a")),
    error,
  );
  assertEquals(seen, [
    { id: "TST-1", method: "getObjectSize", objectName: "a", error },
  ]);
  assertStrictEquals(recorder.findRejected(error)?.method, "getObjectSize");
  assertEquals(recorder.findRejected(new Error("x")), undefined);
});

Deno.test("Recorder passes on what a method throws at once", () => {
  const { recorded, seen } = record({
    getObjectSize: () => {
      throw new TypeError("sync");
    },
  });
  assertThrows(() => recorded.getObjectSize("a"), TypeError, "sync");
  assertEquals(seen.length, 1);
});

Deno.test("Recorder knows the operations that are pending", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { recorded, recorder } = record({ getObjectSize: () => promise });
  const size = recorded.getObjectSize("a");
  assertEquals(recorder.pending.map(({ method }) => method), ["getObjectSize"]);
  assert(!await recorder.settle(10));
  resolve(1);
  assertEquals(await size, 1);
  assert(await recorder.settle(10_000));
});

Deno.test("Recorder makes a promise of a thenable, and sees it reject", async () => {
  const error = new Error("x");
  const { recorded, seen } = record({
    getObjectSize: () => ({
      then: (resolve: (size: number) => void) => resolve(7),
    }),
    uploadObject: () => ({
      then: (_: unknown, reject: (error: Error) => void) => reject(error),
    }),
  });
  const size = recorded.getObjectSize("a");
  assert(size instanceof Promise);
  assertEquals(await size, 7);
  await assertRejects(() => recorded.uploadObject("a", "b"), Error, "x");
  assertEquals(seen, [
    { id: "TST-1", method: "uploadObject", objectName: "a", error },
  ]);
});

Deno.test("Recorder makes a rejection of what is no promise at all", async () => {
  const { recorded, seen } = record({ getObjectSize: () => 7 });
  await assertRejects(
    () => recorded.getObjectSize("a"),
    TypeError,
    "getObjectSize() must return a promise: it returned a value of type number",
  );
  assertEquals(seen.length, 1);
});

Deno.test("Recorder gives back the store that it wraps", () => {
  const { recorded, recorder, store } = record({});
  assertStrictEquals(recorder.bare(recorded), store);
});

Deno.test("Recorder offers listObjects() where the store does, and sees it fail", async () => {
  const error = new Error("page 2");
  const { recorded, seen } = record({
    async *listObjects() {
      yield await Promise.resolve("a");
      throw error;
    },
  });
  const names: string[] = [];
  const listing = (recorded as ListableObjectStore).listObjects("p");
  await assertRejects(
    async () => {
      for await (const name of listing) names.push(name);
    },
    Error,
    "page 2",
  );
  assertEquals(names, ["a"]);
  assertEquals(seen.map(({ method }) => method), ["listObjects"]);
  assert(!("listObjects" in record({}).recorded));
});

Deno.test("Recorder offers the powers that a store has and no other, and sees them fail", async () => {
  const error = new Error("forbidden");
  const { recorded, seen } = record({
    readObject: () => Promise.resolve("content"),
    deleteObject: () => Promise.reject(error),
  });
  const powers = recorded as unknown as Record<
    string,
    (name: string) => Promise<unknown>
  >;
  assertEquals(await powers.readObject?.("a"), "content");
  await assertRejects(async () => await powers.deleteObject?.("a"), Error);
  assertEquals(seen.map(({ method }) => method), ["deleteObject"]);
  assert(!("writeObject" in recorded));
});

function record(methods: Record<string, unknown>): {
  store: ObjectStore;
  recorded: ObjectStore;
  recorder: Recorder;
  seen: SeenError[];
} {
  const seen: SeenError[] = [];
  const recorder = new Recorder("TST-1", {
    onError: (error) => seen.push(error),
    onMove() {},
    onUpload() {},
  });
  const store = Object.assign(new TinyStore(PLACE), methods);
  return { store, recorded: recorder.record(store, PLACE), recorder, seen };
}
