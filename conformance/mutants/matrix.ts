import { runConformance } from "../run.ts";
import type { Selection } from "../select_cases.ts";
import type { Mutant } from "./mutant.ts";

/** What the suite says of one mutant. */
export interface Verdict {
  /** The mutant's name. */
  readonly name: string;
  /** The cases that failed, in alphabetical order. */
  readonly caught: readonly string[];
  /** The cases that passed. */
  readonly passed: readonly string[];
  /** Cases that could not judge it, and why. */
  readonly broken: readonly string[];
}

/** What is wrong with the suite, by a whole matrix. */
export interface MatrixFaults {
  /** Mutants that no case caught. */
  readonly survivors: readonly string[];
  /** Mutants that other cases caught than those that are listed, and which. */
  readonly differences: readonly string[];
  /** Cases that passed at least once and caught no mutant. */
  readonly idleCases: readonly string[];
  /** Cases that could not judge, and why. */
  readonly broken: readonly string[];
}

/**
 * Runs the suite on one mutant.
 *
 * @param mutant The mutant.
 * @param selection Which cases. @default All.
 */
export async function judgeMutant(
  { name, harness }: Mutant,
  selection: Selection = {},
): Promise<Verdict> {
  const caught: string[] = [];
  const passed: string[] = [];
  const broken: string[] = [];
  for await (const result of runConformance(harness, selection)) {
    const { id, status, reason } = result;
    if (status === "fail") caught.push(id);
    if (status === "pass") passed.push(id);
    if (status === "error") broken.push(`${id}: ${reason}`);
  }
  return { name, caught: caught.sort(), passed: passed.sort(), broken };
}

/**
 * Compares what caught the mutants with what is listed for them.
 *
 * @param mutants The mutants that were judged.
 * @param verdicts One for each of them.
 * @param isJudged Whether a case was among those that ran. @default All were.
 */
export function findFaults(
  mutants: readonly Mutant[],
  verdicts: readonly Verdict[],
  isJudged: (id: string) => boolean = () => true,
): MatrixFaults {
  const survivors: string[] = [];
  const differences: string[] = [];
  for (const { name, caughtBy } of mutants) {
    const caught = verdicts.find((v) => v.name === name)?.caught ?? [];
    const missed = caughtBy.filter((id) =>
      isJudged(id) && !caught.includes(id)
    );
    const unlisted = caught.filter((id) => !caughtBy.includes(id));
    if (caught.length === 0) survivors.push(name);
    if (missed.length > 0) {
      differences.push(`${name}: not caught by ${missed.join(", ")}`);
    }
    if (unlisted.length > 0) {
      differences.push(`${name}: also caught by ${unlisted.join(", ")}`);
    }
  }
  const killers = new Set(verdicts.flatMap(({ caught }) => caught));
  const ran = new Set(verdicts.flatMap(({ passed }) => passed));
  return {
    survivors,
    differences,
    idleCases: [...ran].filter((id) => !killers.has(id)).sort(),
    broken: verdicts.flatMap(({ name, broken }) =>
      broken.map((line) => `${name}: ${line}`)
    ),
  };
}
