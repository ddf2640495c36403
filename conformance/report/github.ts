import { diagnose } from "../diagnosis/diagnose.ts";
import type { CaseResult } from "../model/result.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { formatMarkdown } from "./markdown.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";
import { formatText, type TextReportOptions } from "./text.ts";

/** GitHub shows no more errors of one step than these. */
const SHOWN_ERRORS = 10;
const SHOWN_CAUSES = 3;
/** GitHub refuses a summary of more than 1 MiB. */
const LONGEST_SUMMARY = 1_000_000;

/**
 * Makes the report for the log of a GitHub workflow: the text report, then
 * annotations, the likely causes before the cases. While the text is printed
 * the runner obeys no commands, so that nothing in an error's message can be
 * one.
 */
export function makeGithubReport(options: TextReportOptions = {}): Report {
  return makeFinalReport((info, summary) => {
    const token = crypto.randomUUID();
    const text = formatText(info, summary, options);
    const annotations = makeAnnotations(info, summary).join("\n");
    return `::stop-commands::${token}\n${text}::${token}::\n${annotations}\n`;
  });
}

/** Makes the summary of a step: the Markdown report, cut where GitHub would refuse it. */
export function makeGithubSummary(): Report {
  return makeFinalReport((info, summary) => {
    const text = formatMarkdown(info, summary);
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= LONGEST_SUMMARY) return text;
    // A character that is cut in two ends the text; a fence may be open.
    const decoder = new TextDecoder();
    const start = decoder.decode(bytes.subarray(0, LONGEST_SUMMARY), {
      stream: true,
    });
    return `${start}\n\n… cut: \`--report markdown=path\` has the rest\n`;
  });
}

function makeAnnotations(info: RunInfo, { results, verdict }: RunSummary) {
  const file = findFile(info.harness);
  const { causes } = diagnose(results);
  const lines = causes.slice(0, SHOWN_CAUSES).map((cause, index) =>
    annotate("error", file, {
      title: `Likely cause ${index + 1}: ${cause.title}`,
      text: [
        ...cause.faults.map(({ fault }) => fault),
        `explains ${cause.explains.join(", ")} (clause ${cause.clause})`,
        cause.remedy,
      ].join("\n"),
    })
  );
  const failed = results.filter(({ status }) =>
    status === "fail" || status === "error" || status === "unexpected-pass"
  );
  const shown = failed.slice(0, SHOWN_ERRORS - lines.length);
  lines.push(...shown.map((result) => annotateCase(result, info, file)));
  const more = failed.length - shown.length;
  const rest = more === 0 ? "" : `; ${more} more failures are in the log`;
  const title = `${info.store}: ${verdict.text}`;
  return [
    ...lines,
    annotate("notice", file, { title, text: `${title}${rest}` }),
  ];
}

function annotateCase(
  { id, title, level, status, reason, failure }: CaseResult,
  info: RunInfo,
  file: string,
): string {
  return annotate(level === "must" ? "error" : "warning", file, {
    title: `${id} ${title}`,
    text: [
      ...(failure === undefined
        ? [`${status}: ${reason ?? ""}`]
        : [`expected ${failure.expected}`, `observed ${failure.observed}`]),
      `repeat: ${info.repeat(id)}`,
    ].join("\n"),
  });
}

function annotate(
  kind: "error" | "warning" | "notice",
  file: string,
  { title, text }: { title: string; text: string },
): string {
  const where = file === "" ? "" : `file=${escapeProperty(file)},line=1,`;
  return `::${kind} ${where}title=${escapeProperty(printable(title))}::${
    escapeData(printable(text))
  }`;
}

/** The harness, as GitHub finds it in the repository; empty for a URL. */
function findFile(harness: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(harness)
    ? ""
    : harness.replace(/^\.\//, "");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
