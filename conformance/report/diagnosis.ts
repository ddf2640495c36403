import { diagnose } from "../diagnosis/diagnose.ts";
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
  const { causes, unexplained, failed } = diagnose(results);
  // One failure, or several that have nothing in common, are told in full below.
  if (causes.length === 0 && unexplained.length === failed) return [];
  const explained = causes.flatMap(({ explains }) => explains).length;
  const lines = causes.length === 0
    ? [`No known fault explains the ${failed} failed cases.`]
    : [
      `Likely causes of ${explained} of ${failed} failed cases, in the order to repair:`,
    ];
  for (const [index, cause] of causes.entries()) {
    const { faults, explains, contradictedBy, clause, remedy } = cause;
    const [first, ...others] = faults.map(({ fault }) => fault);
    lines.push(
      `${index + 1}. ${first}`,
      ...others.map((fault) => `   or: ${fault}`),
      `   explains  ${explains.join(", ")}`,
    );
    if (contradictedBy.length > 0) {
      lines.push(`   against   ${contradictedBy.join(", ")} passed`);
    }
    lines.push(
      `   clause    ${clause}: ${CLAUSES[clause] ?? "not in the contract"}`,
      `             ${clauseUrl(clause)}`,
    );
    if (remedy !== "") lines.push(`   repair    ${remedy}`);
  }
  if (unexplained.length > 0 && causes.length > 0) {
    lines.push("Not explained by a known fault, by what was seen:");
  }
  for (const { observed, ids } of unexplained) {
    lines.push(`   ${ids.join(", ")}: ${observed.split("\n")[0] ?? ""}`);
  }
  return lines.map(printable);
}
