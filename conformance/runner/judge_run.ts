import { catalogue } from "../cases/catalogue.ts";
import type { CaseResult } from "../model/result.ts";
import {
  judge as judgeResults,
  type Verdict,
  type VerdictOptions,
} from "../model/verdict.ts";

/**
 * Judges a store by the results of a run.
 *
 * @example
 * ```ts
 * import { judge } from "@storekit/object-store/conformance";
 *
 * console.log(judge([]).text); // not judged: no must case ran (a partial run: …
 * ```
 *
 * @param results The results.
 * @param options What counts; `total` is by default the number of cases of the
 * catalogue, so that a run of some of them is never `conformant`. For cases of
 * your own give their number.
 * @returns The verdict.
 */
export function judge(
  results: readonly CaseResult[],
  options: VerdictOptions = {},
): Verdict {
  const { total = catalogue.length } = options;
  return judgeResults(results, { ...options, total });
}
