import type { Harness } from "../harness.ts";

/** A store with one fault, and the cases that find it. */
export interface Mutant {
  /** Short and unique among the mutants: `get-last-byte`. */
  readonly name: string;
  /** What is wrong with it. */
  readonly description: string;
  /** Whether only timing, a boundary or one error class is wrong. @default {false} */
  readonly subtle?: boolean;
  /** The ids of all cases that fail on it, and no others. */
  readonly caughtBy: readonly string[];
  /** Opens it. */
  readonly harness: Harness;
}
