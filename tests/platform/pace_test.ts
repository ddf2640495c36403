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

/** Counts the calls in the background until one is synchronous. */
async function countLater(pace: Pace): Promise<number> {
  let count = 0;
  while (await pace.call(now, later) === "later") count++;
  return count;
}

Deno.test("Pace calls synchronously, and after a slow call a few times in the background", async () => {
  const pace = new Pace();
  assertEquals(await countLater(pace), 0);
  beSlow(pace);
  assertEquals(await countLater(pace), 4);
  assertEquals(await countLater(pace), 0);
});

Deno.test("Pace waits longer each time a file system is slow again, and forgets it when it is not", async () => {
  const pace = new Pace();
  const counts: number[] = [];
  for (let time = 0; time < 6; time++) {
    beSlow(pace);
    let count = 0;
    while (pace.isSlow()) count++;
    counts.push(count);
  }
  assertEquals(counts, [4, 8, 16, 32, 64, 64]);
  assertEquals(await countLater(pace), 0);
  beSlow(pace);
  assertEquals(await countLater(pace), 4);
});

Deno.test("Pace passes on what a call throws, as a rejection", async () => {
  const pace = new Pace();
  function fail(): never {
    throw new RangeError("no");
  }
  assertThrows(() => pace.measure(fail), RangeError);
  await assertRejects(() => pace.call(fail, later), RangeError);
});
