import { CONTRACT_VERSION } from "../model/clauses.ts";
import type { CaseResult, Status } from "../model/result.ts";
import { STATUSES } from "../model/verdict.ts";
import { formatDiagnosis } from "./diagnosis.ts";
import { formatFailure } from "./failure.ts";
import { formatCounts } from "./format_counts.ts";
import { formatLeftovers } from "./leftovers.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { formatPace } from "./pace.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

const SHOWN_DURATIONS = 10;

/** Further parts of the text report. */
export interface TextReportOptions {
  /** True if the ten slowest cases are listed. @default {false} */
  readonly durations?: boolean;
}

/** Makes the report for people: likely causes, groups, failures in full, what would unlock more, score and verdict. It is written at the end. */
export function makeTextReport(options: TextReportOptions = {}): Report {
  return makeFinalReport((info, summary) => formatText(info, summary, options));
}

/** The text report of a run that has ended. */
export function formatText(
  info: RunInfo,
  summary: RunSummary,
  { durations = false }: TextReportOptions = {},
): string {
  const { results, verdict, endedEarly } = summary;
  const blocks = [
    formatDiagnosis(results).join("\n"),
    formatGroups(results),
    ...results.filter(isFailure).map((result) =>
      formatFailure(result, info.repeat(result.id))
    ),
    ...formatListed(results),
    formatUnlocks(results),
    durations ? formatDurations(results) : "",
    formatEnd(summary),
    endedEarly ?? "",
    [
      `${
        printable(info.store)
      }, contract ${CONTRACT_VERSION}, seed ${info.seed}`,
      ...(info.pace === undefined ? [] : [formatPace(info.pace)]),
      STATUSES.map((status) => `${verdict.counts[status]} ${status}`)
        .join(", "),
      formatVerdict(info, summary),
    ].join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function isFailure({ status }: CaseResult): boolean {
  return status === "fail" || status === "error";
}

/** One line a group, with every status that occurs in it. */
function formatGroups(results: readonly CaseResult[]): string {
  const groups = Map.groupBy(results, ({ group }) => group);
  return [...groups].map(([group, members]) =>
    `${group.padEnd(4)} ${formatCounts(members)}`
  ).join("\n");
}

/** Lists what is in the baseline: its failures in short, and what should be taken off it. */
function formatListed(results: readonly CaseResult[]): string[] {
  const lines = (status: Status) =>
    results.filter((result) => result.status === status)
      .map(({ id, title, reason }) =>
        `  ${id} ${title}: ${printable(reason ?? "")}`
      );
  const [failing, passing] = [lines("expected-fail"), lines("unexpected-pass")];
  return [
    failing.length === 0
      ? ""
      : `Failing as the baseline says:\n${failing.join("\n")}`,
    passing.length === 0
      ? ""
      : `Passing, so take them off the baseline:\n${passing.join("\n")}`,
  ];
}

/** Lists what was not judged, by its reason, which names the harness member that would unlock it. */
function formatUnlocks(results: readonly CaseResult[]): string {
  return (["unverified", "skip"] as const).map((status) => {
    const members = results.filter((result) => result.status === status);
    const reasons = Map.groupBy(members, ({ reason }) => reason ?? "");
    const lines = [...reasons].map(([reason, group]) =>
      `  ${printable(reason)}: ${group.map(({ id }) => id).join(", ")}`
    );
    if (lines.length === 0) return "";
    const title = status === "skip" ? "Skipped" : "Unverified";
    return `${title}, because\n${lines.join("\n")}`;
  }).filter((block) => block !== "").join("\n\n");
}

function formatEnd({ leftoverPlaces, cleanupError }: RunSummary): string {
  return [
    ...(cleanupError === undefined
      ? []
      : [`Cleaning up failed: ${printable(cleanupError)}`]),
    ...formatLeftovers({ leftoverPlaces }),
  ].join("\n");
}

function formatDurations(results: readonly CaseResult[]): string {
  const slowest = [...results].sort((a, b) => b.durationMs - a.durationMs)
    .slice(0, SHOWN_DURATIONS);
  const lines = slowest.map(({ id, durationMs, title }) =>
    `  ${formatSeconds(durationMs).padStart(8)}  ${id} ${title}`
  );
  return `The slowest cases:\n${lines.join("\n")}`;
}

/** The last line: verdict, how many cases, how long, how many at once. */
function formatVerdict(info: RunInfo, summary: RunSummary): string {
  const { results, verdict, isInterrupted, durationMs } = summary;
  const outcome = isInterrupted ? "interrupted: no verdict" : verdict.text;
  return `${printable(outcome)}; ${results.length} of ${info.total} cases in ${
    formatSeconds(durationMs)
  } with --jobs ${info.jobs}`;
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
