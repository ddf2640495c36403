import type { CaseResult } from "../model/result.ts";
import { type Signature, SIGNATURES } from "./find_faults.ts";
import { findSharedStops, groupBySeen, type SeenAlike } from "./group_seen.ts";
import { type FaultKind, KINDS } from "./kinds.ts";
import { type FaultModel, makeModel } from "./likeness.ts";
import { type RankedKind, rankKinds, type SeenRun } from "./rank_kinds.ts";
import { REMEDIES } from "./remedies.ts";

/** A kind of fault that explains the same failures nearly as well. */
export interface OtherCause {
  /** Its name, for `--explain`. */
  readonly name: string;
  /** A sentence that says what a store does that has it. */
  readonly title: string;
  /** The number of the clause that it breaks. */
  readonly clause: number;
}

/** A likely cause of failures. */
export interface Cause {
  /** The name of the kind of fault, for `--explain`; empty where nothing is known but what was seen. */
  readonly name: string;
  /** A sentence that says what the store does. */
  readonly title: string;
  /** The one observation of all the explained cases, where that is what joins them: they stopped there, and may hide others. */
  readonly seen?: string;
  /** Known faults of this kind that fail like this; the likeliest is first. None where none is near. */
  readonly faults: readonly Signature[];
  /** Kinds that explain the same nearly as well. */
  readonly others: readonly OtherCause[];
  /** Ids of the failed cases that it explains. */
  readonly explains: readonly string[];
  /** Ids of cases that should have failed as well with the first of `faults`, and passed. */
  readonly contradictedBy: readonly string[];
  /** The number of the clause that it breaks. */
  readonly clause: number;
  /** First step of the repair. */
  readonly remedy: string;
}

/** Failures of a run, by their causes. */
export interface Diagnosis {
  /** Likely causes in the order to repair them: the one that explains most is first. */
  readonly causes: readonly Cause[];
  /** Failures that no cause explains, by what was seen. */
  readonly unexplained: readonly SeenAlike[];
  /** The number of cases that have failed. */
  readonly failed: number;
}

/**
 * A kind that fits less is not named. `deno task diagnosis` measures what this bound gives: how many
 * mutants are then named rightly, and for how many nothing is named.
 */
const LEAST_SCORE = 2;
/** Other kinds are told if they fit at least this well beside the best, and so many at most. */
const NEARLY = 0.4;
const SHOWN_OTHERS = 2;
/** A known fault is near if it has this much in common with the run, and so many are told. */
const NEAR = 0.5;
const SHOWN_FAULTS = 3;
/** A case is explained by a kind of which so many faults fail it. */
const EXPLAINED = 0.1;

/**
 * Explains the failures of a run by kinds of faults, greedily: the kind that fits best takes its
 * cases, then the next explains what is left. A case that few faults fail says more than one that
 * many do; cases that passed although a fault would have failed them speak against it, and those
 * that were not judged say nothing. Before that, many cases that were stopped by one error of one
 * call are one cause, whatever they are about.
 *
 * @param results The results of a run.
 * @param known The known faults. @default {those of the kit's mutants}
 * @returns Causes and what they leave; nothing of either if no case has failed.
 *
 * @example
 * ```ts
 * import { type CaseResult, diagnose } from "@storekit/object-store/conformance";
 *
 * export function printCauses(results: CaseResult[]): void {
 *   for (const { clause, remedy } of diagnose(results).causes) {
 *     console.log(`clause ${clause}: ${remedy}`);
 *   }
 * }
 * ```
 */
export function diagnose(
  results: readonly CaseResult[],
  known: readonly Signature[] = SIGNATURES,
): Diagnosis {
  const failures = new Map(
    results.filter(({ status }) =>
      status === "fail" || status === "expected-fail"
    ).map((result) => [result.id, result]),
  );
  const passed = new Set(
    results.filter(({ status }) =>
      status === "pass" || status === "unexpected-pass"
    ).map(({ id }) => id),
  );
  if (failures.size === 0) return { causes: [], unexplained: [], failed: 0 };
  const model = makeModel(known, KINDS);
  const failed = new Set(failures.keys());
  const open = new Set(failed);
  const clauseOf = (id: string) => failures.get(id)?.failure?.clause;
  const toResults = (ids: readonly string[]) =>
    ids.map((id) => failures.get(id)!);
  const causes: Cause[] = [];
  for (const { observed, ids } of findSharedStops([...failures.values()])) {
    const run = { open: new Set(ids), failed, passed, clauseOf };
    causes.push(makeSeenCause(observed, toResults(ids), findBest(model, run)));
    for (const id of ids) open.delete(id);
  }
  while (open.size > 0) {
    const ranked = findBest(model, { open, failed, passed, clauseOf });
    const explains = ranked[0] ? findExplained(ranked[0], open) : [];
    if (explains.length === 0) break;
    causes.push(makeCause(ranked, toResults(explains), { passed }));
    for (const id of explains) open.delete(id);
  }
  return {
    causes: causes.sort((a, b) => b.explains.length - a.explains.length),
    unexplained: groupBySeen(toResults([...open])),
    failed: failures.size,
  };
}

/** The kinds that fit: the best, and others that fit nearly as well. */
function findBest(model: FaultModel, run: SeenRun): RankedKind[] {
  const [best, ...others] = rankKinds(model, run).filter((ranked) =>
    findExplained(ranked, run.open).length > 0
  );
  if (best === undefined || best.score < LEAST_SCORE) return [];
  const explained = new Set(findExplained(best, run.open));
  const rivals = others.filter((other) =>
    other.score >= LEAST_SCORE && other.score >= NEARLY * best.score &&
    // One that explains other failures comes later, as a cause of its own.
    3 * findExplained(other, explained).length >= explained.size
  );
  return [best, ...rivals.slice(0, SHOWN_OTHERS)];
}

function findExplained(
  { likely, nearest, nearness }: RankedKind,
  open: ReadonlySet<string>,
): string[] {
  return [...open].filter((id) =>
    (nearness >= NEAR && nearest?.cases.includes(id)) ||
    (likely.likely(id) >= EXPLAINED && likely.failing(id) > 0)
  );
}

function makeCause(
  [best, ...others]: readonly RankedKind[],
  explained: readonly CaseResult[],
  { passed }: Pick<SeenRun, "passed">,
): Cause {
  const { kind } = best!.likely;
  const clause = kind.clause || chooseClause(explained);
  const faults = findNear(best!, explained);
  return {
    name: kind.name,
    title: kind.title,
    faults,
    others: others.map(({ likely }) => toOther(likely.kind)),
    explains: explained.map(({ id }) => id),
    contradictedBy: (faults[0]?.cases ?? []).filter((id) => passed.has(id)),
    clause,
    remedy: kind.remedy || (REMEDIES[clause] ?? ""),
  };
}

/** Known faults that fail like this, the nearest first, then those that cases cannot tell from it. */
function findNear(
  { likely, nearest, nearness }: RankedKind,
  explained: readonly CaseResult[],
): Signature[] {
  if (nearest === undefined || nearness < NEAR) return [];
  const explains = new Set(explained.map(({ id }) => id));
  const isAlike = ({ cases }: Signature) =>
    cases.length === nearest.cases.length &&
    cases.every((id) => nearest.cases.includes(id));
  const alike = likely.faults.filter((fault) =>
    fault !== nearest && isAlike(fault) &&
    fault.cases.some((id) => explains.has(id))
  );
  return [nearest, ...alike].slice(0, SHOWN_FAULTS);
}

function makeSeenCause(
  seen: string,
  explained: readonly CaseResult[],
  ranked: readonly RankedKind[],
): Cause {
  const clause = chooseClause(explained);
  return {
    name: "",
    title: seen.split("\n")[0] ?? "",
    seen,
    faults: [],
    others: ranked.map(({ likely }) => toOther(likely.kind)),
    explains: explained.map(({ id }) => id),
    contradictedBy: [],
    clause,
    remedy:
      "Mend this first: these cases stopped here, and may hide other faults.",
  };
}

function toOther({ name, title, clause }: FaultKind): OtherCause {
  return { name, title, clause };
}

/** The clause that most of the cases are about, and that they say is broken. */
function chooseClause(results: readonly CaseResult[]): number {
  const votes = new Map<number, number>();
  const vote = (clause: number | undefined, weight: number) => {
    if (clause !== undefined) {
      votes.set(clause, (votes.get(clause) ?? 0) + weight);
    }
  };
  for (const { clauses, failure } of results) {
    const [first, ...others] = clauses;
    vote(failure?.clause, 1);
    vote(first, 1);
    for (const clause of others) vote(clause, 0.5);
  }
  const sorted = [...votes].sort(([, a], [, b]) => b - a);
  return sorted[0]?.[0] ?? 0;
}
