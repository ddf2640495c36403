import { assertEquals, assertRejects } from "@std/assert";
import { isCallerError } from "../../src/operation/caller_error.ts";
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

Deno.test("Operation local() ends the operation with a local error as it is", async () => {
  const operation = new Operation(undefined);
  const error = new Error("disk full");
  await assertRejects(() => operation.local(Promise.reject(error)));
  assertEquals(operation.failure, { error });
  assertEquals(operation.signal.reason, error);
  operation.end();
});

Deno.test("Operation remembers the reason of an abort as the caller's own, and no other failure", () => {
  const controller = new AbortController();
  const aborted = new Operation(controller.signal);
  const failed = new Operation(undefined);
  const [reason, error] = [new Error("enough"), new Error("lost")];
  controller.abort(reason);
  failed.fail(error);
  assertEquals([reason, error].map(isCallerError), [true, false]);
  for (const operation of [aborted, failed]) operation.end();
});

Deno.test("Operation keeps what has ended it first, and hears no abort after its end", () => {
  const controller = new AbortController();
  const operation = new Operation(controller.signal);
  const error = new Error("first");
  operation.fail(error);
  operation.fail(new Error("second"));
  assertEquals(operation.failure, { error });
  operation.end();
  const succeeded = new Operation(controller.signal);
  succeeded.end();
  controller.abort();
  assertEquals(succeeded.failure, undefined);
});
