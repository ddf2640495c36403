import kinds from "./kinds.json" with { type: "json" };

/** A kind of fault that stores have: what the author of a store would mend in one place. */
export interface FaultKind {
  /** Short and unique: `written-in-place`. */
  readonly name: string;
  /** A sentence that says what a store with such a fault does. */
  readonly title: string;
  /** The number of the clause that it breaks first of all. */
  readonly clause: number;
  /** First step of the repair. */
  readonly remedy: string;
  /** Ids of the cases that are about it by what they check; others may fail on it as well. */
  readonly signs: readonly string[];
}

/** Every {@linkcode FaultKind}, made by hand; which known faults are of a kind is in `signatures.json`. */
export const KINDS: readonly FaultKind[] = kinds;
