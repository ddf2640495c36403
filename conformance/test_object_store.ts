import process from "node:process";
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
  /**
   * Registers each test with another runner than Deno's: `node:test`, `bun:test` or Vitest.
   *
   * @default {Deno.test}
   */
  readonly register?: (test: ConformanceTest) => void;
}

/** A test of one case, for {@linkcode TestOptions.register}. */
export interface ConformanceTest {
  /** Id, title and clauses of the case, and why it is ignored, if it is. */
  readonly name: string;
  /** True if the case cannot run with the harness. */
  readonly ignore: boolean;
  /** Milliseconds after which a runner may take the test for hanging: the case itself ends before. */
  readonly timeout: number;
  /**
   * Runs the case.
   *
   * @returns Nothing for a case that passed, otherwise why it says nothing: it is unverified, skipped,
   * or a failure that does not count.
   * @throws {Error} If the case fails, with all that is known of it.
   */
  run(): Promise<string | undefined>;
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
 * @example With `node:test`
 * ```ts ignore
 * import { test } from "node:test";
 * import harness from "./my_harness.js";
 *
 * testObjectStore(harness, {
 *   register: ({ name, ignore, timeout, run }) =>
 *     test(name, { skip: ignore, timeout }, async (t) => {
 *       const reason = await run();
 *       if (reason !== undefined) t.skip(reason);
 *     }),
 * });
 * ```
 *
 * @example With `bun:test` or Vitest
 * ```ts ignore
 * import { test } from "bun:test";
 * import harness from "./my_harness.js";
 *
 * testObjectStore(harness, {
 *   register: ({ name, ignore, timeout, run }) =>
 *     (ignore ? test.skip : test)(name, async () => void await run(), timeout),
 * });
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
  const { level, sanitize = true, register, ...runOptions } = options;
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
  const { caseTimeoutMs = LONGEST } = runOptions;
  const phases = planRun(selectCases(cases, runOptions), 1);
  for (const c of phases.flatMap(({ cases }) => cases)) {
    const reason = findReasonToIgnore(harness, c, runOptions);
    const name = `${c.id} ${c.title} (clause ${c.clauses.join(", ")})`;
    const test: ConformanceTest = {
      name: reason === undefined ? name : `${name} [${reason}]`,
      ignore: reason !== undefined,
      timeout: 2 * Math.max(c.timeoutMs ?? 0, caseTimeoutMs),
      run: () => runTest(shared, c),
    };
    if (register) register(test);
    else registerInDeno(test, sanitize);
  }
  // `deno test` tells its modules of its end by this event only.
  if ("Deno" in globalThis) {
    globalThis.addEventListener("unload", () => tellLeftovers(shared));
  } else process.once("exit", () => tellLeftovers(shared));
}

/** Milliseconds that a runner allows for a case without a time limit of its own. */
const LONGEST = 300_000;

function registerInDeno(
  { name, ignore, run }: ConformanceTest,
  sanitize: boolean,
): void {
  Deno.test({
    name,
    ignore,
    sanitizeOps: sanitize,
    sanitizeResources: sanitize,
    async fn(t) {
      const reason = await run();
      if (reason === undefined) return;
      await t.step({ name: reason, ignore: true, fn() {} });
    },
  });
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

/** Runs a case, and tells why it says nothing, if it does not. */
async function runTest(
  shared: Shared,
  c: Case,
): Promise<string | undefined> {
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
  const reason = judgeTest(shared, result);
  if (cleanupError !== undefined) throw new Error(cleanupError);
  return reason;
}

function judgeTest(
  { level, options: { seed } }: Shared,
  result: CaseResult,
): string | undefined {
  const { id, status, reason, failure } = result;
  if (status === "pass") return undefined;
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
  return `${status}: ${why}`;
}

function tellLeftovers({ leftovers, harness, options }: Shared): void {
  if (leftovers.length === 0 || harness.cleanup) return;
  console.warn(
    `The harness "${
      harness.name ?? "with a command"
    }" has no 'cleanup': ${leftovers.length} objects that it does not keep in 'ctx.directory' may still be there, with prefixes that begin with "conformance-${options.seed}-"`,
  );
}
