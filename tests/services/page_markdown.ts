import { type Cell, CELL_STATES, type CellState } from "./cells.ts";
import { formatEvidence, groupReasons } from "./evidence.ts";
import {
  cellOf,
  COMMAND,
  describeCell,
  type Page,
  subjectOf,
  TITLE,
} from "./page.ts";
import { type JudgedRun, toSlug } from "./results.ts";

/** Marks that a table of Markdown can hold, which has no colours. */
const MARKS: Readonly<Record<CellState, string>> = {
  kept: "✅",
  advice: "🟡",
  broken: "❌",
  unjudged: "❔",
  inapplicable: "➖",
};
const CONTRACT = "../../CONTRACT.md";
const CASES = "../../conformance/CASES.md";

/**
 * Makes the page for the repository: the same table, and the evidence of what was not kept. `deno fmt`
 * has to lay it out.
 *
 * @param page What it shows.
 */
export function makeMarkdown(page: Page): string {
  const { runs, missing, sections, facts } = page;
  const lines = [
    `# ${TITLE}`,
    "",
    `Made by \`${COMMAND}\` from whole runs of the conformance suite, and not by hand: ${
      escapeMarkdown(facts)
    }. ` +
    "`clauses_by_service.html` beside this page has the same with all evidence, and `clauses_by_service.svg` is its picture.",
    "",
    Object.entries(CELL_STATES).map(([state, { text }]) =>
      `${MARKS[state as CellState]} ${text}`
    ).join(" · "),
    "",
    ...table([
      ["", "Service", "Store", "By", "Verdict"],
      ...runs.map((run, index) =>
        [
          `${index + 1}`,
          run.serviceVersion,
          run.store,
          run.clientVersion,
          run.verdict,
        ].map(escapeMarkdown)
      ),
    ]),
    ...formatMissing(missing),
    "",
    "## Clauses",
    "",
    ...table([
      ["Clause", ...runs.map((_, index) => `${index + 1}`)],
      ...sections.flatMap(({ title, clauses }) => [
        [`**${escapeMarkdown(title)}**`, ...runs.map(() => "")],
        ...clauses.map((clause) => [
          `[${clause}](${CONTRACT}#clause-${clause}) ${
            escapeMarkdown(subjectOf(clause))
          }`,
          ...runs.map((run) => formatCell(run, cellOf(run, clause))),
        ]),
      ]),
    ]),
    "",
    "## Evidence",
    "",
    ...runs.flatMap(formatRunEvidence),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function formatCell(run: JudgedRun, cell: Cell): string {
  const mark = MARKS[cell.state];
  return hasEvidence(cell) ? `[${mark}](#${evidenceId(run, cell)})` : mark;
}

/** What was kept, or is not for a store, needs none here. */
function hasEvidence({ state }: Cell): boolean {
  return state !== "kept" && state !== "inapplicable";
}

function evidenceId(run: JudgedRun, { clause }: Cell): string {
  return `${toSlug(run.id)}-clause-${clause}`;
}

function formatMissing(missing: readonly JudgedRun[]): string[] {
  if (missing.length === 0) return [];
  return [
    "",
    "## Not judged on this machine",
    "",
    ...missing.map(({ store, service, missing = "" }) =>
      `- ${escapeMarkdown(`${store} on ${service}: ${missing}`)}`
    ),
  ];
}

function formatRunEvidence(run: JudgedRun, index: number): string[] {
  const cells = run.cells.filter(hasEvidence);
  if (cells.length === 0) return [];
  return [
    `### ${index + 1}: ${escapeMarkdown(`${run.store} on ${run.service}`)}`,
    "",
    ...cells.flatMap((cell) => formatCellEvidence(run, cell)),
  ];
}

function formatCellEvidence(run: JudgedRun, cell: Cell): string[] {
  const { clause, state, failures, open, skipped } = cell;
  const reasons = groupReasons([...open, ...skipped]);
  return [
    `<a id="${evidenceId(run, cell)}"></a>${
      MARKS[state]
    } **Clause ${clause}**, ${describeCell(cell)}`,
    "",
    ...failures.flatMap((result) => [
      `- ${linkCases([result])} (${result.level}): ${
        escapeMarkdown(result.title)
      }`,
      "",
      ...fence(formatEvidence(result)).map((line) => `  ${line}`),
      "",
    ]),
    ...reasons.map(({ reason, cases }) =>
      `- ${linkCases(cases)}: ${escapeMarkdown(reason)}`
    ),
    "",
  ];
}

function linkCases(
  results: readonly { readonly id: string; readonly group: string }[],
): string {
  return results.map(({ id, group }) =>
    `[${id}](${CASES}#${group.toLowerCase()})`
  ).join(" ");
}

/** A block of code that no text can end before its end. */
function fence(text: string): string[] {
  const longest = Math.max(
    2,
    ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length),
  );
  const ticks = "`".repeat(longest + 1);
  return [`${ticks}text`, ...text.split("\n"), ticks];
}

/** A text that Markdown, and a cell of its tables, shows as it is. */
function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, " ").replace(
    /[\\`*_[\]<>|#~&]/g,
    (character) =>
      character === "&"
        ? "&amp;"
        : character === "<"
        ? "&lt;"
        : `\\${character}`,
  );
}

function table(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...rest] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rest.map(line)];
}
