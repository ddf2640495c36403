import type { CaseResult } from "../../conformance/mod.ts";
import {
  type ClauseRow,
  toClauseRows,
} from "../../conformance/report/clause_rows.ts";

/**
 * What a run shows of a clause. `kept`: a case has passed and none has failed.
 * `advice`: the same, but for a recommendation. `broken`: a must case has
 * failed. `unjudged`: nothing was seen that would tell. `inapplicable`: every
 * case needs what the store or the service does not have.
 */
export type CellState =
  | "kept"
  | "advice"
  | "broken"
  | "unjudged"
  | "inapplicable";

/** Every {@linkcode CellState}: a mark that is told apart without colour, and words. */
export const CELL_STATES: Readonly<
  Record<CellState, { readonly mark: string; readonly text: string }>
> = {
  kept: { mark: "✓", text: "kept" },
  advice: { mark: "!", text: "kept, a recommendation failed" },
  broken: { mark: "✗", text: "broken" },
  unjudged: { mark: "?", text: "not judged" },
  inapplicable: { mark: "–", text: "does not apply" },
};

/** One clause in one run. */
export interface Cell {
  /** The clause's number. */
  readonly clause: number;
  /** What the run shows. */
  readonly state: CellState;
  /** Failures that break this clause, must cases first. */
  readonly failures: readonly CaseResult[];
  /** Cases that passed. */
  readonly passed: readonly CaseResult[];
  /** Cases that tell nothing of it: unverified, failed of the suite, or failed for another clause. */
  readonly open: readonly CaseResult[];
  /** Cases that need what is not there. */
  readonly skipped: readonly CaseResult[];
}

/**
 * Judges every clause of the contract by the results of one run.
 *
 * @param results The results; of a run that was not made, none.
 */
export function toCells(results: readonly CaseResult[]): Cell[] {
  return toClauseRows(results).map(toCell);
}

function toCell({ clause, results }: ClauseRow): Cell {
  const failures = results.filter((result) =>
    isFailure(result) && result.failure?.clause === clause
  ).toSorted((a, b) => a.level.localeCompare(b.level));
  const passed = results.filter(({ status }) =>
    status === "pass" || status === "unexpected-pass"
  );
  const skipped = results.filter(({ status }) => status === "skip");
  const known = new Set([...failures, ...passed, ...skipped]);
  const open = results.filter((result) => !known.has(result));
  const cell = { clause, failures, passed, open, skipped };
  return { ...cell, state: findState(cell) };
}

function isFailure({ status }: CaseResult): boolean {
  return status === "fail" || status === "expected-fail";
}

function findState(
  { failures, passed, open, skipped }: Omit<Cell, "state">,
): CellState {
  if (failures.some(isMust)) return "broken";
  // The suite's own failure tells nothing, and hides what a case would have shown.
  if (open.some((result) => result.status === "error" && isMust(result))) {
    return "unjudged";
  }
  const others = [...failures, ...open, ...skipped];
  const isProved = passed.some(isMust) ||
    (passed.length > 0 && !others.some(isMust));
  if (isProved) return failures.length > 0 ? "advice" : "kept";
  const isNotForIt = skipped.length > 0 && skipped.length === others.length &&
    passed.length === 0;
  return isNotForIt ? "inapplicable" : "unjudged";
}

function isMust({ level }: CaseResult): boolean {
  return level === "must";
}
