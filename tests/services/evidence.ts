import type { CaseResult } from "../../conformance/mod.ts";
import { printable } from "../../conformance/report/printable.ts";
import { hidePaths } from "./page.ts";

/**
 * A failure in a few lines, without the paths of the machine: what was expected, what was observed,
 * and the likely cause where its shape is known.
 */
export function formatEvidence({ failure }: CaseResult): string {
  if (failure === undefined) return "";
  const lines = [
    `expected  ${failure.expected}`,
    `observed  ${failure.observed}`,
    ...failure.hint === undefined ? [] : [`likely    ${failure.hint}`],
  ];
  return printable(hidePaths(lines.join("\n")));
}

/** Reasons of cases that were not judged or are not for the store, each once with its cases. */
export function groupReasons(
  results: readonly CaseResult[],
): { readonly reason: string; readonly cases: readonly CaseResult[] }[] {
  const groups = Map.groupBy(results, describeReason);
  return [...groups].map(([reason, cases]) => ({
    reason: printable(hidePaths(reason)),
    cases,
  }));
}

function describeReason({ status, reason, failure }: CaseResult): string {
  if (reason !== undefined) return reason;
  return failure === undefined
    ? status
    : `failed, and that breaks clause ${failure.clause}`;
}
