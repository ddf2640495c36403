import type { Harness } from "../../../conformance/model/harness.ts";

/** A store with one fault, and the cases that find it. */
export interface Mutant {
  /** Short and unique among the mutants: `get-last-byte`. */
  readonly name: string;
  /** What is wrong with it. */
  readonly description: string;
  /** Whether only timing, a boundary or one error class is wrong. @default {false} */
  readonly subtle?: boolean;
  /** The ids of all cases that fail on it in every run. */
  readonly caughtBy: readonly string[];
  /** The ids of cases that fail on it in some runs, as who comes first decides. @default None. */
  readonly mayBeCaughtBy?: readonly string[];
  /** Opens it. */
  readonly harness: Harness;
}
