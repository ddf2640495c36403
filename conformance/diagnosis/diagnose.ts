import type { CaseResult } from "../model/result.ts";
import { REMEDIES } from "./remedies.ts";
import type { Signature } from "./find_faults.ts";
import signatures from "./signatures.json" with { type: "json" };

/** A likely cause of failures. */
export interface Cause {
  /** Faults of a store that fails like this; several where the cases cannot tell them apart. The likeliest is first. */
  readonly faults: readonly Signature[];
  /** Ids of the failed cases that it explains. */
  readonly explains: readonly string[];
  /** Ids of cases that should have failed as well, and passed. */
  readonly contradictedBy: readonly string[];
  /** The number of the clause that the explained failures are about. */
  readonly clause: number;
  /** First step of the repair. */
  readonly remedy: string;
}

/** Failed cases that saw the same, and that no known fault explains. */
export interface SeenAlike {
  /** The observation. */
  readonly observed: string;
  /** Ids of the cases. */
  readonly ids: readonly string[];
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
 * The share of a fault's signature that must have failed, weighted, before it is named. Below a half more
 * speaks against a fault than for it; `deno task diagnosis` measures what a bound gives.
 */
const THRESHOLD = 0.5;
/** So many faults that cases cannot tell apart are named. */
const SHOWN_FAULTS = 3;
/** With so many other faults that explain a single failure nearly as well, none is named. */
const RIVALS = 3;
const NEARLY = 0.75;

/** Faults with one set of cases. */
interface Kind {
  readonly faults: readonly Signature[];
  readonly cases: readonly string[];
}

/**
 * Explains the failures of a run by known faults of stores, greedily: the fault that explains most
 * takes its cases, then the next explains what is left. A case that few faults fail says more than
 * one that many do; cases that passed although a fault would have failed them speak against it, and
 * those that were not judged say nothing. A single failure that many faults would explain is left
 * unexplained.
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
  known: readonly Signature[] = signatures,
): Diagnosis {
  const kinds = toKinds(known);
  const weigh = makeWeights(kinds);
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
  const open = new Set(failures.keys());
  const undecided = new Set<string>();
  const causes: Cause[] = [];
  while (open.size > 0) {
    const best = findBest(kinds, { open, failures, passed, weigh });
    if (best === undefined) break;
    const { kind, rivals } = best;
    const explains = kind.cases.filter((id) => open.has(id));
    for (const id of explains) open.delete(id);
    if (explains.length === 1 && rivals >= RIVALS) {
      undecided.add(explains[0]!);
      continue;
    }
    const clause = chooseClause(explains.map((id) => failures.get(id)!));
    causes.push({
      faults: kind.faults.slice(0, SHOWN_FAULTS),
      explains,
      contradictedBy: kind.cases.filter((id) => passed.has(id)),
      clause,
      remedy: REMEDIES[clause] ?? "",
    });
  }
  const rest = [...failures.values()].filter(({ id }) =>
    open.has(id) || undecided.has(id)
  );
  const alike = Map.groupBy(rest, ({ failure }) => failure?.observed ?? "");
  return {
    causes,
    unexplained: [...alike]
      .map(([observed, group]) => ({
        observed,
        ids: group.map(({ id }) => id),
      }))
      .sort((a, b) => b.ids.length - a.ids.length),
    failed: failures.size,
  };
}

interface Seen {
  readonly open: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, unknown>;
  readonly passed: ReadonlySet<string>;
  weigh(id: string): number;
}

/** The kind that explains most of what is open, and how many others explain nearly as much. */
function findBest(
  kinds: readonly Kind[],
  { open, failures, passed, weigh }: Seen,
): { kind: Kind; rivals: number } | undefined {
  const sum = (ids: readonly string[]) =>
    ids.reduce((total, id) => total + weigh(id), 0);
  const scored: { kind: Kind; score: number }[] = [];
  for (const kind of kinds) {
    const { cases } = kind;
    const explained = sum(cases.filter((id) => open.has(id)));
    const failed = sum(cases.filter((id) => failures.has(id)));
    const against = sum(cases.filter((id) => passed.has(id)));
    if (explained === 0 || failed / (failed + against) < THRESHOLD) continue;
    const score = explained - against;
    if (score > 0) scored.push({ kind, score });
  }
  // Of equals the one with fewer cases: it says no more than was seen.
  scored.sort((a, b) =>
    b.score - a.score || a.kind.cases.length - b.kind.cases.length
  );
  const [best, ...others] = scored;
  if (best === undefined) return undefined;
  const taken = best.kind.cases.filter((id) => open.has(id));
  const rivals =
    others.filter(({ kind, score }) =>
      score >= NEARLY * best.score &&
      kind.cases.some((id) => taken.includes(id))
    ).length;
  return { kind: best.kind, rivals };
}

function toKinds(known: readonly Signature[]): Kind[] {
  const alike = Map.groupBy(known, ({ cases }) => [...cases].sort().join());
  return [...alike.values()].map((faults) => ({
    faults,
    cases: faults[0]!.cases,
  }));
}

/** Information of a case's failure: the fewer kinds fail it, the more. */
function makeWeights(kinds: readonly Kind[]): (id: string) => number {
  const counts = new Map<string, number>();
  for (const id of kinds.flatMap(({ cases }) => cases)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return (id) => Math.log(1 + kinds.length / (counts.get(id) ?? 1));
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
