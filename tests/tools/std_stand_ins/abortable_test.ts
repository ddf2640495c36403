// What the project relies on in `@std/async/abortable`.
import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "@std/async/abortable";

Deno.test("abortable() passes on what the promise does", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(1), signal), 1);
  const error = new Error("own");
  const failed = await assertRejects(() =>
    abortable(Promise.reject(error), signal)
  );
  assertEquals(failed, error);
});

Deno.test("abortable() rejects with the very reason, before and while it waits", async () => {
  const reason = { because: "of this" };
  const never = new Promise<never>(() => {});
  const aborted = abortable(never, AbortSignal.abort(reason));
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort(reason);
  for (const promise of [aborted, waiting]) {
    assertEquals(await promise.catch((error) => error), reason);
  }
});

Deno.test("abortable() handles a rejection that comes too late", async () => {
  const late = Promise.withResolvers<never>();
  const waiting = abortable(late.promise, AbortSignal.abort("enough"));
  late.reject(new Error("late"));
  assertEquals(await waiting.catch((error) => error), "enough");
});

Deno.test("abortable() leaves no listener on the signal", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args: unknown[]) {
    listeners++;
    Reflect.apply(addEventListener, this, args);
  };
  signal.removeEventListener = function (...args: unknown[]) {
    listeners--;
    Reflect.apply(removeEventListener, this, args);
  };
  await abortable(Promise.resolve(), signal);
  await abortable(Promise.reject(new Error("own")), signal).catch(() => {});
  assertEquals(listeners, 0);
});
