import type { Case } from "../../../conformance/model/case.ts";
import { catalogue } from "../../../conformance/cases/catalogue.ts";
import type { Variant } from "../benign/variant.ts";
import type {
  Harness,
  HarnessLimits,
} from "../../../conformance/model/harness.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import type { Selection } from "../../../conformance/runner/select_cases.ts";
import type { Mutant } from "../mutants/mutant.ts";

/** What the suite says of one store. */
export interface Verdict {
  /** The store's name. */
  readonly name: string;
  /** The cases that failed, in alphabetical order. */
  readonly caught: readonly string[];
  /** The cases that passed. */
  readonly passed: readonly string[];
  /** The cases that could not be judged with this harness, and why. */
  readonly unverified: Readonly<Record<string, string>>;
  /** Cases in which the suite itself failed, and why. */
  readonly broken: readonly string[];
  /** How long it took. */
  readonly seconds: number;
}

/** How {@linkcode judge} runs. */
export interface JudgeOptions extends Selection {
  /** Directories on special devices, for harnesses that give none. */
  readonly devices?: Pick<
    Harness,
    "otherDevice" | "smallDevice" | "noLinkDevice"
  >;
  /**
   * Whether objects have the size that they have for stores of users. The bases
   * of the mutants move 64 KiB and parts of 256 KiB, so that 1.25 and 2.2 MiB
   * show the same as 9, much faster. A local store whose harness gives
   * `limits` has what it wants anyway.
   *
   * @default {false}
   */
  readonly isFullSize?: boolean;
  /** Whether the store is measured first. @default {true} */
  readonly isMeasured?: boolean;
  /** As for `runConformance`: what hangs can be given less time than a correct store has. */
  readonly caseTimeoutMs?: number;
  /** Cases that only run when they are named, and shall run. */
  readonly explicit?: readonly string[];
}

/** How many cases run at once: most of them wait. */
const JOBS = 4;
/** The same bytes each time: a fault that needs certain bytes finds them, or not, in every run. */
const SEED = "matrix";
const SCALED: HarnessLimits = {
  largestObject: 1_310_731,
  progressGranularity: 131_072,
};
const SCALED_ON_WIRE: HarnessLimits = {
  largestObject: 2_300_003,
  progressGranularity: 262_144,
};

/**
 * Runs the suite on one store.
 *
 * @param subject A mutant, or another store with a name.
 * @param options Which cases, and how.
 */
export async function judge(
  { name, harness }: Pick<Mutant, "name" | "harness">,
  options: JudgeOptions = {},
): Promise<Verdict> {
  const { devices, isFullSize = false, explicit = [], only, skip } = options;
  const { caseTimeoutMs, isMeasured = true } = options;
  const caught: string[] = [];
  const passed: string[] = [];
  const unverified: Record<string, string> = {};
  const broken: string[] = [];
  const start = performance.now();
  const results = runConformance({
    ...devices,
    ...harness,
    ...(isFullSize ? {} : { limits: scaleLimits(harness) }),
  }, {
    jobs: JOBS,
    seed: SEED,
    measure: isMeasured,
    ...(caseTimeoutMs ? { caseTimeoutMs } : {}),
    ...((only ?? explicit).length > 0
      ? { only: only ?? ["*", ...explicit] }
      : {}),
    ...(skip ? { skip } : {}),
  });
  for await (const { id, status, reason = "" } of results) {
    if (status === "fail") caught.push(id);
    if (status === "pass") passed.push(id);
    if (status === "unverified") unverified[id] = reason;
    if (status === "error") broken.push(`${id}: ${reason}`);
  }
  caught.sort();
  passed.sort();
  const seconds = Math.round((performance.now() - start) / 1000);
  return { name, caught, passed, unverified, broken, seconds };
}

/** The limits that make objects smaller: see {@linkcode JudgeOptions.isFullSize}. What a store holds back for a reader is seen in large objects only. */
export function scaleLimits(
  { upstream, limits, capabilities = [] }: Harness,
): HarnessLimits {
  return upstream === undefined
    ? limits ?? SCALED
    : capabilities.includes("streaming")
    ? { ...limits }
    : { ...limits, ...SCALED_ON_WIRE };
}

/** What is wrong with the suite, by a matrix. */
export interface MatrixFaults {
  /** Mutants that no case caught. */
  readonly survivors: readonly string[];
  /** Mutants that other cases caught than those that are listed, and which. */
  readonly differences: readonly string[];
  /** Mutants on which the suite itself failed, and how. */
  readonly broken: readonly string[];
  /** What is listed and could not be judged on this machine, and why: no fault. */
  readonly unjudged: readonly string[];
}

/**
 * Compares what caught the mutants with what is listed for them.
 *
 * @param mutants The mutants that were judged.
 * @param verdicts One for each of them.
 * @param options `isJudged`: whether a case was among those that ran. `excused`: cases that this machine cannot judge.
 */
export function findFaults(
  mutants: readonly Mutant[],
  verdicts: readonly Verdict[],
  { isJudged = () => true, excused = [] }: {
    isJudged?: (id: string) => boolean;
    excused?: readonly string[];
  } = {},
): MatrixFaults {
  const survivors: string[] = [];
  const differences: string[] = [];
  const broken: string[] = [];
  const unjudged: string[] = [];
  const byName = new Map(verdicts.map((verdict) => [verdict.name, verdict]));
  for (const { name, caughtBy, mayBeCaughtBy = [] } of mutants) {
    const verdict = byName.get(name);
    const caught = verdict?.caught ?? [];
    const listed = caughtBy.filter(isJudged);
    const missed = listed.filter((id) => !caught.includes(id));
    const impossible = missed.filter((id) =>
      excused.includes(id) && verdict?.unverified[id] !== undefined
    );
    const unlisted = caught.filter((id) =>
      !caughtBy.includes(id) && !mayBeCaughtBy.includes(id)
    );
    for (const id of impossible) {
      unjudged.push(`${name} by ${id}: ${verdict?.unverified[id]}`);
    }
    const isMissed = missed.length > impossible.length;
    if (caught.length === 0 && (isMissed || listed.length === 0)) {
      survivors.push(name);
    }
    if (isMissed) {
      const ids = missed.filter((id) => !impossible.includes(id));
      differences.push(`${name}: not caught by ${ids.join(", ")}`);
    }
    if (unlisted.length > 0) {
      differences.push(`${name}: also caught by ${unlisted.join(", ")}`);
    }
    broken.push(...verdict?.broken.map((line) => `${name}: ${line}`) ?? []);
  }
  return { survivors, differences, broken, unjudged };
}

/**
 * Which benign variants were accused, of what: each is a defect of the suite.
 *
 * @param variants The variants that were judged.
 * @param verdicts One for each of them.
 */
export function findAccusations(
  variants: readonly Variant[],
  verdicts: readonly Verdict[],
): string[] {
  const byName = new Map(verdicts.map((verdict) => [verdict.name, verdict]));
  return variants.flatMap(({ name, shortOf = [] }) => {
    const { caught, passed, broken } = byName.get(name) ?? NOT_JUDGED;
    const accusing = caught.filter((id) => !shortOf.includes(id));
    return [
      ...accusing.map((id) => `${name}: accused by ${id}`),
      ...broken.map((line) => `${name}: ${line}`),
      ...(caught.length + passed.length === 0 ? [`${name}: not judged`] : []),
    ];
  });
}

const NOT_JUDGED = { caught: [], passed: [], broken: [] };

/**
 * What the lists of the mutants leave open: a case that catches none, and a
 * must case that catches no subtle one.
 *
 * @param mutants All mutants.
 * @param cases The cases. @default The catalogue.
 */
export function findGaps(
  mutants: readonly Mutant[],
  cases: readonly Case[] = catalogue,
): string[] {
  const gaps: string[] = [];
  for (const { id, level } of cases) {
    const caught = mutants.filter(({ caughtBy }) => caughtBy.includes(id));
    if (caught.length === 0) gaps.push(`${id} catches no mutant`);
    else if (level === "must" && !caught.some(({ subtle }) => subtle)) {
      gaps.push(`${id} catches no subtle mutant`);
    }
  }
  return gaps;
}
