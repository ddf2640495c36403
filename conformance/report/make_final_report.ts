import type { Report, RunInfo, RunSummary } from "./report.ts";

/**
 * Makes a report that is written as a whole when the run has ended.
 *
 * @param format Its text. It is not called for a run that never began.
 */
export function makeFinalReport(
  format: (info: RunInfo, summary: RunSummary) => string,
): Report {
  let info: RunInfo | undefined;
  return {
    begin(begun) {
      info = begun;
      return "";
    },
    result: () => "",
    end: (summary) => info === undefined ? "" : format(info, summary),
  };
}
