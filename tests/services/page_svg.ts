import { escapeXml } from "../../conformance/report/escape_xml.ts";
import { CELL_STATES, type CellState } from "./cells.ts";
import {
  cellOf,
  COMMAND,
  countStates,
  type Page,
  subjectOf,
  TITLE,
} from "./page.ts";
import type { JudgedRun } from "./results.ts";

/** Sizes in pixels. */
const CELL = { width: 26, height: 19 };
const MARGIN = 20;
const TEXT_WIDTH = 400;
const HEAD_HEIGHT = 235;
/** So far the last slanted heading reaches beyond its column. */
const HEAD_OVERHANG = 150;
const SECTION_HEIGHT = 26;
const SERVICE_GAP = 8;
/** So many characters of a clause fit before the marks. */
const SUBJECT_LENGTH = 58;

/**
 * Makes the picture of the page: light or dark as the reader's system is, marks beside colours.
 *
 * @param page What it shows.
 */
export function makeSvg(page: Page): string {
  const { runs, sections, facts } = page;
  const columns = placeColumns(runs);
  const width = Math.max(
    (columns.at(-1) ?? MARGIN + TEXT_WIDTH) + HEAD_OVERHANG,
    900,
  );
  const parts: string[] = [];
  let y = HEAD_HEIGHT;
  for (const { title, clauses } of sections) {
    y += SECTION_HEIGHT;
    parts.push(
      `<text class="section" x="${MARGIN}" y="${y - 7}">${
        escapeXml(title)
      }</text>`,
    );
    for (const clause of clauses) {
      parts.push(formatRow(clause, y, runs, columns));
      y += CELL.height;
    }
  }
  const height = y + 2 * MARGIN + 8;
  const broken = runs.filter((run) => countStates(run).broken > 0).length;
  const summary =
    `${runs.length} stores on services, ${broken} of them break a clause`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title summary">
<title id="title">${TITLE}</title>
<desc id="summary">${escapeXml(summary)}. ${escapeXml(facts)}</desc>
<style>${STYLE}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="${MARGIN}" y="34">${TITLE}</text>
${formatLegend()}
${runs.map((run, index) => formatHead(run, columns[index] ?? 0)).join("\n")}
${parts.join("\n")}
<text class="facts" x="${MARGIN}" y="${height - MARGIN}">${COMMAND} · ${
    escapeXml(facts)
  }</text>
</svg>
`;
}

/** The left edge of each run's column; a gap stands before each service. */
function placeColumns(runs: readonly JudgedRun[]): number[] {
  let x = MARGIN + TEXT_WIDTH;
  return runs.map((run, index) => {
    const before = runs[index - 1];
    if (before !== undefined) x += CELL.width;
    if (before !== undefined && before.service !== run.service) {
      x += SERVICE_GAP;
    }
    return x;
  });
}

function formatLegend(): string {
  return Object.entries(CELL_STATES).map(([state, { text }], index) => {
    const y = 58 + index * 24;
    return `${formatMark(state as CellState, MARGIN, y)}<text x="${
      MARGIN + CELL.width + 6
    }" y="${y + 13}">${text}</text>`;
  }).join("\n");
}

function formatHead({ service, store }: JudgedRun, x: number): string {
  const middle = x + CELL.width / 2;
  return `<text transform="translate(${middle + 4} ${
    HEAD_HEIGHT + 12
  }) rotate(-55)"><tspan class="service">${escapeXml(service)}</tspan> ${
    escapeXml(store)
  }</text>`;
}

function formatRow(
  clause: number,
  y: number,
  runs: readonly JudgedRun[],
  columns: readonly number[],
): string {
  const marks = runs.map((run, index) =>
    formatMark(cellOf(run, clause).state, columns[index] ?? 0, y)
  );
  return `<text class="number" x="${MARGIN + 18}" y="${
    y + 13
  }">${clause}</text><text x="${MARGIN + 26}" y="${y + 13}">${
    escapeXml(shorten(subjectOf(clause)))
  }</text>${marks.join("")}`;
}

function formatMark(state: CellState, x: number, y: number): string {
  return `<rect class="${state}" x="${x + 1}" y="${y + 1}" width="${
    CELL.width - 2
  }" height="${CELL.height - 2}" rx="3"/><text class="mark on-${state}" x="${
    x + CELL.width / 2
  }" y="${y + 14}">${CELL_STATES[state].mark}</text>`;
}

/** Cut at a word where it is too long. */
function shorten(text: string): string {
  if (text.length <= SUBJECT_LENGTH) return text;
  const cut = text.slice(0, SUBJECT_LENGTH - 1);
  return `${cut.slice(0, cut.lastIndexOf(" ")).replace(/[,;:]$/, "")} …`;
}

const STYLE = `
text { fill: #1f2328; font: 12px system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
.ground { fill: #fff; }
.title { font-size: 20px; font-weight: 700; }
.section, .service { font-weight: 700; }
.number { font-weight: 700; text-anchor: end; }
.facts { fill: #59636e; font-size: 11px; }
.mark { fill: #fff; font-weight: 700; text-anchor: middle; }
.kept { fill: #1a7f37; }
.advice { fill: #9a6700; }
.broken { fill: #c0271d; }
.unjudged { fill: #d9d4e3; }
.on-unjudged { fill: #4d3b6b; }
.inapplicable { fill: #eceff1; }
.on-inapplicable { fill: #59636e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .ground { fill: #0d1117; }
  .facts { fill: #9198a1; }
  .unjudged { fill: #453b56; }
  .on-unjudged { fill: #d7c9f0; }
  .inapplicable { fill: #21262d; }
  .on-inapplicable { fill: #9198a1; }
}
`;
