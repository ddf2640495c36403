import { applyBaseline, type Baseline } from "./runner/baseline.ts";
import type { Case } from "./model/case.ts";
import { catalogue } from "./cases/catalogue.ts";
import { defineHarness } from "./model/define_harness.ts";
import type { CommandHarness, Harness } from "./model/harness.ts";
import { findObstacle } from "./runner/obstacle.ts";
import { formatFailure } from "./report/failure.ts";
import { measureStore } from "./runner/measure_store.ts";
import { planRun } from "./runner/plan_run.ts";
import type { CaseResult, Level } from "./model/result.ts";
import { runCase } from "./runner/run_case.ts";
import { checkRunOptions, type RunOptions } from "./runner/run_options.ts";
import type { RunMemory } from "./runner/run_state.ts";
import { randomSeed } from "./runner/seed.ts";
import { isNamed, selectCases } from "./runner/select_cases.ts";
import { newMemory, openSession } from "./runner/session.ts";

/** Options of {@linkcode testObjectStore}. */
export interface TestOptions extends
  Pick<
    RunOptions,
    | "only"
    | "skip"
    | "seed"
    | "caseTimeoutMs"
    | "cases"
    | "casesModule"
    | "baseline"
  > {
  /**
   * Which failures fail their test: `must` only those that break the contract,
   * `should` also those that break a recommendation. Otherwise they are told
   * as an ignored step.
   *
   * @default {"must"}
   */
  readonly level?: Level;
  /** True if Deno looks for open resources and operations after each test. @default {true} */
  readonly sanitize?: boolean;
}

/**
 * Registers a `Deno.test` for each conformance case, named
 * `OVW-5 what it checks (clause 11)`, so that `deno test` with its filters and
 * reporters can run them. Each test stands alone, with a prefix and a clean-up
 * of its own.
 *
 * What cannot run with the harness is an ignored test, with the reason in its
 * name. What turns out to be unverified only when it runs cannot be ignored
 * any more: Deno counts the test as passed, but the test shows an ignored step
 * `unverified: …`, and so do a skip and a failure that the baseline expects.
 * A count of all statuses is what the conformance command gives.
 *
 * ERR-10, ERR-14 and ISO-3 judge what the tests before them have done; with a
 * filter that is less.
 *
 * @example
 * ```ts ignore
 * import harness from "./my_harness.ts";
 * testObjectStore(harness);
 * ```
 *
 * @param harness What opens the store.
 * @param options Which cases, and how.
 * @throws {TypeError} If the harness or an option is not right.
 */
export function testObjectStore(
  harness: Harness | CommandHarness,
  options: TestOptions = {},
): void {
  const { level, sanitize = true, ...runOptions } = options;
  defineHarness(harness);
  checkRunOptions(runOptions);
  const { baseline = [], cases = catalogue, seed = randomSeed() } = runOptions;
  const shared: Shared = {
    harness,
    options: { ...runOptions, seed },
    baseline,
    level: level ?? "must",
    leftovers: [],
    memory: undefined,
  };
  const phases = planRun(selectCases(cases, runOptions), 1);
  for (const c of phases.flatMap(({ cases }) => cases)) {
    const reason = findReasonToIgnore(harness, c, runOptions);
    const name = `${c.id} ${c.title} (clause ${c.clauses.join(", ")})`;
    Deno.test({
      name: reason === undefined ? name : `${name} [${reason}]`,
      ignore: reason !== undefined,
      sanitizeOps: sanitize,
      sanitizeResources: sanitize,
      fn: (t) => runTest(t, shared, c),
    });
  }
  globalThis.addEventListener("unload", () => tellLeftovers(shared));
}

interface Shared {
  readonly harness: Harness | CommandHarness;
  readonly options: RunOptions & { seed: string };
  readonly baseline: Baseline;
  readonly level: Level;
  readonly leftovers: string[];
  /** Begins with the first test. */
  memory: RunMemory | undefined;
}

function findReasonToIgnore(
  harness: Harness | CommandHarness,
  c: Case,
  options: RunOptions,
): string | undefined {
  // What a store in another language can do is known when its process has been asked.
  const obstacle = "command" in harness ? undefined : findObstacle(harness, c);
  if (obstacle !== undefined) return `${obstacle.status}: ${obstacle.message}`;
  return c.explicit && !isNamed(options, c.id)
    ? "skip: runs only when 'only' names it"
    : undefined;
}

async function runTest(
  t: Deno.TestContext,
  shared: Shared,
  c: Case,
): Promise<void> {
  const { harness, options, baseline } = shared;
  const isFirst = shared.memory === undefined;
  shared.memory ??= newMemory();
  const session = await openSession(harness, [c], options, shared.memory);
  const { cases = catalogue } = options;
  if (isFirst && cases === catalogue) {
    shared.memory.pace = await measureStore(session.run);
  }
  const result = applyBaseline(baseline, await runCase(session.run, c));
  const { leftovers, cleanupError } = await session.close();
  shared.leftovers.push(...leftovers);
  await tell(t, shared, result);
  if (cleanupError !== undefined) throw new Error(cleanupError);
}

async function tell(
  t: Deno.TestContext,
  { level, options: { seed } }: Shared,
  result: CaseResult,
): Promise<void> {
  const { id, status, reason, failure } = result;
  if (status === "pass") return;
  if (status === "unexpected-pass") {
    throw new Error(`${id} passes, so take it off the baseline: ${reason}`);
  }
  const isCounted = level === "should" || result.level === "must";
  if (status === "error" || (status === "fail" && isCounted)) {
    const repeat =
      `deno test --filter "${id} ", with testObjectStore(harness, { seed: "${seed}" })`;
    throw new Error(`\n${formatFailure(result, repeat)}`);
  }
  const why = reason ??
    `expected ${failure?.expected}, observed ${failure?.observed}`;
  await t.step({ name: `${status}: ${why}`, ignore: true, fn() {} });
}

function tellLeftovers({ leftovers, harness, options }: Shared): void {
  if (leftovers.length === 0 || harness.cleanup) return;
  console.warn(
    `The harness "${
      harness.name ?? "with a command"
    }" has no 'cleanup': ${leftovers.length} objects that it does not keep in 'ctx.directory' may still be there, with prefixes that begin with "conformance-${options.seed}-"`,
  );
}
