import type { StorePace } from "../model/pace.ts";
import type { CaseResult, Status } from "../model/result.ts";
import { STATUSES } from "../model/verdict.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { escapeXml } from "./escape_xml.ts";
import { formatCounts } from "./format_counts.ts";
import { formatFailure } from "./failure.ts";
import { formatHtmlCauses } from "./html_causes.ts";
import { formatBadge, formatFilter, formatPage } from "./html_page.ts";
import { formatPace } from "./pace.ts";
import { printable } from "./printable.ts";

/** One run, read from its JSON report. */
export interface ComparedRun {
  /** The heading of its column: the store's name, or that of the file where names are alike. */
  readonly name: string;
  /** The seed. */
  readonly seed: string;
  /** The verdict in words. */
  readonly verdict: string;
  /** Pace of the store, if it was measured. */
  readonly pace?: StorePace | undefined;
  /** The results. */
  readonly results: readonly ComparedResult[];
}

/** A result of a JSON report. */
export interface ComparedResult extends CaseResult {
  /** The command that repeats the case. */
  readonly repeat: string;
}

/** A case in several runs. */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly level: string;
  /** One for each run; `undefined` where it was not run. */
  readonly results: readonly (ComparedResult | undefined)[];
  readonly differs: boolean;
}

/**
 * Runs side by side as text: the verdicts, then each case that did not end
 * alike in all of them.
 *
 * @param runs The runs.
 */
export function compareAsText(runs: readonly ComparedRun[]): string {
  const rows = toRows(runs);
  const different = rows.filter(({ differs }) => differs);
  const numbers = runs.map((_, index) => `[${index + 1}]`);
  const width = Math.max(...different.map(({ id }) => id.length), 4);
  const cells = (texts: readonly string[]) =>
    texts.map((text) => text.padEnd(15)).join(" ");
  const lines = [
    ...runs.map(({ name, verdict, seed, results }, index) =>
      `${numbers[index]} ${name}, seed ${seed}: ${verdict}; ${
        formatCounts(results)
      }`
    ),
    "",
    ...(different.length === 0 ? [`All ${rows.length} cases ended alike.`] : [
      `${different.length} of ${rows.length} cases ended otherwise:`,
      `${"case".padEnd(width)}  ${cells(numbers)}`,
      ...different.map(({ id, title, results }) =>
        `${id.padEnd(width)}  ${
          cells(results.map((result) => result?.status ?? "not run"))
        } ${title}`
      ),
    ]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/**
 * Runs side by side as a page: verdicts and likely causes of each, then the
 * cases as rows, those that did not end alike first, each with its evidence
 * behind its status.
 *
 * @param runs The runs.
 */
export function compareAsHtml(runs: readonly ComparedRun[]): string {
  const rows = toRows(runs);
  const different = rows.filter(({ differs }) => differs);
  const statuses = STATUSES.filter((status) =>
    runs.some(({ results }) => results.some((r) => r.status === status))
  );
  const names = runs.map(({ name }) => name).join(", ");
  return formatPage(
    `Compared: ${names}`,
    `<h1>Compared</h1>
${runs.map(formatRun).join("\n")}
${runs.map(formatRunCauses).join("\n")}
<h2>Cases</h2>
${formatFilter(statuses)}
<section><h3>${different.length} of ${rows.length} ended otherwise</h3>${
      formatTable(runs, different)
    }</section>
<section><details class="passes"><summary>${
      rows.length - different.length
    } ended alike</summary>${
      formatTable(runs, rows.filter(({ differs }) => !differs))
    }</details></section>`,
  );
}

function toRows(runs: readonly ComparedRun[]): Row[] {
  const ids = new Set(runs.flatMap(({ results }) => results.map((r) => r.id)));
  const byId = runs.map(({ results }) =>
    new Map(results.map((result) => [result.id, result]))
  );
  return [...ids].map((id) => {
    const results = byId.map((results) => results.get(id));
    const { title, level } = results.find((r) => r !== undefined)!;
    // What a partial run has left out has not ended otherwise.
    const statuses = new Set(
      results.flatMap((result) => result === undefined ? [] : [result.status]),
    );
    return { id, title, level, results, differs: statuses.size > 1 };
  });
}

function formatRun(run: ComparedRun): string {
  const { name, seed, verdict, pace, results } = run;
  const isGood = !results.some(({ level, status }) =>
    level === "must" && (status === "fail" || status === "error")
  );
  return `<p class="verdict ${isGood ? "good" : "bad"}">${escapeXml(name)}: ${
    escapeXml(verdict)
  }<br><small>seed ${escapeXml(seed)}; ${escapeXml(formatCounts(results))}${
    pace === undefined ? "" : `; ${escapeXml(formatPace(pace))}`
  }</small></p>`;
}

/** Behind a line; the links lead to the rows of all runs. */
function formatRunCauses({ name, results }: ComparedRun): string {
  const causes = formatHtmlCauses(diagnose(results));
  return causes === ""
    ? ""
    : `<details><summary>Likely causes: <b>${escapeXml(name)}</b></summary>${
      causes.replace("<h2>Likely causes</h2>", "")
    }</details>`;
}

function formatTable(
  runs: readonly ComparedRun[],
  rows: readonly Row[],
): string {
  if (rows.length === 0) return "";
  const heads = runs.map(({ name }) => `<th>${escapeXml(name)}</th>`).join("");
  return `<div class="wide"><table>
<thead><tr><th>Case</th><th>What it checks</th>${heads}</tr></thead>
<tbody>${rows.map(formatRow).join("\n")}</tbody>
</table></div>`;
}

function formatRow({ id, title, level, results }: Row): string {
  const statuses = results.map((result) => result?.status);
  const known = statuses.filter((s): s is Status => s !== undefined);
  return `<tr id="${id}" data-status="${known.join(" ")}"><td>${id}</td><td>${
    escapeXml(title)
  } <small>${level}</small></td>${results.map(formatCell).join("")}</tr>`;
}

function formatCell(result: ComparedResult | undefined): string {
  if (result === undefined) return "<td>not run</td>";
  const { status, failure, reason, repeat } = result;
  const badge = formatBadge(status, status);
  const why = failure === undefined
    ? printable(reason ?? "")
    : formatFailure(result, repeat);
  return why === ""
    ? `<td>${badge}</td>`
    : `<td><details><summary>${badge}</summary><pre>${
      escapeXml(why)
    }</pre></details></td>`;
}
