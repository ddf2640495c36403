import type { CaseResult } from "../model/result.ts";
import { clauseUrl, CONTRACT_VERSION } from "../model/clauses.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { STATUSES } from "../model/verdict.ts";
import { type ClauseRow, statusFor, toClauseRows } from "./clause_rows.ts";
import { escapeXml } from "./escape_xml.ts";
import { formatFailure } from "./failure.ts";
import { formatHtmlCauses } from "./html_causes.ts";
import { formatBadge, formatFilter, formatPage } from "./html_page.ts";
import { formatLeftovers } from "./leftovers.ts";
import { makeFinalReport } from "./make_final_report.ts";
import { formatPace } from "./pace.ts";
import { printable } from "./printable.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

/**
 * Makes the HTML report: one file that needs nothing else. First the likely
 * causes, then the cases, of which those that passed are folded, each
 * failure's evidence behind its case, last the clauses.
 */
export function makeHtmlReport(): Report {
  return makeFinalReport(format);
}

function format(info: RunInfo, summary: RunSummary): string {
  const { results, verdict, isInterrupted, cleanupError } = summary;
  const outcome = isInterrupted ? "interrupted, no verdict" : verdict.text;
  const notes = [
    ...(cleanupError === undefined
      ? []
      : [`Cleaning up failed: ${cleanupError}`]),
    ...(summary.endedEarly === undefined ? [] : [summary.endedEarly]),
  ].map((note) => `<p class="note">${escapeXml(note)}</p>`);
  const leftovers = formatLeftovers(summary);
  return formatPage(
    `${info.store}: ${outcome}`,
    `<h1>${escapeXml(info.store)}</h1>
<p class="verdict ${verdict.exitCode === 0 ? "good" : "bad"}">${
      escapeXml(outcome)
    }</p>
<p class="facts">Contract ${CONTRACT_VERSION}, seed <code>${
      escapeXml(info.seed)
    }</code>, ${results.length} of ${info.total} cases in ${
      (summary.durationMs / 1000).toFixed(1)
    } s, ${info.jobs} at once</p>
${
      info.pace === undefined
        ? ""
        : `<p class="facts">The store, as ${
          escapeXml(formatPace(info.pace))
        }.</p>`
    }
${notes.join("\n")}
${formatHtmlCauses(diagnose(results))}
<h2>Cases</h2>
${formatFilter(STATUSES.filter((status) => verdict.counts[status] > 0))}
${formatGroups(results, info)}
<h2>Clauses</h2>
<div class="wide"><table>
<thead><tr><th>Clause</th><th>Promise</th><th>Must</th><th>Cases</th></tr></thead>
<tbody>
${
      toClauseRows(results).filter((row) => row.results.length > 0)
        .map(formatRow).join("\n")
    }
</tbody>
</table></div>
${
      leftovers.length === 0
        ? ""
        : `<h2>Left behind</h2>\n<pre>${escapeXml(leftovers.join("\n"))}</pre>`
    }`,
  );
}

/** A part for each group: what did not pass in the open, what passed behind a line. */
function formatGroups(results: readonly CaseResult[], info: RunInfo): string {
  const groups = Map.groupBy(results, ({ group }) => group);
  return [...groups].map(([group, members]) => {
    const passed = members.filter(({ status }) => status === "pass");
    const others = members.filter(({ status }) => status !== "pass");
    const folded = passed.length === 0
      ? ""
      : `<details class="passes"><summary>${
        formatBadge("pass", `${passed.length} pass`)
      }</summary>${
        passed.map((result) => formatCase(result, info)).join("\n")
      }</details>`;
    return `<section><h3>${escapeXml(group)}</h3>${
      others.map((result) => formatCase(result, info)).join("\n")
    }${folded}</section>`;
  }).join("\n");
}

function formatRow({ clause, text, status, results }: ClauseRow): string {
  const cells = [
    `<td>${linkClause(clause)}</td>`,
    `<td>${escapeXml(text)}</td>`,
    `<td>${status === undefined ? "" : formatBadge(status, status)}</td>`,
    `<td>${
      results.map((result) =>
        `<a href="#${result.id}">${
          formatBadge(statusFor(result, clause), result.id)
        }</a>`
      ).join(" ")
    }</td>`,
  ];
  return `<tr>${cells.join("")}</tr>`;
}

function formatCase(result: CaseResult, info: RunInfo): string {
  const { id, title, level, clauses, status, reason, failure } = result;
  const summary = `${formatBadge(status, status)} <b>${id}</b> ${
    escapeXml(title)
  } <small>${level}, clause ${
    clauses.map((clause) => linkClause(clause)).join(", ")
  }</small>`;
  const why = reason === undefined
    ? ""
    : `<p>${escapeXml(printable(reason))}</p>`;
  const evidence = failure === undefined ? "" : `<p>Breaks ${
    linkClause(
      failure.clause,
      `clause ${failure.clause} of the contract`,
    )
  }.</p><pre>${escapeXml(formatFailure(result, info.repeat(id)))}</pre>`;
  const data = `class="case" data-status="${status}"`;
  return why === "" && evidence === ""
    ? `<p id="${id}" ${data}>${summary}</p>`
    : `<details id="${id}" ${data}><summary>${summary}</summary>${why}${evidence}</details>`;
}

function linkClause(clause: number, text = `${clause}`): string {
  return `<a href="${escapeXml(clauseUrl(clause))}">${text}</a>`;
}
