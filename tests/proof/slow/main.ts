/**
 * Judges correct stores on a quiet machine and beside busy loops, and tells
 * where the verdicts differ; with `--slow` the slow stores, once.
 *
 * `deno task load [--loops 8] [--cases CB-*,ABT-*] [--slow] [names or modules of harnesses]`
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
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

interface Named {
  readonly name: string;
  readonly harness: Harness;
}

const modules = positionals.filter((each) => each.endsWith(".ts"));
const names = positionals.filter((each) => !modules.includes(each));
const known: readonly Named[] = values.slow ? slowHarnesses : [
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
const unknown = names.find((name) => !known.some((each) => each.name === name));
if (unknown !== undefined) {
  const all = known.map(({ name }) => name).join(", ");
  console.error(`Cannot judge "${unknown}" as there is no such store: ${all}`);
  Deno.exit(2);
}
const chosen = known.filter(({ name }) =>
  names.length > 0 ? names.includes(name) : modules.length === 0
);
const stores = [...chosen, ...await Promise.all(modules.map(loadHarness))];
const only = values.cases?.split(",");
const loops = Number(values.loops);
let wrong = 0;

for (const { name, harness } of stores) {
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

/** The harness that a module exports by default. */
async function loadHarness(path: string): Promise<Named> {
  const module: { default: Harness } = await import(
    pathToFileURL(resolve(path)).href
  );
  return { name: path, harness: module.default };
}

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
