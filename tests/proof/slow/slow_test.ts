import { assert, assertEquals } from "@std/assert";
import type { Harness } from "../../../conformance/model/harness.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import type { RunOptions } from "../../../conformance/runner/run_options.ts";
import { type Hanging, hangingHarness, slowHarnesses } from "./stores.ts";

/** Cases that move much, wait in callbacks, or look at the time: `deno run -A tests/proof/slow/main.ts --slow` runs all. */
const SAMPLE = ["PUT-1", "GET-1", "CB-3", "CB-10", "CB-16", "ABT-1", "CLS-3"];

for (const { name, harness } of slowHarnesses) {
  Deno.test(`a slow and correct store is not accused: ${name}`, async () => {
    const results = await run(harness, { only: SAMPLE });
    assertEquals(results.map(({ id, status }) => `${id} ${status}`), [
      ...SAMPLE.map((id) => `${id} pass`),
    ]);
  });
}

const HANGING: readonly [Hanging, string][] = [
  ["getObjectSize", "SIZ-1"],
  ["uploadObject", "PUT-1"],
  ["downloadObject", "GET-1"],
];

for (const [method, id] of HANGING) {
  Deno.test(`a slow store whose ${method}() hangs is found in bounded time`, async () => {
    const start = performance.now();
    const [result] = await run(hangingHarness(method), {
      only: [id],
      caseTimeoutMs: 2_000,
    });
    assertEquals(result?.status, "fail");
    const seconds = (performance.now() - start) / 1000;
    assert(seconds < 60, `${seconds} s`);
  });
}

async function run(
  harness: Harness,
  options: RunOptions,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of runConformance(harness, { jobs: 8, ...options })) {
    results.push(result);
  }
  const order = options.only ?? [];
  return results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}
