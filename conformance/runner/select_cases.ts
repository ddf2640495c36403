import type { Case } from "../model/case.ts";

/** Which cases of a catalogue are wanted. */
export interface Selection {
  /** Ids or globs such as `DST-*`; letter case does not matter. @default All. */
  readonly only?: readonly string[];
  /** Ids or globs of cases that are not wanted. */
  readonly skip?: readonly string[];
}

/**
 * The cases that a selection names, in the catalogue's order.
 *
 * @throws {TypeError} If a pattern matches no case, or if no case is left.
 */
export function selectCases(
  cases: readonly Case[],
  { only, skip = [] }: Selection,
): Case[] {
  checkPatterns(cases, "only", only ?? []);
  checkPatterns(cases, "skip", skip);
  const selected = cases.filter(({ id }) =>
    (only === undefined || only.some((pattern) => matches(pattern, id))) &&
    !skip.some((pattern) => matches(pattern, id))
  );
  if (selected.length > 0) return selected;
  throw new TypeError("Cannot select cases as 'only' and 'skip' leave none");
}

/** Tells whether a selection names a case by its exact id, as a case that is `explicit` wants. */
export function isNamed({ only = [] }: Selection, id: string): boolean {
  return only.some((pattern) => pattern.toUpperCase() === id);
}

function checkPatterns(
  cases: readonly Case[],
  option: "only" | "skip",
  patterns: readonly string[],
): void {
  for (const pattern of patterns) {
    if (cases.some(({ id }) => matches(pattern, id))) continue;
    const isGroup = cases.some(({ id }) => matches(`${pattern}-*`, id));
    throw new TypeError(
      `Cannot select cases as '${option}' matches none: current value is "${pattern}"${
        isGroup ? `, try "${pattern}-*"` : ""
      }`,
    );
  }
}

function matches(pattern: string, id: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(id);
}
