import type { Case } from "../model/case.ts";
import { CLAUSES } from "../model/clauses.ts";
import { UsageError } from "./usage.ts";

/** What `--list` prints: a line for each case. */
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
 * What `--explain` prints: clauses, reason, what to check, mutants.
 *
 * @param cases The catalogue.
 * @param id The case's id; letter case does not matter.
 * @param mutants The stores, wrong on purpose, that the case has caught.
 * @throws {UsageError} If there is no such case.
 */
export function explainCase(
  cases: readonly Case[],
  id: string,
  mutants: readonly string[],
): string {
  const c = cases.find((c) => c.id === id.toUpperCase());
  if (c === undefined) {
    throw new UsageError(`Cannot explain "${id}" as there is no such case`);
  }
  const wants = describeWants(c);
  const lines = [
    `${c.id} ${c.title} (${c.level})`,
    "",
    c.explain,
    "",
    ...c.clauses.map((clause) => `clause ${clause}: ${CLAUSES[clause] ?? ""}`),
  ];
  if (wants !== "") lines.push("", wants);
  if (mutants.length > 0) {
    lines.push(
      "",
      "It has caught:",
      ...mutants.map((mutant) => `  ${mutant}`),
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
