import { assert, assertEquals } from "@std/assert";
import {
  countTicks,
  settlesWithin,
} from "../../../conformance/checks/ticks.ts";

Deno.test("settlesWithin() tells whether a promise settles in time", async () => {
  assert(await settlesWithin(1000, Promise.resolve()));
  assert(await settlesWithin(1000, Promise.reject(new Error("also settled"))));
  assert(!await settlesWithin(10, new Promise(() => {})));
});

Deno.test("countTicks() counts a tick that comes late only once", async () => {
  const ticks = countTicks(100);
  let isOver = false;
  ticks.over.then(() => isOver = true);
  // The machine is too busy for longer than the whole time.
  for (const end = performance.now() + 200; performance.now() < end;);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(isOver, false);
  await ticks.over;
});

Deno.test("countTicks() leaves no timer when it is stopped", () => {
  countTicks(60_000).stop();
});
