import type { Case, FailureDetails } from "./case.ts";
import type { FailureReport } from "./result.ts";

/** An end of a case that does not pass. */
export type StopStatus = "fail" | "skip" | "unverified" | "error";

/** The error that a case throws to say how it ended: made by the context's `fail`, `skip`, `unverified` and `broken`. */
export class CaseStop extends Error {
  override readonly name = "CaseStop";
  /** The way in which the case ended. */
  readonly status: StopStatus;
  /** The failure, for `fail`. */
  readonly failure: FailureReport | undefined;

  /** @param status How the case ended. @param message Why. @param failure What broke, for `fail`. */
  constructor(status: StopStatus, message: string, failure?: FailureReport) {
    super(message);
    this.status = status;
    this.failure = failure;
  }
}

/** The {@linkcode CaseStop} of a case whose store broke the contract; the clause is the case's first if not given. */
export function failed(
  { clauses }: Pick<Case, "clauses">,
  details: FailureDetails,
): CaseStop {
  const { expected, observed, clause, hint, evidence = [] } = details;
  return new CaseStop("fail", `${expected}; ${observed}`, {
    expected,
    observed,
    clause: clause ?? clauses[0] ?? 0,
    ...(hint === undefined ? {} : { hint }),
    evidence,
  });
}
