import { readFileSync } from "node:fs";
import { type Baseline, parseBaseline } from "../runner/baseline.ts";
import type { Case } from "../model/case.ts";
import { describeError } from "../checks/error_chain.ts";
import type { CommandHarness, Harness } from "../model/harness.ts";
import type { RunOptions } from "../runner/run_options.ts";
import { selectCases, type Selection } from "../runner/select_cases.ts";
import { guardExit } from "./exit_guard.ts";
import { type Interruption, listenForInterruption } from "./interruption.ts";
import { keepFailed, readFailed } from "./last_failures.ts";
import { findModule, loadHarness } from "./load_harness.ts";
import { print, printError } from "./output.ts";
import type { CliArguments } from "./parse_arguments.ts";
import { openReports } from "./reports.ts";
import { runReported } from "./run_reported.ts";
import { UsageError } from "./usage.ts";

const EXIT_NOTHING_RAN = 5;

/**
 * Runs the cases on a harness and writes the reports.
 *
 * @param path The harness's path or URL, or a command after `command:`.
 * @param args The command's arguments.
 * @param cases The cases.
 * @returns The exit code.
 * @throws {UsageError} If an argument or the harness is not right.
 */
export async function judgeHarness(
  path: string,
  args: CliArguments,
  cases: readonly Case[],
): Promise<number> {
  const baseline = readBaseline(args.baseline);
  const url = findModule(path);
  const selection = findSelection(url, args, cases);
  if (selection === undefined) {
    print("Nothing is known to have failed last time: run without --failed.\n");
    return EXIT_NOTHING_RAN;
  }
  const groups = countGroups(cases, selection);
  const running = new Set<string>();
  let interruption: Interruption | undefined;
  const guard = guardExit(() =>
    interruption?.exitCode === undefined ? describeRunning(running) : undefined
  );
  try {
    const harness = await loadHarness(path);
    const reports = openReports(args.reports, { durations: args.durations });
    interruption = listenForInterruption();
    tellLeftoversBefore(harness);
    const { results, exitCode } = await runReported({
      path,
      harness,
      options: {
        ...selection,
        ...makeOptions(args),
        cases,
        baseline,
        signal: interruption.signal,
      },
      groups,
      args,
      interruption,
      running,
      write: reports.write,
    });
    const problem = keepFailed(
      url,
      // The smoke check is none of the cases.
      results.filter(({ id }) => cases.some((c) => c.id === id)),
    );
    if (problem !== undefined) printError(`${problem}\n`);
    if (interruption.exitCode === undefined) reports.check();
    return exitCode;
  } finally {
    interruption?.stop();
    guard.stop();
  }
}

/** Says what goes on, for whoever ends the process meanwhile. */
function describeRunning(running: ReadonlySet<string>): string {
  return running.size === 0
    ? "while no case ran"
    : `while ${[...running].join(", ")} ran`;
}

/** Which cases run; `undefined` where it should be those that failed last time, and none did. */
function findSelection(
  url: string,
  { only, skip, failed }: CliArguments,
  cases: readonly Case[],
): Selection | undefined {
  if (!failed) return { ...(only && { only }), skip };
  const known = readFailed(url).filter((id) => cases.some((c) => c.id === id));
  if (known.length === 0) return undefined;
  if (only === undefined) return { only: known, skip };
  const wanted = new Set(selectFrom(cases, { only }).map(({ id }) => id));
  const both = known.filter((id) => wanted.has(id));
  return both.length === 0 ? undefined : { only: both, skip };
}

function makeOptions(
  { seed, jobs, timeout, smokeCheck }: CliArguments,
): RunOptions {
  return {
    smokeCheck,
    ...(seed === undefined ? {} : { seed }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(timeout === undefined ? {} : { caseTimeoutMs: timeout }),
  };
}

function readBaseline(path: string | undefined): Baseline {
  if (path === undefined) return [];
  try {
    return parseBaseline(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `Cannot use baseline "${path}": ${describeError(error).join(", by ")}`,
      { cause: error },
    );
  }
}

function countGroups(
  cases: readonly Case[],
  selection: Selection,
): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { id } of selectFrom(cases, selection)) {
    const group = id.replace(/-.*/, "");
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return groups;
}

function selectFrom(cases: readonly Case[], selection: Selection): Case[] {
  try {
    return selectCases(cases, selection);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** A run of everything uploads much, and the contract has no way to remove it. */
function tellLeftoversBefore(
  { cleanup, oracle }: Harness | CommandHarness,
): void {
  if (cleanup !== undefined) return;
  printError(
    oracle === undefined
      ? "The harness has no 'cleanup': objects that the store does not keep in the directory it is given stay, after a run of all cases some 0.8 GB.\n"
      : "The harness has no 'cleanup': the kit removes what it can with the oracle's 'delete'.\n",
  );
}
