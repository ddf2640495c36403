import { CONTRACT_VERSION } from "../model/clauses.ts";
import { diagnose, type Diagnosis } from "../diagnosis/diagnose.ts";
import type { StorePace } from "../model/pace.ts";
import type { CaseResult } from "../model/result.ts";
import type { Verdict } from "../model/verdict.ts";
import type { LeftoverPlace } from "../runner/manifest.ts";
import type { Report, RunInfo } from "./report.ts";

/**
 * A line of the JSON report. First `begin`, then a `result` for each case as
 * it ends, last `end`. `record.schema.json` beside this file says the same;
 * within one `version` members are only added.
 */
export type ReportRecord =
  | {
    /** The run begins. */
    readonly type: "begin";
    /** The version of this schema. */
    readonly version: 1;
    /** The version of the contract. */
    readonly contract: typeof CONTRACT_VERSION;
    /** The store's name. */
    readonly store: string;
    /** The seed. */
    readonly seed: string;
    /** The prefix of all objects. */
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
    readonly pace?: StorePace;
  }
  | (CaseResult & {
    /** A case has ended. */
    readonly type: "result";
    /** The command that repeats it. */
    readonly repeat: string;
  })
  | (Verdict & {
    /** The run has ended. */
    readonly type: "end";
    /** True if it was interrupted. */
    readonly isInterrupted: boolean;
    /** Likely causes of the failures, and what they leave unexplained. */
    readonly diagnosis: Diagnosis;
    /** Objects that may still be there. */
    readonly leftovers: readonly string[];
    /** The same, counted by prefix; the one with most bytes is first. */
    readonly leftoverPlaces: readonly LeftoverPlace[];
    /** Time that the run took, in milliseconds. */
    readonly durationMs: number;
    /** The reason why the run ended before all cases had run, if it did of its own accord. */
    readonly endedEarly?: string;
    /** The reason why cleaning up failed, if it did. */
    readonly cleanupError?: string;
  });

/** Makes the JSON report: a {@linkcode ReportRecord} a line. */
export function makeJsonReport(): Report {
  let info: RunInfo | undefined;
  return {
    begin(begun) {
      info = begun;
      const { store, seed, prefix, count, isPartial, total, jobs, pace } =
        begun;
      return toLine({
        type: "begin",
        version: 1,
        contract: CONTRACT_VERSION,
        store,
        seed,
        prefix,
        count,
        isPartial,
        total,
        jobs,
        ...(pace === undefined ? {} : { pace }),
      });
    },
    result: (result) =>
      toLine({
        type: "result",
        ...result,
        repeat: info?.repeat(result.id) ?? "",
      }),
    end: ({ results, verdict, cleanupError, endedEarly, ...summary }) =>
      toLine({
        type: "end",
        ...verdict,
        isInterrupted: summary.isInterrupted,
        diagnosis: diagnose(results),
        leftovers: summary.leftovers,
        leftoverPlaces: summary.leftoverPlaces,
        durationMs: summary.durationMs,
        ...(endedEarly === undefined ? {} : { endedEarly }),
        ...(cleanupError === undefined ? {} : { cleanupError }),
      }),
  };
}

function toLine(record: ReportRecord): string {
  return `${JSON.stringify(record)}\n`;
}
