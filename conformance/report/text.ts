import type { CaseResult, Status } from "../model/result.ts";
import { STATUSES } from "../model/verdict.ts";
import { formatDiagnosis } from "./diagnosis.ts";
import { formatFailure } from "./failure.ts";
import { formatCounts } from "./format_counts.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

const SHOWN_LEFTOVERS = 20;

/** Makes the report for people: likely causes, groups, failures in full, what would unlock more, score and verdict. It is written at the end. */
export function makeTextReport(): Report {
  return makeFinalReport(format);
}

function format(info: RunInfo, summary: RunSummary): string {
  const { results, verdict } = summary;
  const blocks = [
    formatDiagnosis(results).join("\n"),
    formatGroups(results),
    ...results.filter(isFailure).map((result) =>
      formatFailure(result, info.repeat(result.id))
    ),
    ...formatListed(results),
    formatUnlocks(results),
    formatLeftovers(summary),
    [
      `${info.store}, seed ${info.seed}${
        info.isPartial ? `, only ${results.length} cases selected` : ""
      }`,
      STATUSES.map((status) => `${verdict.counts[status]} ${status}`)
        .join(", "),
      summary.isInterrupted ? "interrupted: no verdict" : verdict.text,
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
      .map(({ id, title, reason }) => `  ${id} ${title}: ${reason}`);
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

function formatLeftovers({ leftovers, cleanupError }: RunSummary): string {
  const shown = leftovers.slice(0, SHOWN_LEFTOVERS);
  const more = leftovers.length - shown.length;
  const lines = [
    // Odd names hold what a terminal would obey.
    ...shown.map((name) => JSON.stringify(name).slice(1, -1)),
    ...(more > 0 ? [`… and ${more} more: --report json lists all`] : []),
  ].map((line) => `  ${line}`);
  const blocks = [
    cleanupError === undefined
      ? ""
      : `Cleaning up failed: ${printable(cleanupError)}`,
    lines.length === 0
      ? ""
      : `Uploaded, and may still be there unless it was in a directory that the kit gave (a harness with 'cleanup' removes it):\n${
        lines.join("\n")
      }`,
  ];
  return blocks.filter((block) => block !== "").join("\n");
}
