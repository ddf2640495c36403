import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Pace } from "../../src/platform/pace.ts";

const now = () => "now";
const later = () => Promise.resolve("later");

/** Makes a call that takes this long. */
function beSlow(pace: Pace): void {
  const until = performance.now() + 7;
  pace.measure(() => {
    while (performance.now() < until);
  });
}

Deno.test("Pace calls synchronously, and after a slow call in the background for a while", async () => {
  const pace = new Pace();
  assertEquals(await pace.call(now, later), "now");
  beSlow(pace);
  const ways = new Set<string>();
  for (let call = 0; call < 64; call++) ways.add(await pace.call(now, later));
  assertEquals([...ways], ["later"]);
  assertEquals(await pace.call(now, later), "now");
});

Deno.test("Pace passes on what a call throws, as a rejection", async () => {
  const pace = new Pace();
  function fail(): never {
    throw new RangeError("no");
  }
  assertThrows(() => pace.measure(fail), RangeError);
  await assertRejects(() => pace.call(fail, later), RangeError);
});
