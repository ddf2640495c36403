import type { StorePace } from "../model/pace.ts";
import type { CaseResult } from "../model/result.ts";
import type { LeftoverPlace } from "../runner/manifest.ts";
import type { Verdict } from "../model/verdict.ts";

/** Facts that a report knows when the run begins. */
export interface RunInfo {
  /** The store's name. */
  readonly store: string;
  /** The path or URL of the harness, as it was given. */
  readonly harness: string;
  /** The seed. */
  readonly seed: string;
  /** The prefix of all objects of the run. */
  readonly prefix: string;
  /** The number of results that there will be. */
  readonly count: number;
  /** True if these are only some of the catalogue's cases. */
  readonly isPartial: boolean;
  /** The number of cases in the catalogue. */
  readonly total: number;
  /** The number of cases that run at once at most. */
  readonly jobs: number;
  /** The store's pace, if it was measured. */
  readonly pace?: StorePace | undefined;
  /** The command that repeats one case. */
  repeat(id: string): string;
}

/** Facts that a report knows when the run has ended. */
export interface RunSummary {
  /** The results, in the order of the catalogue. */
  readonly results: readonly CaseResult[];
  /** The verdict. */
  readonly verdict: Verdict;
  /** Objects that may still be there. */
  readonly leftovers: readonly string[];
  /** The same, counted by prefix; the one with most bytes is first. */
  readonly leftoverPlaces: readonly LeftoverPlace[];
  /** The reason why cleaning up failed, if it did. */
  readonly cleanupError?: string | undefined;
  /** True if the run was interrupted. */
  readonly isInterrupted: boolean;
  /** The reason why the run ended before all cases had run, if it did of its own accord. */
  readonly endedEarly?: string | undefined;
  /** Time that the run took, in milliseconds. */
  readonly durationMs: number;
}

/** Makes a report of one format. What a method returns is appended to the report. */
export interface Report {
  /** The run begins. */
  begin(info: RunInfo): string;
  /** A case has ended. */
  result(result: CaseResult): string;
  /** The run has ended. */
  end(summary: RunSummary): string;
}
