import { assertEquals } from "@std/assert";
import type { HarnessContext } from "../../../conformance/model/harness.ts";
import { memoryHarness } from "./memory_harness.ts";
import { memoryPlace } from "./memory_store.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import { testObjectStore } from "../../../conformance/test_object_store.ts";

testObjectStore(memoryHarness);

Deno.test("memoryHarness.cleanup() forgets the objects of a run when it ends", async () => {
  const opened: HarnessContext[] = [];
  const countObjects = () =>
    opened.reduce((sum, ctx) => sum + memoryPlace(ctx).size, 0);
  let before = 0;
  const harness = {
    ...memoryHarness,
    open: (ctx: HarnessContext) => {
      opened.push(ctx);
      return memoryHarness.open(ctx);
    },
    cleanup: (prefix: string) => {
      before = countObjects();
      return memoryHarness.cleanup?.(prefix);
    },
  };

  const statuses: string[] = [];
  for await (const { status } of runConformance(harness, { only: ["GET-1"] })) {
    statuses.push(status);
  }

  assertEquals(statuses, ["pass"]);
  assertEquals(before > 0, true);
  assertEquals(countObjects(), 0);
});
