import { CLAUSES } from "../model/clauses.ts";
import type { CaseResult, Status } from "../model/result.ts";

/** One clause of the contract, and what the run says of it. */
export interface ClauseRow {
  /** Its number. */
  readonly clause: number;
  /** The subject. */
  readonly text: string;
  /** The cases that check it, in the order of the catalogue. */
  readonly results: readonly CaseResult[];
  /**
   * The worst of its must cases (a failure counts only where it breaks this
   * clause); `undefined` if the run has none.
   */
  readonly status: Status | undefined;
}

/** From the worst to the best. */
const ORDER: readonly Status[] = [
  "fail",
  "expected-fail",
  "error",
  "unverified",
  "unexpected-pass",
  "pass",
  "skip",
];

/**
 * The run by clauses of the contract.
 *
 * @param results The results, in the order of the catalogue.
 */
export function toClauseRows(results: readonly CaseResult[]): ClauseRow[] {
  return Object.entries(CLAUSES).map(([number, text]) => {
    const clause = Number(number);
    const members = results.filter(({ clauses, failure }) =>
      clauses.includes(clause) || failure?.clause === clause
    );
    const statuses = members
      .filter(({ level, failure }) =>
        level === "must" &&
        (failure === undefined || failure.clause === clause)
      )
      .map(({ status }) => status);
    const status = ORDER.find((status) => statuses.includes(status));
    return { clause, text, results: members, status };
  });
}
