import type { Signature } from "./find_faults.ts";
import type { FaultKind } from "./kinds.ts";

/** A kind of fault, and how likely each case fails on it. */
export interface LikelyKind {
  /** The kind. */
  readonly kind: FaultKind;
  /** The known faults of this kind. */
  readonly faults: readonly Signature[];
  /** The share of faults of this kind that fail a case, as far as it can be told. */
  likely(id: string): number;
  /** Measure of how much more likely than on any fault a case fails on this kind: the logarithm of the ratio. */
  failing(id: string): number;
  /** The same for a case that passes. */
  passing(id: string): number;
}

/** Faults as they are known, ready to be compared with runs. */
export interface FaultModel {
  /** The kinds. */
  readonly kinds: readonly LikelyKind[];
  /** Weight of a case's failure: the fewer faults fail it, the more. */
  weigh(id: string): number;
}

/** Weight of what all faults have in common, in known faults of a kind. */
const OF_ALL = 1;
/** For how many known faults the cases stand that are about a kind by what they check: so many, or such a share of the kind's, as those of a large kind are each of some of them only. */
const OF_SIGNS = 2;
const SHARE_OF_SIGNS = 0.5;
/** No fault fails a case in every run. */
const HIGHEST = 0.98;

/**
 * Counts, for each kind, which cases its known faults fail; the cases that are about the kind count
 * as if more of its known faults failed them: two, or half as many as it has.
 *
 * @param known The known faults. One without a kind is a kind of its own.
 * @param kinds The kinds.
 */
export function makeModel(
  known: readonly Signature[],
  kinds: readonly FaultKind[],
): FaultModel {
  const total = known.length;
  const counts = countCases(known);
  const usual = (id: string) => ((counts.get(id) ?? 0) + 0.5) / (total + 1);
  const named = new Map(kinds.map((kind) => [kind.name, kind]));
  // Faults that the cases cannot tell apart are one kind where nobody has said more.
  const own = Map.groupBy(
    known.filter(({ kind }) => !named.has(kind ?? "")),
    ({ cases }) => [...cases].sort().join(),
  );
  const all: [FaultKind, readonly Signature[]][] = [
    ...kinds.map((kind): [FaultKind, readonly Signature[]] => [
      kind,
      known.filter((fault) => fault.kind === kind.name),
    ]),
    ...[...own.values()].map((faults): [FaultKind, readonly Signature[]] => [
      toKind(faults[0]!),
      faults,
    ]),
  ];
  return {
    kinds: all.map(([kind, faults]) => {
      const signs = new Set(kind.signs);
      const ofKind = countCases(faults);
      const ofSigns = Math.max(OF_SIGNS, SHARE_OF_SIGNS * faults.length);
      const likely = (id: string) =>
        Math.min(
          HIGHEST,
          ((ofKind.get(id) ?? 0) + OF_ALL * usual(id) +
            (signs.has(id) ? ofSigns : 0)) /
            (faults.length + OF_ALL + ofSigns),
        );
      return {
        kind,
        faults,
        likely,
        failing: (id) => Math.log(likely(id) / usual(id)),
        passing: (id) => Math.log((1 - likely(id)) / (1 - usual(id))),
      };
    }),
    weigh: (id) => Math.log(1 + total / (counts.get(id) ?? 1)),
  };
}

function countCases(faults: readonly Signature[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of faults.flatMap(({ cases }) => cases)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function toKind({ name, fault, cases }: Signature): FaultKind {
  return { name, title: fault, clause: 0, remedy: "", signs: cases };
}
