import { assert, assertEquals } from "@std/assert";
import { runConformance } from "@storekit/object-store/conformance";
import harness from "../../examples/on_local_harness.ts";

Deno.test("examples/on_local.ts passes the conformance suite", async () => {
  const bad: string[] = [];
  let passed = 0;
  for await (const { id, status, failure, reason } of runConformance(harness)) {
    if (status === "pass") passed++;
    if (status === "fail" || status === "error") {
      bad.push(`${id} ${status}: ${failure?.observed ?? reason}`);
    }
  }
  assertEquals(bad, []);
  assert(passed > 120, `only ${passed} cases passed`);
});
