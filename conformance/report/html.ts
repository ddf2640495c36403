import type { CaseResult, Status } from "../model/result.ts";
import { clauseUrl, CONTRACT_VERSION } from "../model/clauses.ts";
import { STATUSES } from "../model/verdict.ts";
import { type ClauseRow, toClauseRows } from "./clause_rows.ts";
import { escapeXml } from "./escape_xml.ts";
import { formatDiagnosis } from "./diagnosis.ts";
import { formatFailure } from "./failure.ts";
import { makeFinalReport } from "./make_final_report.ts";
import type { Report, RunInfo, RunSummary } from "./report.ts";

/** Makes the HTML report: one file that needs nothing else. First the clauses and their cases, each failure's evidence behind its case. */
export function makeHtmlReport(): Report {
  return makeFinalReport(format);
}

function format(info: RunInfo, summary: RunSummary): string {
  const { results, verdict, isInterrupted, cleanupError } = summary;
  const store = escapeXml(info.store);
  const outcome = isInterrupted ? "interrupted, no verdict" : verdict.text;
  const causes = escapeXml(formatDiagnosis(results).join("\n"));
  const selected = info.isPartial
    ? `, only ${results.length} cases selected`
    : "";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${store}: ${escapeXml(outcome)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${store}</h1>
<p class="verdict">${escapeXml(outcome)}</p>
<p>Contract ${CONTRACT_VERSION}, seed <code>${
    escapeXml(info.seed)
  }</code>${selected}. ${
    STATUSES.map((status) =>
      `<span class="badge ${status}">${verdict.counts[status]} ${status}</span>`
    ).join(" ")
  }</p>
${
    cleanupError === undefined
      ? ""
      : `<p class="fail">Cleaning up failed: ${escapeXml(cleanupError)}</p>\n`
  }${
    causes === "" ? "" : `<h2>Likely causes</h2>\n<pre>${causes}</pre>\n`
  }<table>
<thead><tr><th>Clause</th><th>Promise</th><th>Must</th><th>Cases</th></tr></thead>
<tbody>
${
    toClauseRows(results).filter((row) => row.results.length > 0)
      .map(formatRow).join("\n")
  }
</tbody>
</table>
<h2>Cases</h2>
${results.map((result) => formatCase(result, info)).join("\n")}
</body>
</html>
`;
}

function formatRow({ clause, text, status, results }: ClauseRow): string {
  const cells = [
    `<td>${linkClause(clause)}</td>`,
    `<td>${escapeXml(text)}</td>`,
    `<td>${status === undefined ? "" : formatBadge(status, status)}</td>`,
    `<td>${
      results.map(({ id, status }) =>
        `<a href="#${id}">${formatBadge(status, id)}</a>`
      ).join(" ")
    }</td>`,
  ];
  return `<tr>${cells.join("")}</tr>`;
}

function formatBadge(status: Status, text: string): string {
  return `<span class="badge ${status}" title="${status}">${text}</span>`;
}

function formatCase(result: CaseResult, info: RunInfo): string {
  const { id, title, level, clauses, status, reason, failure } = result;
  const summary = `${formatBadge(status, status)} <b>${id}</b> ${
    escapeXml(title)
  } <small>${level}, clause ${
    clauses.map((clause) => linkClause(clause)).join(", ")
  }</small>`;
  const why = reason === undefined ? "" : `<p>${escapeXml(reason)}</p>`;
  const evidence = failure === undefined ? "" : `<p>Breaks ${
    linkClause(
      failure.clause,
      `clause ${failure.clause} of the contract`,
    )
  }.</p><pre>${escapeXml(formatFailure(result, info.repeat(id)))}</pre>`;
  return why === "" && evidence === ""
    ? `<p id="${id}">${summary}</p>`
    : `<details id="${id}"${
      status === "fail" ? " open" : ""
    }><summary>${summary}</summary>${why}${evidence}</details>`;
}

function linkClause(clause: number, text = `${clause}`): string {
  return `<a href="${escapeXml(clauseUrl(clause))}">${text}</a>`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: left; vertical-align: top; }
pre { background: #8881; overflow-x: auto; padding: .6rem; }
details, body > p { margin: .3rem 0; }
a { text-decoration: none; }
.verdict { font-size: 1.2rem; font-weight: 600; }
.badge { border-radius: .6rem; color: #fff; display: inline-block; font-size: .85em; padding: 0 .5rem; }
.pass { background: #1a7f37; }
.fail, .error { background: #b3261e; }
.expected-fail, .unexpected-pass { background: #8a5a00; }
.unverified { background: #6e5494; }
.skip { background: #5f6368; }
p.fail { color: #fff; padding: .3rem .6rem; }
`;
