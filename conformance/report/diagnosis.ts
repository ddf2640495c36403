import { type Cause, diagnose, type Diagnosis } from "../diagnosis/diagnose.ts";
import { CLAUSES, clauseUrl } from "../model/clauses.ts";
import type { CaseResult } from "../model/result.ts";
import { printable } from "./printable.ts";

/**
 * Likely causes of a run's failures, for the beginning of a report.
 *
 * @param results The results of the run.
 * @returns Lines of text without indentation before the first level; none if there is nothing to say
 * that the failures do not say themselves.
 */
export function formatDiagnosis(results: readonly CaseResult[]): string[] {
  const diagnosis = diagnose(results);
  const { causes, unexplained } = diagnosis;
  const summary = summarizeDiagnosis(diagnosis);
  if (summary === "") return [];
  const lines = [summary];
  for (const [index, cause] of causes.entries()) {
    lines.push(`${index + 1}. ${cause.title}`, ...formatCause(cause));
  }
  if (unexplained.length > 0 && causes.length > 0) {
    lines.push("Not explained by a known fault, by what was seen:");
  }
  for (const { observed, ids } of unexplained) {
    lines.push(`   ${ids.join(", ")}: ${observed.split("\n")[0] ?? ""}`);
  }
  return lines.map(printable);
}

/**
 * A sentence about how much of a run its likely causes explain.
 *
 * @returns The empty string where one failure, or several that have nothing in common, say all themselves.
 */
export function summarizeDiagnosis(
  { causes, unexplained, failed }: Diagnosis,
): string {
  if (causes.length === 0) {
    return unexplained.length === failed
      ? ""
      : `No known fault explains the ${failed} failed cases.`;
  }
  const explained = causes.flatMap(({ explains }) => explains).length;
  return `Likely causes of ${explained} of ${failed} failed cases, in the order to repair:`;
}

function formatCause(cause: Cause): string[] {
  const { name, faults, others, explains, contradictedBy, clause } = cause;
  const lines = [
    ...faults.map(({ fault }, index) =>
      `   ${index === 0 ? "such as " : "or      "}  ${fault}`
    ),
    ...others.map(({ title }) => `   or else   ${title}`),
    `   explains  ${explains.join(", ")}`,
  ];
  if (contradictedBy.length > 0) {
    lines.push(`   against   ${contradictedBy.join(", ")} passed`);
  }
  lines.push(
    `   clause    ${clause}: ${CLAUSES[clause] ?? "not in the contract"}`,
    `             ${clauseUrl(clause)}`,
  );
  if (cause.remedy !== "") lines.push(`   repair    ${cause.remedy}`);
  if (name !== "") lines.push(`   more      --explain ${name}`);
  return lines;
}
