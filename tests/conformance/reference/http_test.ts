import { assertEquals, assertGreater } from "@std/assert";
import { runConformance } from "../../../conformance/mod.ts";
import harness, {
  countUnfinished,
} from "../../../conformance/reference/http_harness.ts";

Deno.test("runConformance() finds nothing wrong with the reference store over HTTP", async () => {
  let passed = 0;
  const wrong: string[] = [];
  for await (const result of runConformance(harness)) {
    const { id, status, failure, reason } = result;
    if (status === "pass") passed++;
    if (status !== "fail" && status !== "error") continue;
    wrong.push(`${id} ${status}: ${failure?.observed ?? reason}`);
  }
  assertEquals(wrong, []);
  assertGreater(passed, 0);
  assertEquals(countUnfinished(), 0);
});
