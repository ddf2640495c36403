import { assertEquals, assertStrictEquals } from "@std/assert";
import { combineSignals } from "../../src/operation/combined_signal.ts";

Deno.test("combineSignals() is aborted with the reason of whichever is first", () => {
  for (const index of [0, 1]) {
    const controllers = [new AbortController(), new AbortController()];
    const [first, second] = controllers.map(({ signal }) => signal);
    const { signal, release } = combineSignals(first, undefined, second);
    assertEquals(signal?.aborted, false);
    const reason = new Error("enough");
    controllers[index]!.abort(reason);
    assertStrictEquals(signal?.reason, reason);
    release();
  }
});

Deno.test("combineSignals() is aborted from the start by one that was", () => {
  const before = AbortSignal.abort("before");
  const { signal, release } = combineSignals(
    new AbortController().signal,
    before,
  );
  assertEquals(signal?.reason, "before");
  release();
});

Deno.test("combineSignals() hears nothing any more once it is released", () => {
  const controller = new AbortController();
  const { signal, release } = combineSignals(
    controller.signal,
    new AbortController().signal,
  );
  release();
  controller.abort();
  assertEquals(signal?.aborted, false);
});

Deno.test("combineSignals() of one is that one", () => {
  const { signal } = new AbortController();
  assertStrictEquals(combineSignals(undefined, signal, signal).signal, signal);
  assertEquals(combineSignals(undefined).signal, undefined);
});
