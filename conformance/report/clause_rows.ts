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
   * The worst of its must cases, each as {@linkcode statusFor} says;
   * `undefined` if the run has none.
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
    const statuses = members.filter(({ level }) => level === "must")
      .map((result) => statusFor(result, clause));
    const status = ORDER.find((status) => statuses.includes(status));
    return { clause, text, results: members, status };
  });
}

/**
 * The status of a case as far as one clause goes: one that failed as the store
 * broke another clause was stopped there, and has not verified this one.
 *
 * @param result The result of the case.
 * @param clause The clause's number.
 */
export function statusFor(
  { status, failure }: CaseResult,
  clause: number,
): Status {
  return failure === undefined || failure.clause === clause
    ? status
    : "unverified";
}
