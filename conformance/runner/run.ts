import { applyBaseline } from "./baseline.ts";
import type { Case } from "../model/case.ts";
import { CaseStop } from "../model/case_stop.ts";
import { catalogue } from "../cases/catalogue.ts";
import { defineHarness } from "../model/define_harness.ts";
import type { CommandHarness, Harness } from "../model/harness.ts";
import type { CaseResult } from "../model/result.ts";
import { measureStore } from "./measure_store.ts";
import { makeResult, runCase } from "./run_case.ts";
import {
  checkRunOptions,
  type RunEvent,
  type RunOptions,
} from "./run_options.ts";
import { planRun } from "./plan_run.ts";
import { isNamed, selectCases } from "./select_cases.ts";
import { openSession } from "./session.ts";
import { smokeCase } from "./smoke_case.ts";
import { mapConcurrently } from "../checks/map_concurrently.ts";

/**
 * Runs the conformance cases on the stores of a harness, and yields the
 * result of each as it ends: first the cases that can run side by side, then
 * those that want the process for themselves, last those that judge the whole
 * run. Whatever happens, the run cleans up before it ends.
 *
 * @example
 * ```ts ignore
 * for await (const { id, status } of runConformance(harness)) {
 *   console.log(id, status);
 * }
 * ```
 *
 * @param harness What opens the store.
 * @param options Which cases, and how.
 * @returns The results. A second iteration is another run. Of a harness with a command that does not start, or does not speak the line protocol, the iteration rejects with a `CommandError`.
 * @throws {TypeError} If the harness or an option is not right.
 */
export function runConformance(
  harness: Harness | CommandHarness,
  options: RunOptions = {},
): AsyncIterable<CaseResult> {
  defineHarness(harness);
  checkRunOptions(options);
  const cases = options.cases ?? catalogue;
  checkBaselineIds(cases, options);
  const selected = selectCases(cases, options);
  return {
    [Symbol.asyncIterator]: () => iterate(harness, selected, options),
  };
}

/** A wrong id would make an entry that is never stale. */
function checkBaselineIds(
  cases: readonly Case[],
  { baseline = [] }: RunOptions,
): void {
  for (const { id } of baseline) {
    if (cases.some((c) => c.id === id)) continue;
    throw new TypeError(`Cannot read baseline as there is no case "${id}"`);
  }
}

async function* iterate(
  harness: Harness | CommandHarness,
  selected: readonly Case[],
  options: RunOptions,
): AsyncGenerator<CaseResult> {
  const { baseline = [], jobs = chooseJobs(), signal } = options;
  const tell = (event: RunEvent) => options.onProgress?.(event);
  signal?.throwIfAborted();

  const session = await openSession(harness, selected, options);
  const { run } = session;
  // Cases of one's own know what they ask of their store.
  const { cases = catalogue, measure = cases === catalogue } = options;
  async function runOne(c: Case): Promise<CaseResult> {
    tell({ type: "start", id: c.id });
    const result = c.explicit && !isNamed(options, c.id)
      ? makeResult(run, c, new CaseStop("skip", NOT_NAMED), 0)
      : await runCase(run, c);
    return applyBaseline(baseline, result);
  }
  try {
    const { seed, prefix, memory } = run;
    const { name: store } = run.harness;
    if (measure) memory.pace = await measureStore(run);
    tell({
      type: "begin",
      store,
      seed,
      prefix,
      count: selected.length,
      jobs,
      ...(memory.pace && { pace: memory.pace }),
    });
    if (options.smokeCheck) {
      const result = await runCase(run, smokeCase);
      signal?.throwIfAborted();
      if (result.status !== "pass") {
        tell({ type: "result", result });
        yield result;
        return;
      }
    }
    for (const { cases, jobs: atOnce } of planRun(selected, jobs)) {
      for await (const result of mapConcurrently(cases, runOne, atOnce)) {
        // A case that was interrupted says nothing.
        signal?.throwIfAborted();
        tell({ type: "result", result });
        yield result;
      }
    }
    signal?.throwIfAborted();
  } finally {
    tell({ type: "end", ...await session.close() });
  }
}

const NOT_NAMED = "runs only when 'only' names it";

function chooseJobs(): number {
  return Math.max(1, Math.min(4, navigator.hardwareConcurrency));
}
