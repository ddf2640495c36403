import { assert, assertEquals } from "@std/assert";
import { runConformance } from "../../../conformance/runner/run.ts";
import harness from "./declared_process_harness.ts";

Deno.test("a capability 'process' that is not true is told as such, and not as a file that a killed process has left", async () => {
  const [result] = await Array.fromAsync(
    runConformance(harness, { seed: "process", only: ["ATM-4"] }),
  );
  assertEquals(result?.status, "fail", result?.reason);
  assertEquals(result?.failure?.clause, 4);
  assert(result?.failure?.expected.includes("declares 'process'"));
  assert(result?.failure?.hint?.includes("must not declare 'process'"));
});
