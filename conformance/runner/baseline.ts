import type { CaseResult } from "../model/result.ts";

/** One case that is known to fail. */
export interface BaselineEntry {
  /** The case's id. */
  readonly id: string;
  /** The reason why it fails, such as the number of an issue. */
  readonly reason: string;
}

/** The cases that are known to fail. They still run. */
export type Baseline = readonly BaselineEntry[];

/**
 * Reads a baseline: a JSON array of `{ "id": …, "reason": … }`.
 *
 * @param text The file's text.
 * @throws {TypeError} If it is not such an array, a reason is missing, or an id is there twice.
 *
 * @example
 * ```ts
 * import { parseBaseline } from "@storekit/object-store/conformance";
 *
 * const baseline = parseBaseline(`[{ "id": "CON-5", "reason": "issue 12" }]`);
 * console.log(baseline[0]?.id); // CON-5
 * ```
 */
export function parseBaseline(text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TypeError("Cannot read baseline as it must be JSON", { cause });
  }
  checkBaseline(value);
  return value;
}

/** Throws a `TypeError` unless a value is a {@linkcode Baseline}. */
export function checkBaseline(value: unknown): asserts value is Baseline {
  if (!Array.isArray(value)) {
    throw new TypeError("Cannot read baseline as it must be an array");
  }
  const ids = new Set<string>();
  for (const [index, entry] of value.entries()) {
    for (const key of ["id", "reason"]) {
      const text = entry?.[key];
      if (typeof text !== "string" || text.trim() === "") {
        throw new TypeError(
          `Cannot read baseline as '${key}' of entry ${
            index + 1
          } must be a non-empty string: current value is ${
            JSON.stringify(text)
          }`,
        );
      }
    }
    if (ids.has(entry.id)) {
      throw new TypeError(
        `Cannot read baseline as "${entry.id}" is listed twice`,
      );
    }
    ids.add(entry.id);
  }
}

/**
 * A result as a baseline sees it: a listed failure is `expected-fail`, a listed pass is `unexpected-pass`.
 *
 * @example
 * ```ts
 * import { applyBaseline, type CaseResult } from "@storekit/object-store/conformance";
 *
 * export function countNew(results: CaseResult[]): number {
 *   const baseline = [{ id: "CON-5", reason: "issue 12" }];
 *   return results.map((result) => applyBaseline(baseline, result))
 *     .filter(({ status }) => status === "fail").length;
 * }
 * ```
 */
export function applyBaseline(
  baseline: Baseline,
  result: CaseResult,
): CaseResult {
  const entry = baseline.find(({ id }) => id === result.id);
  if (entry === undefined) return result;
  const { reason } = entry;
  if (result.status === "fail") {
    return { ...result, status: "expected-fail", reason };
  }
  if (result.status === "pass") {
    return { ...result, status: "unexpected-pass", reason };
  }
  return result;
}
