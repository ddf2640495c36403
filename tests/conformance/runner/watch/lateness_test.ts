import { assertEquals, assertGreater } from "@std/assert";
import { mostCovered } from "../../../../conformance/checks/spans.ts";
import { Lateness } from "../../../../conformance/runner/watch/lateness.ts";

Deno.test("Lateness sees one long stop of the process", async () => {
  assertGreater(await coveredShare([600]), 0.9);
});

Deno.test("Lateness sees a process that is run often, but each time for a moment", async () => {
  // Each tick comes less than 25 ms late, and a request of a dozen turns takes a quarter of a second.
  assertGreater(await coveredShare(Array(50).fill(20)), 0.75);
});

Deno.test("Lateness says nothing once it has been stopped", async () => {
  const lateness = new Lateness();
  lateness.stop();
  block(200);
  await turn();
  assertEquals(lateness.spans, []);
});

/** Blocks the event loop for so many milliseconds in each of its turns, and tells the share of that time that is seen. */
async function coveredShare(blocks: readonly number[]): Promise<number> {
  const lateness = new Lateness();
  const from = performance.now();
  for (const ms of blocks) {
    block(ms);
    await turn();
  }
  const to = performance.now();
  // The stop that goes on is told with the next tick.
  while (performance.now() < to + 200) await turn();
  lateness.stop();
  return mostCovered(lateness.spans, { from, to }, to - from) / (to - from);
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
