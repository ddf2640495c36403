import { CLAUSES, clauseUrl } from "../model/clauses.ts";
import { printable } from "./printable.ts";
import type { CaseResult } from "../model/result.ts";

const SHOWN_LINES = 40;

/**
 * A failure in full: expected, observed, clause, likely cause, evidence, seed
 * and the command that repeats it.
 *
 * @param result The result of the case.
 * @param repeat The command.
 */
export function formatFailure(result: CaseResult, repeat: string): string {
  const { id, title, level, status, failure, reason, seed } = result;
  const lines = [
    `${status.toUpperCase()} ${id} ${title} (${level})`,
    ...(reason === undefined ? [] : [`  reason    ${reason}`]),
  ];
  if (failure !== undefined) {
    const { expected, observed, clause, hint, evidence } = failure;
    lines.push(
      `  expected  ${expected}`,
      `  observed  ${observed}`,
      `  clause    ${clause}: ${CLAUSES[clause] ?? "not in the contract"}`,
      `            ${clauseUrl(clause)}`,
    );
    const unreached = result.clauses.filter((own) => own !== clause);
    if (unreached.length === result.clauses.length) {
      lines.push(
        `  stopped   there, so it has not verified what it is about: clause ${
          unreached.join(", ")
        }`,
      );
    }
    if (hint !== undefined) lines.push(`  likely    ${hint}`);
    for (const { title, lines: seen } of evidence) {
      lines.push(`  ${title}`, ...shorten(seen).map((line) => `    ${line}`));
    }
  }
  lines.push(`  seed      ${seed}`, `  repeat    ${repeat}`);
  return printable(lines.join("\n"));
}

function shorten(lines: readonly string[]): string[] {
  // A message may hold any name, a line break included.
  const single = lines.flatMap((line) => line.split("\n"));
  if (single.length <= SHOWN_LINES) return single;
  const more = single.length - SHOWN_LINES;
  return [...single.slice(0, SHOWN_LINES), `… ${more} more lines …`];
}
