import type { CaseResult, Level, Status } from "./result.ts";

/** Options of {@linkcode judge}. */
export interface VerdictOptions {
  /**
   * Which failures change the exit code: `must` only those that break the
   * contract, `should` also those that break a recommendation.
   *
   * @default {"must"}
   */
  readonly level?: Level;
  /** True if a case that is unverified changes the exit code. @default {false} */
  readonly strict?: boolean;
  /** The reason why the run could not clean up, if it could not: then the suite failed. */
  readonly cleanupError?: string | undefined;
  /**
   * The number of all cases. A run of fewer was partial: its text says so,
   * and it is never `conformant`.
   *
   * @default As many as there are results.
   */
  readonly total?: number | undefined;
}

/** The verdict of a run on a store. */
export interface Verdict {
  /**
   * `conformant`: every must case that applies has passed. `no violation
   * found`: none has failed, but some are unverified or were not run.
   * `nonconformant`: a must case has failed, be it in the baseline. `not
   * judged`: no must case has run, or the suite failed.
   */
  readonly outcome:
    | "conformant"
    | "no violation found"
    | "nonconformant"
    | "not judged";
  /** The outcome in words, such as `no violation found, 3 must cases unverified`. */
  readonly text: string;
  /** The number of cases with each status; every status is there. */
  readonly counts: Readonly<Record<Status, number>>;
  /**
   * The exit code of a command: 0 for the first two outcomes, 1 if a case
   * failed, 3 if the suite could not judge, 4 if the baseline is stale, 5 if
   * no must case ran. The first that applies of 3, 1, 4, 5. Failures that the
   * baseline expects leave it 0.
   */
  readonly exitCode: 0 | 1 | 3 | 4 | 5;
}

/** Every {@linkcode Status}, in the order of reports. */
export const STATUSES: readonly Status[] = [
  "pass",
  "fail",
  "expected-fail",
  "unexpected-pass",
  "unverified",
  "skip",
  "error",
];

/**
 * Judges a store by the results of a run.
 *
 * @param results The results.
 * @param options What counts.
 *
 * @example
 * ```ts
 * import { type CaseResult, judge } from "@storekit/object-store/conformance";
 *
 * const results: CaseResult[] = [];
 * const verdict = judge(results);
 * console.log(verdict.text, verdict.exitCode); // not judged: no must case ran 5
 * ```
 */
export function judge(
  results: readonly CaseResult[],
  options: VerdictOptions = {},
): Verdict {
  const must = results.filter(({ level }) => level === "must");
  const isPartial = results.length < (options.total ?? results.length);
  const outcome = findOutcome(must, { ...options, isPartial });
  return {
    outcome,
    text: describeOutcome(outcome, must, options) +
      describePart(results, options),
    counts: count(results),
    exitCode: findExitCode(results, options),
  };
}

/** Counts the results by status. */
function count(results: readonly CaseResult[]): Record<Status, number> {
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, 0]),
  ) as Record<Status, number>;
  for (const { status } of results) counts[status]++;
  return counts;
}

function findOutcome(
  must: readonly CaseResult[],
  { cleanupError, isPartial }: VerdictOptions & { isPartial: boolean },
): Verdict["outcome"] {
  if (has(must, "fail", "expected-fail")) return "nonconformant";
  const isJudged = has(must, "pass", "unexpected-pass");
  if (!isJudged || has(must, "error") || cleanupError !== undefined) {
    return "not judged";
  }
  return isPartial || has(must, "unverified")
    ? "no violation found"
    : "conformant";
}

/** Which part of the cases a partial run was. */
function describePart(
  results: readonly CaseResult[],
  { total = results.length }: VerdictOptions,
): string {
  return results.length < total
    ? ` (a partial run: ${results.length} of ${total} cases)`
    : "";
}

function describeOutcome(
  outcome: Verdict["outcome"],
  must: readonly CaseResult[],
  { cleanupError }: VerdictOptions,
): string {
  const counts = count(must);
  if (outcome === "no violation found") {
    return counts.unverified === 0
      ? outcome
      : `${outcome}, ${cases(counts.unverified)} unverified`;
  }
  if (outcome === "nonconformant") {
    const failed = counts.fail + counts["expected-fail"];
    return `${outcome}, ${cases(failed)} failed`;
  }
  if (outcome === "conformant") return outcome;
  if (counts.error > 0) {
    return `${outcome}: the suite failed in ${cases(counts.error)}`;
  }
  return cleanupError === undefined
    ? `${outcome}: no must case ran`
    : `${outcome}: ${cleanupError}`;
}

function findExitCode(
  results: readonly CaseResult[],
  { level = "must", strict = false, cleanupError }: VerdictOptions,
): Verdict["exitCode"] {
  const must = results.filter(({ level }) => level === "must");
  const counted = level === "must" ? must : results;
  if (cleanupError !== undefined || has(counted, "error")) return 3;
  if (has(counted, "fail")) return 1;
  // Below a failure, which is certain whatever else is not.
  if (strict && has(counted, "unverified")) return 3;
  if (has(counted, "unexpected-pass")) return 4;
  return has(must, "pass", "expected-fail") ? 0 : 5;
}

function has(results: readonly CaseResult[], ...statuses: Status[]): boolean {
  return results.some(({ status }) => statuses.includes(status));
}

function cases(count: number): string {
  return count === 1 ? "1 must case" : `${count} must cases`;
}
