import { CONTRACT_VERSION } from "../model/clauses.ts";
import type { CaseResult } from "../model/result.ts";
import { STATUSES } from "../model/verdict.ts";
import { toClauseRows } from "./clause_rows.ts";
import { formatDiagnosis } from "./diagnosis.ts";
import { formatFailure } from "./failure.ts";
import { formatCounts } from "./format_counts.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { formatPace } from "./pace.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

/** Makes the Markdown report, to paste into an issue: verdict, a table by clauses, a table of what did not pass, failures in full. */
export function makeMarkdownReport(): Report {
  return makeFinalReport(formatMarkdown);
}

/** The Markdown report of a run that has ended. */
export function formatMarkdown(info: RunInfo, summary: RunSummary): string {
  const { results, verdict, isInterrupted, cleanupError } = summary;
  const failures = results.filter(({ failure }) => failure !== undefined);
  const others = results.filter(({ status }) => status !== "pass");
  const causes = formatDiagnosis(results).join("\n");
  const blocks = [
    `# ${escapeCell(info.store)}: ${
      isInterrupted ? "interrupted, no verdict" : escapeCell(verdict.text)
    }`,
    `Contract ${CONTRACT_VERSION}, seed \`${info.seed}\`, ${results.length} of ${info.total} cases. ${
      STATUSES.map((status) => `${verdict.counts[status]} ${status}`).join(", ")
    }.`,
    info.pace === undefined
      ? ""
      : `The store, as ${escapeCell(formatPace(info.pace))}.`,
    cleanupError === undefined
      ? ""
      : `Cleaning up failed: ${escapeCell(cleanupError)}`,
    summary.endedEarly === undefined ? "" : escapeCell(summary.endedEarly),
    causes === "" ? "" : `## Likely causes\n\n${formatFence(causes)}`,
    formatClauses(results),
    others.length === 0 ? "" : `## Not passed\n\n${formatOthers(others)}`,
    failures.length === 0 ? "" : "## Failures",
    ...failures.map((result) => formatBlock(result, info)),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function formatClauses(results: readonly CaseResult[]): string {
  const rows = toClauseRows(results)
    .filter(({ results }) => results.length > 0)
    .map(({ clause, text, results, status }) =>
      `| ${clause} | ${escapeCell(text)} | ${status ?? ""} | ${
        formatCounts(results)
      } |`
    );
  return [
    "| clause | promise | must | cases |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function formatOthers(results: readonly CaseResult[]): string {
  const rows = results.map(({ id, title, level, status, reason, failure }) =>
    `| ${id} | ${level} | ${status} | ${escapeCell(title)} | ${
      escapeCell(reason ?? failure?.observed ?? "")
    } |`
  );
  return [
    "| case | level | status | title | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function formatBlock(result: CaseResult, info: RunInfo): string {
  return formatFence(formatFailure(result, info.repeat(result.id)));
}

function formatFence(text: string): string {
  // Longer than any run of backticks in it.
  const longest = Math.max(
    0,
    ...(text.match(/`+/g) ?? []).map(({ length }) => length),
  );
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** As it stands in a cell of a table: one line, without markup. */
function escapeCell(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]<>|#&~]/g, "\\$&").replace(
    /\s+/g,
    " ",
  );
}
