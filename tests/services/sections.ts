/** A heading of the contract, and the clauses below it. */
export interface Section {
  /** The heading's text. */
  readonly title: string;
  /** The numbers of its clauses, in the contract's order. */
  readonly clauses: readonly number[];
}

const LINE = /^## (.+)$|<a id="clause-(\d+)">/gm;

/**
 * Reads which clause stands below which heading.
 *
 * @param contract The text of `CONTRACT.md`.
 * @returns The headings that have clauses.
 */
export function readSections(contract: string): Section[] {
  const sections: { title: string; clauses: number[] }[] = [];
  for (const [, title, clause] of contract.matchAll(LINE)) {
    if (title !== undefined) sections.push({ title, clauses: [] });
    else sections.at(-1)?.clauses.push(Number(clause));
  }
  return sections.filter(({ clauses }) => clauses.length > 0);
}
