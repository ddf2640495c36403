/**
 * The end of a case. `skip`: it needs a capability that is not declared.
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
  /** The kind of evidence: `callback trace`, `listing before`, `error chain`. */
  readonly title: string;
  /** Its lines. */
  readonly lines: readonly string[];
}

/** The report of a failed case. */
export interface FailureReport {
  /** The promise of the contract here. */
  readonly expected: string;
  /** The store's behaviour. */
  readonly observed: string;
  /** The number of the contract's clause that it breaks. */
  readonly clause: number;
  /** The likely cause, where the shape is known. */
  readonly hint?: string;
  /** Further observations. */
  readonly evidence: readonly Evidence[];
}

/** The finding of one case about one store. */
export interface CaseResult {
  /** The case's stable id, such as `OVW-5`. */
  readonly id: string;
  /** The id's group, such as `OVW`. */
  readonly group: string;
  /** The subject of the case. */
  readonly title: string;
  /** The numbers of the contract's clauses that it is about. */
  readonly clauses: readonly number[];
  /** The kind of promise that a failure breaks: the contract's, or a recommendation. */
  readonly level: Level;
  /** The way in which it ended. */
  readonly status: Status;
  /** The reason, for every status but `pass` and `fail`. */
  readonly reason?: string;
  /** The failure, for `fail` and `expected-fail`; for `error` if there is more to tell. */
  readonly failure?: FailureReport;
  /** The time that it took, in milliseconds. */
  readonly durationMs: number;
  /** The seed that bytes and names of the run derive from. */
  readonly seed: string;
}
