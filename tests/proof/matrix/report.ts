import type { Variant } from "../benign/variant.ts";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import {
  findAccusations,
  findFaults,
  findGaps,
  type Verdict,
} from "./matrix.ts";
import { mutants } from "../mutants/mod.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { selectCases } from "../../../conformance/runner/select_cases.ts";
import type { Question } from "./worker.ts";

/** The stores that are judged. */
export interface Chosen {
  /** The mutants. */
  readonly mutants: readonly Mutant[];
  /** The benign variants. */
  readonly variants: readonly Variant[];
}

/** What came of it. */
export interface Outcome {
  /** In the order of the questions. */
  readonly verdicts: readonly Verdict[];
  /** Devices that are not there. */
  readonly missing: readonly string[];
  /** Cases that cannot be judged without them. */
  readonly excused: readonly string[];
  /** Mutants that were judged a second time, as the first verdict was not the listed one, and how it differed. */
  readonly judgedTwice: readonly string[];
}

/**
 * The cases that this machine cannot judge: those that the plain store leaves
 * unverified for want of a device.
 *
 * @param plain What was said of it.
 */
export function findExcused({ unverified }: Verdict): string[] {
  return Object.keys(unverified).filter((id) =>
    /'(?:other|small|noLink)Device'/.test(`${unverified[id]}`)
  );
}

/**
 * Prints the kill matrix, and everything that is wrong.
 *
 * @returns What to exit with.
 */
export function report(
  chosen: Chosen,
  { questions, verdicts, missing, excused, judgedTwice, seconds }: Outcome & {
    questions: readonly Question[];
    seconds: number;
  },
  { names, only }: {
    names: readonly string[];
    only: readonly string[] | undefined;
  },
): number {
  const ofKind = (kind: Question["kind"]) =>
    verdicts.filter((_, index) => questions[index]?.kind === kind);
  const isWhole = names.length === 0 && only === undefined;
  const ids = selectCases(catalogue, only ? { only } : {}).map(({ id }) => id);
  const killed = findFaults(chosen.mutants, ofKind("mutant"), {
    isJudged: (id) => ids.includes(id),
    excused,
  });
  const accusations = findAccusations(chosen.variants, ofKind("variant"));
  const gaps = isWhole ? findGaps(mutants) : [];

  printMatrix(ofKind("mutant"));
  printList("Missing here", missing);
  printList("Cases that cannot be judged here", excused);
  printList("Listed, and not judged here", killed.unjudged);
  printList("Judged twice, as the first verdict was another", judgedTwice);
  printList("Survivors", killed.survivors);
  printList("Not as listed", killed.differences);
  printList("Mutants on which the suite failed", killed.broken);
  printList("Benign variants that were accused", accusations);
  printList("Cases without a mutant", gaps);
  const { survivors, differences, broken } = killed;
  const faults = [survivors, differences, broken, accusations, gaps].flat();
  const wrong = new Set(faults.map((line) => line.split(":")[0]));
  const caught = ofKind("mutant").filter(({ name, caught }) =>
    caught.length > 0 && !wrong.has(name)
  );
  const green = ofKind("variant").filter(({ name }) => !wrong.has(name));
  console.log(
    `\n${caught.length} mutants caught as listed, ${green.length} benign variants green, ${faults.length} faults (${seconds} s)`,
  );
  return faults.length === 0 ? 0 : 1;
}

/** Prints the kill matrix: each mutant with its cases, and each case with its mutants. */
function printMatrix(verdicts: readonly Verdict[]): void {
  if (verdicts.length === 0) return;
  console.log("\nMutant: the cases that catch it");
  for (const { name, caught } of verdicts) {
    console.log(`${name}: ${caught.join(" ")}`);
  }
  console.log("\nCase: the mutants that it catches");
  const ids = new Set(verdicts.flatMap(({ caught }) => caught));
  for (const { id } of catalogue.filter(({ id }) => ids.has(id))) {
    const caught = verdicts.filter((verdict) => verdict.caught.includes(id));
    console.log(`${id}: ${caught.map(({ name }) => name).join(" ")}`);
  }
}

function printList(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(`\n${title}:`);
  for (const line of lines) console.log(`  ${line}`);
}
