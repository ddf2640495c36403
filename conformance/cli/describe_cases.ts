import type { Case } from "../model/case.ts";
import { CLAUSES, clauseUrl } from "../model/clauses.ts";
import { findCause } from "../diagnosis/find_faults.ts";
import { UsageError } from "./usage.ts";

/** Text of `--list`: a line for each case. */
export function listCases(cases: readonly Case[]): string {
  const width = Math.max(0, ...cases.map(({ id }) => id.length));
  return cases.map((c) => {
    const wants = describeWants(c);
    return `${c.id.padEnd(width)}  ${c.level.padEnd(6)}  ${c.title} (clause ${
      c.clauses.join(", ")
    }${wants === "" ? "" : `; ${wants}`})\n`;
  }).join("");
}

/**
 * Text of `--explain` for a likely cause: what such stores do, the clause, the
 * repair, the known faults and the cases that fail on them.
 *
 * @param name The name of a kind of faults, or of one fault.
 * @returns `undefined` where neither is known.
 */
export function explainCause(name: string): string | undefined {
  const { kind, faults } = findCause(name);
  if (kind === undefined && faults.length === 0) return undefined;
  const lines = kind === undefined ? [] : [
    `${kind.name}: ${kind.title}`,
    "",
    `clause ${kind.clause}: ${CLAUSES[kind.clause] ?? ""}`,
    `  ${clauseUrl(kind.clause)}`,
    `repair: ${kind.remedy}`,
    `cases that are about it: ${kind.signs.join(", ")}`,
    "",
  ];
  lines.push("Known faults of this kind, and the cases that fail on them:");
  for (const { name, fault, cases } of faults) {
    lines.push(`  ${name}: ${fault}`, `    ${shorten(cases)}`);
  }
  return `${lines.join("\n")}\n`;
}

const SHOWN_CASES = 12;

function shorten(ids: readonly string[]): string {
  const more = ids.length - SHOWN_CASES;
  const shown = ids.slice(0, SHOWN_CASES).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/**
 * Text of `--explain`: clauses, reason, what to check, known faults.
 *
 * @param cases The catalogue.
 * @param id The case's id; letter case does not matter.
 * @param faults The known faults that the case has caught, a line each.
 * @throws {UsageError} If there is no such case.
 */
export function explainCase(
  cases: readonly Case[],
  id: string,
  faults: readonly string[],
): string {
  const c = cases.find((c) => c.id === id.toUpperCase());
  if (c === undefined) {
    throw new UsageError(
      `Cannot explain "${id}" as there is no such case, kind of fault or known fault: --list has the cases`,
    );
  }
  const wants = describeWants(c);
  const lines = [
    `${c.id} ${c.title} (${c.level})`,
    "",
    c.explain,
    "",
    ...c.clauses.flatMap((clause) => [
      `clause ${clause}: ${CLAUSES[clause] ?? ""}`,
      `  ${clauseUrl(clause)}`,
    ]),
  ];
  if (wants !== "") lines.push("", wants);
  if (faults.length > 0) {
    lines.push(
      "",
      "It has caught:",
      ...faults.map((fault) => `  ${fault}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

function describeWants(c: Case): string {
  const { capabilities = [], needs = [], explicit = false } = c;
  return [
    capabilities.length > 0 ? `capability ${capabilities.join(", ")}` : "",
    needs.length > 0 ? `harness member ${needs.join(", ")}` : "",
    explicit ? "only when named" : "",
  ].filter((part) => part !== "").join("; ");
}
