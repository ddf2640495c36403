import type {
  Report,
  RunInfo,
  RunSummary,
} from "../../../conformance/report/report.ts";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { judge } from "../../../conformance/model/verdict.ts";

/** The result of a case that has passed, but for what is given. */
export function makeResult(
  id: string,
  members: Partial<CaseResult>,
): CaseResult {
  return {
    id,
    group: id.slice(0, 3),
    title: "a case",
    clauses: [11],
    level: "must",
    status: "pass",
    durationMs: 1,
    seed: "5eed",
    ...members,
  };
}

/** What a report writes of a whole run. */
export function write(
  report: Report,
  { info, results, ...members }:
    & { info: RunInfo; results: readonly CaseResult[] }
    & Partial<RunSummary>,
): string {
  return [
    report.begin(info),
    ...results.map((result) => report.result(result)),
    report.end({
      results,
      verdict: judge(results),
      leftovers: [],
      leftoverPlaces: [],
      durationMs: 1500,
      isInterrupted: false,
      ...members,
    }),
  ].join("");
}
