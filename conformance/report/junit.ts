import type { CaseResult } from "../model/result.ts";
import { formatDiagnosis } from "./diagnosis.ts";
import { escapeXml } from "./escape_xml.ts";
import { formatFailure } from "./failure.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

/**
 * Makes the JUnit report, for what shows the tests of a CI: a suite for each
 * group, and before them one with the likely causes of the failures, if there
 * are any, in its output. `fail` is a `<failure>`, `error` an `<error>`; what was not judged
 * (`skip`, `unverified`) and what the baseline expects to fail is
 * `<skipped>` with its reason, so it never counts as passed. A case that
 * passes though the baseline lists it is a `<failure>`, as the exit code says.
 */
export function makeJunitReport(): Report {
  return makeFinalReport(format);
}

function format(info: RunInfo, { results }: RunSummary): string {
  const groups = Map.groupBy(results, ({ group }) => group);
  const suites = [...groups].map(([group, members]) =>
    `  <testsuite name="${escapeXml(group)}" ${formatCounts(members)}>\n${
      members.map((result) => formatCase(result, info)).join("")
    }  </testsuite>\n`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${
    escapeXml(info.store)
  }" ${formatCounts(results)}>\n${formatCauses(results)}${
    suites.join("")
  }</testsuites>\n`;
}

/** A suite without tests, as the format has no other place for what is about all of them. */
function formatCauses(results: readonly CaseResult[]): string {
  const lines = formatDiagnosis(results);
  if (lines.length === 0) return "";
  return `  <testsuite name="likely causes" ${
    formatCounts([])
  }>\n    <system-out>${
    escapeXml(lines.join("\n"))
  }</system-out>\n  </testsuite>\n`;
}

function formatCounts(results: readonly CaseResult[]): string {
  const elements = results.map(elementOf);
  const count = (name: string) => elements.filter((e) => e === name).length;
  const ms = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `tests="${results.length}" failures="${count("failure")}" errors="${
    count("error")
  }" skipped="${count("skipped")}" time="${toSeconds(ms)}"`;
}

function elementOf({ status }: CaseResult): string | undefined {
  if (status === "pass") return undefined;
  if (status === "fail" || status === "unexpected-pass") return "failure";
  return status === "error" ? "error" : "skipped";
}

function formatCase(result: CaseResult, info: RunInfo): string {
  const { id, title, durationMs, clauses, level } = result;
  const name = `${id} ${title} (${level}, clause ${clauses.join(", ")})`;
  const head = `    <testcase classname="${escapeXml(info.store)}" name="${
    escapeXml(name)
  }" time="${toSeconds(durationMs)}"`;
  const element = elementOf(result);
  if (element === undefined) return `${head}/>\n`;
  return `${head}>\n      ${
    formatOutcome(result, element, info)
  }\n    </testcase>\n`;
}

function formatOutcome(
  result: CaseResult,
  element: string,
  info: RunInfo,
): string {
  const { id, status, reason, failure } = result;
  const why = reason ?? `${failure?.expected}; ${failure?.observed}`;
  const message = escapeXml(printable(`${status}: ${why}`));
  const head = `<${element} message="${message}"`;
  if (failure === undefined) return `${head}/>`;
  const text = escapeXml(formatFailure(result, info.repeat(id)));
  return element === "skipped"
    ? `${head}/>`
    : `${head} type="clause ${failure.clause}">${text}</${element}>`;
}

function toSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
