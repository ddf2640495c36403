import { assertEquals, assertRejects } from "@std/assert";
import { Operation } from "../../src/operation/operation.ts";

Deno.test("Operation race() passes on what the promise does", async () => {
  const operation = new Operation(undefined);
  assertEquals(await operation.race(Promise.resolve(1)), 1);
  const error = new Error("own");
  assertEquals(
    await assertRejects(() => operation.race(Promise.reject(error))),
    error,
  );
  operation.end();
});

Deno.test("Operation race() rejects all that wait when the operation fails, and at once afterwards", async () => {
  const controller = new AbortController();
  const operation = new Operation(controller.signal);
  const never = new Promise<never>(() => {});
  const waiting = [operation.race(never), operation.race(never)];
  const reason = { because: "of this" };
  controller.abort(reason);
  for (const promise of [...waiting, operation.race(Promise.resolve(1))]) {
    assertEquals(await promise.catch((error) => error), reason);
  }
  operation.end();
});

Deno.test("Operation race() leaves no unhandled rejection of a promise that comes too late", async () => {
  const operation = new Operation(undefined);
  const late = Promise.withResolvers<never>();
  const raced = operation.race(late.promise);
  const after = Promise.withResolvers<never>();
  operation.fail(new Error("first"));
  const racedAfter = operation.race(after.promise);
  late.reject(new Error("late"));
  after.reject(new Error("later"));
  for (const promise of [raced, racedAfter]) {
    await assertRejects(() => promise, Error, "first");
  }
});
