import process from "node:process";
import { makeGithubReport, makeGithubSummary } from "../report/github.ts";
import { makeHtmlReport } from "../report/html.ts";
import { makeJsonReport } from "../report/json.ts";
import { makeJunitReport } from "../report/junit.ts";
import { makeMarkdownReport } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { makeTextReport, type TextReportOptions } from "../report/text.ts";
import { openAppended, openTarget, OutputError } from "./output.ts";
import type { ReportTarget } from "./parse_arguments.ts";

const MAKERS: Readonly<
  Record<ReportTarget["format"], (options: TextReportOptions) => Report>
> = {
  text: makeTextReport,
  json: makeJsonReport,
  junit: makeJunitReport,
  markdown: makeMarkdownReport,
  html: makeHtmlReport,
  github: makeGithubReport,
};

/** The reports of one run, written as it goes. */
export interface OpenReports {
  /** Writes what each report makes. One that cannot be written does not keep the others from their end. */
  write(make: (report: Report) => string): void;
  /** @throws {OutputError} If one of them could not be written. */
  check(): void;
}

/**
 * Opens the reports of a run, and for GitHub the summary of the step too.
 *
 * @param targets Which, and where to.
 * @param options What else the text shows.
 * @throws {UsageError} If a file cannot be written.
 */
export function openReports(
  targets: readonly ReportTarget[],
  options: TextReportOptions,
): OpenReports {
  const reports = targets.map((target) => ({
    report: MAKERS[target.format](options),
    append: openTarget(target),
  }));
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary && targets.some(({ format }) => format === "github")) {
    reports.push({
      report: makeGithubSummary(),
      append: openAppended(summary),
    });
  }
  const broken = new Map<Report, OutputError>();
  return {
    write(make) {
      for (const { report, append } of reports) {
        if (broken.has(report)) continue;
        try {
          append(make(report));
        } catch (error) {
          if (!(error instanceof OutputError)) throw error;
          broken.set(report, error);
        }
      }
    },
    check() {
      if (broken.size === 0) return;
      const messages = [...broken.values()].map(({ message }) => message);
      throw new OutputError(messages.join("\n"));
    },
  };
}
