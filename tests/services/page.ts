import { CLAUSES, CONTRACT_VERSION } from "../../conformance/model/clauses.ts";
import { REPOSITORY_URL } from "../../tools/publish_check.ts";
import { type Cell, CELL_STATES, type CellState } from "./cells.ts";
import type { JudgedRun } from "./results.ts";
import { readSections, type Section } from "./sections.ts";

/** The page's title. */
export const TITLE = "Which store keeps which promise, on which service";
/** The command that makes the page. */
export const COMMAND = "deno task services";

/** Everything that the page shows, in whichever format. */
export interface Page {
  /** Runs with results, in the page's order. */
  readonly runs: readonly JudgedRun[];
  /** Runs without, each with the reason. */
  readonly missing: readonly JudgedRun[];
  /** The contract's headings and their clauses. */
  readonly sections: readonly Section[];
  /** When, where and of which commit the results are: a line. */
  readonly facts: string;
}

/**
 * Gathers what the page shows.
 *
 * @param all The runs, in the page's order.
 * @param contract The text of `CONTRACT.md`.
 */
export function makePage(all: readonly JudgedRun[], contract: string): Page {
  const runs = all.filter(({ missing }) => missing === undefined);
  const missing = all.filter(({ missing }) => missing !== undefined);
  const days = unique(runs.map(({ date }) => date.slice(0, 10))).sort();
  const facts = [
    `contract ${CONTRACT_VERSION}`,
    days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days.join(),
    unique(runs.map(({ machine }) => machine)).join("; "),
    `commit ${unique(runs.map(({ commit }) => commit)).join("; ")}`,
  ];
  return {
    runs,
    missing,
    sections: readSections(contract),
    facts: runs.length === 0 ? "no results" : facts.join(" · "),
  };
}

/** The cell of a clause in a run. A clause that the suite does not know was not judged. */
export function cellOf(run: JudgedRun, clause: number): Cell {
  return run.cells.find((cell) => cell.clause === clause) ?? {
    clause,
    state: "unjudged",
    ...{ failures: [], passed: [], open: [], skipped: [] },
  };
}

/** The contract's clause in short. */
export function subjectOf(clause: number): string {
  return CLAUSES[clause] ?? "";
}

/** Counts how many cells of a run are in each state. */
export function countStates(
  { cells }: Pick<JudgedRun, "cells">,
): Record<CellState, number> {
  const counts = Object.fromEntries(
    Object.keys(CELL_STATES).map((state) => [state, 0]),
  ) as Record<CellState, number>;
  for (const { state } of cells) counts[state]++;
  return counts;
}

/** A cell in words, for who does not see its colour: `broken: 2 of 14 cases failed`. */
export function describeCell(
  { state, failures, passed, open, skipped }: Cell,
): string {
  const counted = [
    [failures.length, "failed"],
    [passed.length, "passed"],
    [open.length, "not judged"],
    [skipped.length, "not for it"],
  ].filter(([count]) => count !== 0).map((words) => words.join(" "));
  const cases = counted.length === 0 ? "no case" : counted.join(", ");
  return `${CELL_STATES[state].text}: ${cases}`;
}

/** Address of the page of cases, at the group of a case. */
export function caseUrl(group: string): string {
  return `${REPOSITORY_URL}/blob/main/conformance/CASES.md#${group.toLowerCase()}`;
}

/** Address of a clause in the repository: the page is read far from this checkout. */
export function clauseUrl(clause: number): string {
  return `${REPOSITORY_URL}/blob/main/CONTRACT.md#clause-${clause}`;
}

/** Text of a failure without the paths of the machine that it was seen on. */
export function hidePaths(text: string): string {
  const root = new URL("../../", import.meta.url);
  return text
    .replaceAll(root.href, "")
    .replaceAll(decodeURIComponent(root.pathname), "")
    .replace(
      /(?:file:\/\/)?\/(?:tmp|dev\/shm|mnt|var|home|root)(?:\/[^\s/"'`]+)+(?=\/)/g,
      "…",
    );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
