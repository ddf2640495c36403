/**
 * Measures the diagnosis on the mutants: how often the right cause is among the first. A mutant's
 * own signature is taken out before it is judged, so only others of its kind can name it.
 *
 * @module
 */
import { catalogue } from "../../conformance/cases/catalogue.ts";
import { diagnose } from "../../conformance/diagnosis/diagnose.ts";
import type { Signature } from "../../conformance/diagnosis/find_faults.ts";
import type { CaseResult } from "../../conformance/model/result.ts";
import { buildSignatures } from "./write_signatures.ts";

/** Shares of 1. */
export interface DiagnosisFigures {
  /** Mutants whose own kind was taken out whole: the first cause breaks the same clause. */
  readonly clauseFirst: number;
  /** The same among the first three. */
  readonly clauseAmongThree: number;
  /** Mutants whose own kind was taken out whole: nothing is named. */
  readonly silent: number;
  /** Two mutants in one store, signatures complete: both are among the first three. */
  readonly pairAmongThree: number;
  /** The same: the first cause is one of both. */
  readonly pairFirst: number;
}

if (import.meta.main) {
  for (const [name, share] of Object.entries(measureDiagnosis())) {
    console.log(`${name.padEnd(18)}${(100 * share).toFixed(1)} %`);
  }
}

/**
 * Judges every mutant, and pairs of them, by their lists of cases.
 *
 * @returns The figures.
 */
export function measureDiagnosis(): DiagnosisFigures {
  const known: Signature[] = JSON.parse(buildSignatures());
  const clauses = new Map(catalogue.map((c) => [c.id, c.clauses[0] ?? 0]));
  const clauseOf = ({ cases }: { cases: readonly string[] }) =>
    clauses.get(cases[0] ?? "");
  let first = 0, three = 0, silent = 0;
  for (const mutant of known) {
    const others = known.filter(({ cases }) =>
      key(cases) !== key(mutant.cases)
    );
    const { causes } = diagnose(fail(mutant.cases), others);
    const right = causes.slice(0, 3).map(({ faults }) =>
      clauseOf(faults[0]!) === clauseOf(mutant)
    );
    if (causes.length === 0) silent++;
    if (right[0]) first++;
    if (right.includes(true)) three++;
  }
  let pairs = 0, both = 0, one = 0;
  for (const [index, a] of known.entries()) {
    // Another one far away in the register, so that groups mix.
    const b = known[(index * 7 + 101) % known.length]!;
    if (key(a.cases) === key(b.cases)) continue;
    pairs++;
    const { causes } = diagnose(fail([...a.cases, ...b.cases]), known);
    const named = causes.slice(0, 3).map(({ faults }) => key(faults[0]!.cases));
    if (named.includes(key(a.cases)) && named.includes(key(b.cases))) both++;
    if (named[0] === key(a.cases) || named[0] === key(b.cases)) one++;
  }
  return {
    clauseFirst: first / known.length,
    clauseAmongThree: three / known.length,
    silent: silent / known.length,
    pairFirst: one / pairs,
    pairAmongThree: both / pairs,
  };
}

/** Results of a run in which just some cases fail. */
export function fail(ids: readonly string[]): CaseResult[] {
  return catalogue.map(({ id, title, level, clauses }) => ({
    id,
    group: id.replace(/-.*/, ""),
    title,
    level,
    clauses,
    status: ids.includes(id) ? "fail" : "pass",
    durationMs: 1,
    seed: "5eed",
  }));
}

function key(cases: readonly string[]): string {
  return [...cases].sort().join();
}
