/**
 * Runs the conformance suite on every mutant, or on those whose names match globs: `deno task
 * mutants 'get-*'`. Prints what caught each, and fails where that is not exactly what is listed,
 * where a mutant survives, and, in a whole run, where a case catches nobody.
 *
 * `--cases=GET-*,PUT-*` runs only these cases, `--jobs=2` is the number of processes.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { catalogue } from "../conformance/cases/catalogue.ts";
import { buildDenoArguments } from "../conformance/child_command.ts";
import {
  findFaults,
  judgeMutant,
  type MatrixFaults,
  type Verdict,
} from "../conformance/mutants/matrix.ts";
import { mutants } from "../conformance/mutants/mod.ts";
import type { Mutant } from "../conformance/mutants/mutant.ts";
import { selectCases } from "../conformance/select_cases.ts";

/** Begins a line of a worker that is a verdict: a mutant may print, too. */
const MARKER = "\u0001verdict ";

interface Options {
  readonly names: readonly string[];
  readonly cases: string;
  readonly jobs: number;
  readonly worker: number | undefined;
}

// A mutant may leave something open, so the end is explicit.
if (import.meta.main) Deno.exit(await main(readOptions(Deno.args)));

async function main(options: Options): Promise<number> {
  const chosen = mutants.filter(({ name }) => isChosen(name, options.names));
  if (chosen.length === 0) {
    console.error("Cannot run mutants as no name matches");
    return 2;
  }
  if (options.worker !== undefined) {
    await work(chosen, options, options.worker);
    return 0;
  }
  const verdicts = (await Promise.all(
    Array.from({ length: options.jobs }, (_, n) => startWorker(n, options)),
  )).flat();
  const ids = selectCases(catalogue, toSelection(options)).map(({ id }) => id);
  const faults = findFaults(chosen, verdicts, (id) => ids.includes(id));
  return report(chosen, verdicts, faults, options);
}

function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cases: { type: "string", default: "*" },
      jobs: { type: "string", default: "2" },
      worker: { type: "string" },
    },
  });
  return {
    names: positionals,
    cases: values.cases,
    jobs: Math.max(1, Number(values.jobs)),
    worker: values.worker === undefined ? undefined : Number(values.worker),
  };
}

function isChosen(name: string, globs: readonly string[]): boolean {
  return globs.length === 0 || globs.some((glob) => {
    const source = glob.split("*").map(RegExp.escape).join(".*");
    return new RegExp(`^${source}$`).test(name);
  });
}

function toSelection({ cases }: Options): { only?: string[] } {
  return cases === "*" ? {} : { only: cases.split(",") };
}

/** In a worker: judges every n-th mutant, one after the other. */
async function work(
  chosen: readonly Mutant[],
  options: Options,
  worker: number,
): Promise<void> {
  for (const [index, mutant] of chosen.entries()) {
    if (index % options.jobs !== worker) continue;
    const verdict = await judgeMutant(mutant, toSelection(options));
    console.log(MARKER + JSON.stringify(verdict));
  }
}

async function startWorker(n: number, options: Options): Promise<Verdict[]> {
  const { cases, jobs, names } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", ...buildDenoArguments(), import.meta.url],
      ...[`--worker=${n}`, `--cases=${cases}`, `--jobs=${jobs}`, ...names],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const verdicts: Verdict[] = [];
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((line) => line.startsWith(MARKER))) {
      const verdict: Verdict = JSON.parse(line.slice(MARKER.length));
      verdicts.push(verdict);
      console.log(`${verdict.name}: ${verdict.caught.join(" ") || "survives"}`);
    }
  }
  const { code } = await child.status;
  // What it did not get to shows as survivors, whose cause would be unclear.
  if (code !== 0) throw new Error(`A worker has ended with code ${code}`);
  return verdicts;
}

function report(
  chosen: readonly Mutant[],
  verdicts: readonly Verdict[],
  { survivors, differences, idleCases, broken }: MatrixFaults,
  { names }: Options,
): number {
  console.log("\nCase: the mutants it catches");
  const ids = [...new Set(verdicts.flatMap(({ caught }) => caught))].sort();
  for (const id of ids) {
    const caught = verdicts.filter((verdict) => verdict.caught.includes(id));
    console.log(`${id}: ${caught.map(({ name }) => name).join(", ")}`);
  }
  printList("Survivors", survivors);
  printList("Not as listed", differences);
  printList("Could not judge", broken);
  // A part of the mutants says nothing about the cases.
  const isWhole = names.length === 0;
  if (isWhole) printList("Cases that catch nobody", idleCases);
  const subtle = chosen.filter((mutant) => mutant.subtle).length;
  console.log(
    `\n${chosen.length} mutants, ${subtle} of them subtle; ${ids.length} cases catch some; ${survivors.length} survive, ${differences.length} differences`,
  );
  const faults = [survivors, differences, broken, isWhole ? idleCases : []];
  return faults.flat().length === 0 ? 0 : 1;
}

function printList(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(`\n${title}:`);
  for (const line of lines) console.log(`  ${line}`);
}
