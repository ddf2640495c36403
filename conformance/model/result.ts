/**
 * How a case ended. `skip`: it needs a capability that is not declared.
 * `unverified`: the harness or the machine cannot give what it needs.
 * `expected-fail` and `unexpected-pass`: it is listed in the baseline.
 * `error`: the suite itself failed, and the case says nothing about the store.
 */
export type Status =
  | "pass"
  | "fail"
  | "skip"
  | "unverified"
  | "expected-fail"
  | "unexpected-pass"
  | "error";

/** `must`: a promise of the contract. `should`: a recommendation of the catalogue. */
export type Level = "must" | "should";

/** Something that was seen, for the reader of a failure. */
export interface Evidence {
  /** What it is: `callback trace`, `listing before`, `error chain`. */
  readonly title: string;
  /** Its lines. */
  readonly lines: readonly string[];
}

/** What a failed case tells. */
export interface FailureReport {
  /** What the contract promises here. */
  readonly expected: string;
  /** What the store did. */
  readonly observed: string;
  /** The number of the contract's clause that it breaks. */
  readonly clause: number;
  /** The likely cause, where the shape is known. */
  readonly hint?: string;
  /** What was seen. */
  readonly evidence: readonly Evidence[];
}

/** What one case found about one store. */
export interface CaseResult {
  /** The case's stable id, such as `OVW-5`. */
  readonly id: string;
  /** The id's group, such as `OVW`. */
  readonly group: string;
  /** What the case checks. */
  readonly title: string;
  /** The numbers of the contract's clauses that it is about. */
  readonly clauses: readonly number[];
  /** Whether a failure breaks the contract or a recommendation. */
  readonly level: Level;
  /** How it ended. */
  readonly status: Status;
  /** Why, for every status but `pass` and `fail`. */
  readonly reason?: string;
  /** What broke, for `fail` and `expected-fail`; for `error` if there is more to tell. */
  readonly failure?: FailureReport;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** What the bytes and names of the run derive from. */
  readonly seed: string;
}
