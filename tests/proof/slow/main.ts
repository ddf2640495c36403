/**
 * Judges correct stores on a quiet machine and beside busy loops, and tells
 * where the verdicts differ; with `--slow` the slow stores, once.
 *
 * `deno task load [--loops 8] [--cases CB-*,ABT-*] [--slow] [names]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Harness } from "../../../conformance/model/harness.ts";
import { variants } from "../benign/mod.ts";
import { fileHarness } from "../reference/file_harness.ts";
import httpHarness from "../reference/http_harness.ts";
import { scaleLimits } from "../matrix/matrix.ts";
import { memoryHarness } from "../reference/memory_harness.ts";
import { slowHarnesses } from "./stores.ts";
import {
  findDifferences,
  type Outcome,
  runCases,
  underLoad,
} from "./under_load.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    loops: { type: "string", default: "8" },
    cases: { type: "string" },
    slow: { type: "boolean", default: false },
  },
});

const stores: { name: string; harness: Harness }[] = values.slow
  ? [...slowHarnesses]
  : [
    { name: "reference/memory", harness: memoryHarness },
    { name: "reference/file", harness: fileHarness },
    { name: "reference/http", harness: httpHarness },
    ...variants.map(({ name, harness }) => ({
      name: `benign/${name}`,
      harness,
    })),
  ].map(({ name, harness }) => ({
    name,
    harness: { ...harness, limits: scaleLimits(harness) },
  }));
const only = values.cases?.split(",");
const loops = Number(values.loops);
let wrong = 0;

for (const { name, harness } of stores) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const quiet = await runCases(harness, only);
  if (values.slow) {
    wrong += tell(name, quiet, findAccusations(quiet));
    continue;
  }
  const loaded = await underLoad(loops, () => runCases(harness, only));
  wrong += tell(
    `${name} (with ${loops} loops ${loaded.seconds} s)`,
    quiet,
    findDifferences(quiet, loaded),
  );
}
console.log(`${wrong} differences or accusations`);
Deno.exit(wrong === 0 ? 0 : 1);

function findAccusations({ statuses, reasons }: Outcome): string[] {
  return [...statuses].filter(([, status]) =>
    status === "fail" || status === "error"
  ).map(([id, status]) => `${id}: ${status}: ${reasons.get(id)}`);
}

function tell(
  name: string,
  { statuses, seconds }: Outcome,
  lines: readonly string[],
): number {
  const passed = [...statuses.values()].filter((s) => s === "pass").length;
  console.log(
    `${name}: ${passed} of ${statuses.size} cases passed in ${seconds} s`,
  );
  for (const line of lines) console.log(`  ${line}`);
  return lines.length;
}
