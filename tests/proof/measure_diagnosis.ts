/**
 * Measures the diagnosis on the mutants: how often the right kind of fault is named.
 *
 * What "right" is was said by hand: `mutants_of_kind.json` gives each mutant a kind, and each kind
 * a clause. A mutant is judged as if nobody had seen it: it is taken out together with all others
 * that fail the same cases, so only different faults of its kind, and what the cases are about,
 * can name it. A run is made of a mutant's list of cases; the kit itself does not run.
 *
 * `foreign_stores.json` has stores that nobody wrote for the kit, with the cases that failed when they
 * were judged, and their causes, found by reading the store's source. Each cause is measured
 * alone, and all of a store together, as its author would see them.
 *
 * @module
 */
import { catalogue } from "../../conformance/cases/catalogue.ts";
import { diagnose } from "../../conformance/diagnosis/diagnose.ts";
import type { Signature } from "../../conformance/diagnosis/find_faults.ts";
import { KINDS } from "../../conformance/diagnosis/kinds.ts";
import type { CaseResult } from "../../conformance/model/result.ts";
import foreignStores from "./foreign_stores.json" with { type: "json" };
import { blindMutants } from "./mutants/blind.ts";
import { buildSignatures } from "./write_signatures.ts";

/** How well faults are named; shares of 1. */
export interface NamedShares {
  /** The first cause is of the right kind. */
  readonly kindFirst: number;
  /** The right kind is among the first cause and what may be in its place: three at most. */
  readonly kindAmongThree: number;
  /** The first cause breaks the right clause. */
  readonly clauseFirst: number;
  /** The same among three. */
  readonly clauseAmongThree: number;
  /** Nothing is named. */
  readonly silent: number;
}

/** Everything that is measured. */
export interface DiagnosisFigures {
  /** Every mutant, unseen. */
  readonly unseen: NamedShares;
  /** The mutants that were written without knowledge of the cases, by what the others teach. */
  readonly blind: NamedShares;
  /** Each cause of the stores that nobody wrote for the kit, alone. Their kind is any of those that were said to be right. */
  readonly foreign: NamedShares;
  /** Of the causes of such a store, all of them in one run: for how many a cause of the right kind is named that explains some of its cases, or is told to be nearly as likely. */
  readonly foreignTogether: number;
  /** Two mutants in one store, both known: both kinds are among the first three causes. */
  readonly pairAmongThree: number;
  /** The same: the first cause is one of both. */
  readonly pairFirst: number;
}

if (import.meta.main) {
  const { unseen, blind, foreign, ...pairs } = measureDiagnosis();
  const sets = { unseen, blind, foreign, "all of a store": pairs };
  for (const [set, shares] of Object.entries(sets)) {
    console.log(set);
    for (const [name, share] of Object.entries(shares)) {
      console.log(`  ${name.padEnd(18)}${(100 * share).toFixed(1)} %`);
    }
  }
}

/**
 * Judges every mutant, and pairs of them, by their lists of cases.
 *
 * @returns The figures.
 */
export function measureDiagnosis(): DiagnosisFigures {
  const known: Signature[] = JSON.parse(buildSignatures());
  const names = new Set(blindMutants.map(({ name }) => name));
  const seeing = known.filter(({ name }) => !names.has(name));
  const blind = known.filter(({ name }) => names.has(name));
  return {
    unseen: measureNamed(
      known,
      (judged) => known.filter(({ cases }) => key(cases) !== key(judged.cases)),
    ),
    blind: measureNamed(blind, () => seeing),
    ...measureForeign(known),
    ...measurePairs(known),
  };
}

/** A cause of failures in a store that nobody wrote for the kit. */
interface ForeignCause {
  readonly what: string;
  readonly kinds: readonly string[];
  readonly cases: readonly string[];
}

function measureForeign(
  known: readonly Signature[],
): Pick<DiagnosisFigures, "foreign" | "foreignTogether"> {
  const stores: readonly { readonly causes: readonly ForeignCause[] }[] =
    foreignStores;
  const all = stores.flatMap(({ causes }) => causes);
  const found = stores.flatMap(({ causes }) => {
    const failed = causes.flatMap(({ cases }) => cases);
    const named = diagnose(fail(failed), known).causes;
    return causes.filter(({ kinds, cases }) =>
      named.some(({ name, others, explains }) =>
        [name, ...others.map((other) => other.name)]
          .some((kind) => kinds.includes(kind)) &&
        explains.some((id) => cases.includes(id))
      )
    );
  });
  return {
    foreign: measureNamed(all, () => known),
    foreignTogether: found.length / all.length,
  };
}

/** A store of which is known what is wrong: a mutant has one kind, of another any of several is right. */
type Judged = Pick<Signature, "cases"> & {
  readonly kind?: string | undefined;
  readonly kinds?: readonly string[];
};

function measureNamed<T extends Judged>(
  judged: readonly T[],
  learnFrom: (judged: T) => readonly Signature[],
): NamedShares {
  const counts = {
    kindFirst: 0,
    kindAmongThree: 0,
    clauseFirst: 0,
    clauseAmongThree: 0,
    silent: 0,
  };
  for (const mutant of judged) {
    const [cause] = diagnose(fail(mutant.cases), learnFrom(mutant)).causes;
    if (cause === undefined) {
      counts.silent++;
      continue;
    }
    const named = [cause, ...cause.others];
    const kinds = mutant.kinds ?? [mutant.kind];
    const clauses = KINDS.filter(({ name }) => kinds.includes(name))
      .map(({ clause }) => clause);
    const isRight = named.map(({ name }) => kinds.includes(name));
    const hasClause = named.map(({ clause }) => clauses.includes(clause));
    if (isRight[0]) counts.kindFirst++;
    if (isRight.includes(true)) counts.kindAmongThree++;
    if (hasClause[0]) counts.clauseFirst++;
    if (hasClause.includes(true)) counts.clauseAmongThree++;
  }
  const share = (count: number) => count / judged.length;
  return {
    kindFirst: share(counts.kindFirst),
    kindAmongThree: share(counts.kindAmongThree),
    clauseFirst: share(counts.clauseFirst),
    clauseAmongThree: share(counts.clauseAmongThree),
    silent: share(counts.silent),
  };
}

function measurePairs(
  known: readonly Signature[],
): Pick<DiagnosisFigures, "pairFirst" | "pairAmongThree"> {
  let pairs = 0, both = 0, one = 0;
  for (const [index, a] of known.entries()) {
    // Another one far away in the register, so that groups mix.
    const b = known[(index * 7 + 101) % known.length]!;
    if (a.kind === b.kind) continue;
    pairs++;
    const { causes } = diagnose(fail([...a.cases, ...b.cases]), known);
    const named = causes.slice(0, 3).map(({ name }) => name);
    const hasA = named.includes(a.kind ?? a.name);
    const hasB = named.includes(b.kind ?? b.name);
    if (hasA && hasB) both++;
    if (named[0] === a.kind || named[0] === b.kind) one++;
  }
  return { pairFirst: one / pairs, pairAmongThree: both / pairs };
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
