import type { CaseResult } from "../model/result.ts";
import { STATUSES } from "../model/verdict.ts";

/** Counts the results by status, as `11 pass, 1 fail`; statuses that do not occur are left out. */
export function formatCounts(results: readonly CaseResult[]): string {
  return STATUSES
    .map((status) => ({
      status,
      count: results.filter((result) => result.status === status).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`)
    .join(", ");
}
