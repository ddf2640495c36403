import type { CaseResult } from "../../conformance/mod.ts";
import { escapeXml } from "../../conformance/report/escape_xml.ts";
import { formatPage } from "../../conformance/report/html_page.ts";
import { type Cell, CELL_STATES, type CellState } from "./cells.ts";
import { formatEvidence, groupReasons } from "./evidence.ts";
import {
  caseUrl,
  cellOf,
  clauseUrl,
  COMMAND,
  countStates,
  describeCell,
  type Page,
  subjectOf,
  TITLE,
} from "./page.ts";
import { SCRIPT, STYLE } from "./page_style.ts";
import { type JudgedRun, toSlug } from "./results.ts";

/**
 * Makes the page as one file that needs nothing else: services and stores across, clauses down, and
 * below them the evidence that each cell leads to.
 *
 * @param page What it shows.
 */
export function makeHtml(page: Page): string {
  const { runs, missing, sections, facts } = page;
  return formatPage(
    TITLE,
    `<h1>${TITLE}</h1>
<p>Each store is judged on each service by the same conformance suite. Down are the clauses of <a href="${
      clauseUrl(1).split("#")[0]
    }">the contract</a>. A mark leads to its evidence; arrow keys go from mark to mark.</p>
<p class="facts">${escapeXml(facts)} · <code>${COMMAND}</code></p>
${formatLegend()}
<div class="wide" role="region" tabindex="0" aria-label="Clauses by service">
<table class="matrix">
${formatHead(runs)}
${
      sections.map(({ title, clauses }) =>
        `<tbody><tr class="section"><th colspan="${
          runs.length + 1
        }" scope="rowgroup"><span>${escapeXml(title)}</span></th></tr>
${clauses.map((clause) => formatRow(clause, runs)).join("\n")}</tbody>`
      ).join("\n")
    }
</table></div>
${formatRuns(runs)}
${formatMissing(missing)}
<h2 id="evidence">Evidence</h2>
${runs.map(formatRunEvidence).join("\n")}
<script>${SCRIPT}</script>`,
    STYLE,
  );
}

function formatLegend(): string {
  const items = Object.entries(CELL_STATES).map(([state, { text }]) =>
    `<li>${formatMark(state as CellState)} ${text}</li>`
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** A mark is told apart without its colour, and hidden from who gets the words read. */
function formatMark(state: CellState): string {
  return `<span class="mark ${state}" aria-hidden="true">${
    CELL_STATES[state].mark
  }</span>`;
}

function formatHead(runs: readonly JudgedRun[]): string {
  const heads = runs.map((run, index) =>
    `<th scope="col"${
      classOf(startsService(runs, index) && "first")
    }><a href="#${toSlug(run.id)}"><span><b>${escapeXml(run.service)}</b> ${
      escapeXml(run.store)
    }</span></a></th>`
  );
  return `<thead><tr><td></td>${heads.join("")}</tr></thead>`;
}

function formatRow(clause: number, runs: readonly JudgedRun[]): string {
  const cells = runs.map((run, index) => {
    const cell = cellOf(run, clause);
    const words = `${run.store} on ${run.service}, clause ${clause}, ${
      describeCell(cell)
    }`;
    return `<td${
      classOf(startsService(runs, index) && "first")
    }><a class="mark ${cell.state}" href="#${evidenceId(run, cell)}" title="${
      escapeXml(words)
    }" aria-label="${escapeXml(words)}">${
      CELL_STATES[cell.state].mark
    }</a></td>`;
  });
  return `<tr><th scope="row"><span><a href="${
    clauseUrl(clause)
  }">${clause}</a> ${escapeXml(subjectOf(clause))}</span></th>${
    cells.join("")
  }</tr>`;
}

function startsService(runs: readonly JudgedRun[], index: number): boolean {
  return runs[index]?.service !== runs[index - 1]?.service;
}

function classOf(name: string | false): string {
  return name === false ? "" : ` class="${name}"`;
}

function evidenceId(run: JudgedRun, { clause }: Cell): string {
  return `${toSlug(run.id)}-clause-${clause}`;
}

function formatRuns(runs: readonly JudgedRun[]): string {
  const states = Object.keys(CELL_STATES) as CellState[];
  const rows = runs.map((run) => {
    const counts = countStates(run);
    return `<tr><td>${escapeXml(run.serviceVersion)}</td><td><a href="#${
      toSlug(run.id)
    }">${escapeXml(run.store)}</a></td><td>${
      escapeXml(run.clientVersion)
    }</td><td>${escapeXml(run.verdict)}</td>${
      states.map((state) => `<td class="count">${counts[state]}</td>`).join("")
    }<td>${escapeXml(run.date.replace("T", " ").replace("Z", ""))}</td></tr>`;
  });
  const heads = states.map((state) =>
    `<th class="count">${formatMark(state)}<span class="unseen">clauses: ${
      CELL_STATES[state].text
    }</span></th>`
  );
  return `<h2>Runs</h2>
<div class="wide" role="region" tabindex="0" aria-label="Runs"><table class="runs">
<thead><tr><th>Service</th><th>Store</th><th>By</th><th>Verdict</th>${
    heads.join("")
  }<th>UTC</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function formatMissing(missing: readonly JudgedRun[]): string {
  if (missing.length === 0) return "";
  const items = missing.map(({ store, service, missing = "" }) =>
    `<li>${escapeXml(store)} on ${escapeXml(service)}: ${
      escapeXml(missing)
    }</li>`
  );
  return `<h2>Not judged on this machine</h2>\n<ul>${items.join("\n")}</ul>`;
}

function formatRunEvidence(run: JudgedRun): string {
  const { id, store, service, clientVersion, serviceVersion, verdict } = run;
  return `<section id="${toSlug(id)}"><h3>${escapeXml(store)} on ${
    escapeXml(service)
  }</h3>
<p>${escapeXml(verdict)}. <small>${escapeXml(clientVersion)}; ${
    escapeXml(serviceVersion)
  }</small></p>
${run.cells.map((cell) => formatCellEvidence(run, cell)).join("\n")}</section>`;
}

function formatCellEvidence(run: JudgedRun, cell: Cell): string {
  const { clause, state, failures, passed, open, skipped } = cell;
  const parts = [
    ...failures.map((result) =>
      `<p>${linkCase(result)} ${
        escapeXml(result.title)
      } <small>${result.level}</small></p><pre>${
        escapeXml(formatEvidence(result))
      }</pre>`
    ),
    ...groupReasons([...open, ...skipped]).map(({ reason, cases }) =>
      `<p>${listCases(cases)}: ${escapeXml(reason)}</p>`
    ),
    ...passed.length === 0 ? [] : [`<p>Passed: ${listCases(passed)}</p>`],
  ];
  const body = parts.length === 0
    ? "<p>No case of the suite that was run is about it.</p>"
    : parts.join("\n");
  return `<details class="${state}" id="${evidenceId(run, cell)}"><summary>${
    formatMark(state)
  } <b>Clause ${clause}</b> ${describeCell(cell)}</summary><p><small>${
    escapeXml(subjectOf(clause))
  } (<a href="${clauseUrl(clause)}">in full</a>)</small></p>${body}</details>`;
}

function linkCase({ id, group }: CaseResult): string {
  return `<a class="id" href="${escapeXml(caseUrl(group))}">${
    escapeXml(id)
  }</a>`;
}

function listCases(results: readonly CaseResult[]): string {
  return escapeXml(results.map(({ id }) => id).join(" "));
}
