import { assert, assertEquals } from "@std/assert";
import { IdleTimeout, SilentFailure } from "../../src/requests/idle_timeout.ts";
import { FakeClock } from "../fake_clock.ts";

const TIMEOUT_MS = 8_000;

/** Counts the listeners that are on a signal. */
function countListeners(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners.add(args[1]);
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners.delete(args[1]);
    Reflect.apply(removeEventListener, signal, args);
  };
  return () => listeners.size;
}

Deno.test("break() begins the silence of IdleTimeout anew", () => {
  using clock = new FakeClock();
  using idle = new IdleTimeout(TIMEOUT_MS);
  for (let tick = 0; tick < 8; tick++) clock.fire();
  idle.break();
  for (let tick = 0; tick < 8; tick++) clock.fire();
  assert(!idle.signal.aborted);
  clock.fire();
  assert(idle.signal.reason instanceof SilentFailure);
});

Deno.test("each chunk of a download begins the silence of IdleTimeout anew", async () => {
  using clock = new FakeClock();
  using idle = new IdleTimeout(TIMEOUT_MS);
  let give = (_: Uint8Array) => {};
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield await new Promise<Uint8Array>((resolve) => give = resolve);
    }
  }
  const reader = idle.watchDownload(chunks());
  for (let chunk = 0; chunk < 3; chunk++) {
    const reading = reader.next();
    reading.catch(() => {});
    for (let tick = 0; tick < 8; tick++) clock.fire();
    give(new Uint8Array(1));
    assertEquals((await reading).value?.length, 1);
  }
  assert(!idle.signal.aborted);
  await reader.return();
  assertEquals(clock.size, 0);
});

Deno.test("IdleTimeout leaves no listener on the caller's signal when it ends", () => {
  const controller = new AbortController();
  const count = countListeners(controller.signal);
  const idle = new IdleTimeout(TIMEOUT_MS, { signal: controller.signal });
  assertEquals(count(), 1);
  idle.end();
  assertEquals(count(), 0);
  controller.abort(new Error("late"));
  assert(!idle.signal.aborted);
});

Deno.test("IdleTimeout keeps no listener for the chunks that it has passed on", async () => {
  using idle = new IdleTimeout(TIMEOUT_MS);
  const count = countListeners(idle.signal);
  const chunks = [1, 2, 3].map((size) => new Uint8Array(size));
  await Array.fromAsync(idle.watchDownload(chunks));
  assertEquals(count(), 0);
});
