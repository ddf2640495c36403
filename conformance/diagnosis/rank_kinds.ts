import type { Signature } from "./find_faults.ts";
import type { FaultModel, LikelyKind } from "./likeness.ts";

/** Facts about a run that kinds are compared with. */
export interface SeenRun {
  /** Ids of failed cases that nothing explains yet. */
  readonly open: ReadonlySet<string>;
  /** Ids of all failed cases. */
  readonly failed: ReadonlySet<string>;
  /** Ids of the cases that passed. */
  readonly passed: ReadonlySet<string>;
  /** The number of the clause that a case's failure says is broken; `undefined` where that is not known. */
  clauseOf(id: string): number | undefined;
}

/** A kind, and how well it fits a run. */
export interface RankedKind {
  /** The kind. */
  readonly likely: LikelyKind;
  /** Measure of how well it fits: the higher, the better; 0 says no more than any other. */
  readonly score: number;
  /** Its known fault that fits best. */
  readonly nearest: Signature | undefined;
  /** Measure of how well that one fits, from 0 to 1: it fails what has failed, and nothing else. */
  readonly nearness: number;
}

/** Weight of a failure that says that another clause is broken. */
const OF_OTHER_CLAUSE = 0.4;
/** Bonus of a failure that says that the very clause is broken. */
const OF_SAME_CLAUSE = 0.7;
/** A pass speaks against a kind by a quarter: not every fault of a kind fails the same cases. */
const OF_PASS = 0.25;
/** Weight of a failure that a known fault does not explain: another fault may be behind it. */
const OF_REST = 0.3;
/** Weight of the nearest known fault beside what the kind's faults have in common. */
const OF_NEAREST = 4;

/**
 * Puts kinds in the order in which they fit what has failed in a run.
 *
 * @param model The kinds.
 * @param run The run.
 * @returns The best first.
 */
export function rankKinds(model: FaultModel, run: SeenRun): RankedKind[] {
  return model.kinds.map((likely) => {
    let score = 0;
    for (const id of run.open) score += scoreFailure(likely, id, run);
    for (const id of run.passed) score += OF_PASS * likely.passing(id);
    const { nearest, nearness } = findNearest(model, likely, run);
    score += OF_NEAREST * nearness;
    return { likely, score, nearest, nearness };
  }).sort((a, b) => b.score - a.score);
}

function scoreFailure(
  { failing, kind }: LikelyKind,
  id: string,
  { clauseOf }: SeenRun,
): number {
  // One that the kind does not explain says nothing against it: another fault may be behind it.
  const score = Math.max(0, failing(id));
  const clause = clauseOf(id);
  if (clause === undefined || score === 0) return score;
  return clause === kind.clause
    ? score + OF_SAME_CLAUSE
    : score * OF_OTHER_CLAUSE;
}

function findNearest(
  { weigh }: FaultModel,
  { faults }: LikelyKind,
  { open, passed }: SeenRun,
): { nearest: Signature | undefined; nearness: number } {
  let nearest: Signature | undefined;
  let nearness = 0;
  for (const fault of faults) {
    const own = new Set(fault.cases);
    let shared = 0, all = 0;
    for (const id of own) {
      if (open.has(id)) shared += weigh(id);
      // What was not judged says nothing; a failure that is explained already is this fault's as well.
      if (open.has(id) || passed.has(id)) all += weigh(id);
    }
    for (const id of open) if (!own.has(id)) all += OF_REST * weigh(id);
    if (all > 0 && shared / all > nearness) {
      nearness = shared / all;
      nearest = fault;
    }
  }
  return { nearest, nearness };
}
