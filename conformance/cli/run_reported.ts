import process from "node:process";
import type { Case } from "../model/case.ts";
import type { CommandHarness, Harness } from "../model/harness.ts";
import type { CaseResult } from "../model/result.ts";
import { judge, type Verdict } from "../model/verdict.ts";
import type { Report, RunInfo } from "../report/report.ts";
import { runConformance } from "../runner/run.ts";
import type { RunEvent, RunOptions } from "../runner/run_options.ts";
import { smokeCase } from "../runner/smoke_case.ts";
import type { Interruption } from "./interruption.ts";
import { printError } from "./output.ts";
import type { CliArguments } from "./parse_arguments.ts";
import { makeProgress } from "./progress.ts";
import { repeatCommand } from "./repeat_command.ts";
import { UsageError } from "./usage.ts";

/** A run that reports are written of. */
export interface ReportedRun {
  /** The harness's path or URL, as it was given. */
  readonly path: string;
  /** The harness. */
  readonly harness: Harness | CommandHarness;
  /** The run's options, `cases` among them. */
  readonly options: RunOptions & { readonly cases: readonly Case[] };
  /** The number of cases of each group. */
  readonly groups: ReadonlyMap<string, number>;
  /** The command's arguments. */
  readonly args: CliArguments;
  /** Signals that stop the run from outside. */
  readonly interruption: Interruption;
  /** The ids of the cases that run now; kept up to date. */
  readonly running: Set<string>;
  /** Writes what each report makes. */
  write(make: (report: Report) => string): void;
}

/**
 * Runs the cases, shows progress, and writes the reports.
 *
 * @returns What was found in the order of the catalogue, and the exit code.
 * @throws {UsageError} If an option is not right.
 */
export async function runReported(
  run: ReportedRun,
): Promise<{ results: readonly CaseResult[]; exitCode: number }> {
  const { path, harness, options, groups, args, interruption, write } = run;
  const { cases } = options;
  const start = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  const progress = makeProgress(groups, isTerminal, printError);
  const results: CaseResult[] = [];
  let end: Extract<RunEvent, { type: "end" }> | undefined;
  function onProgress(event: RunEvent): void {
    if (event.type === "start") run.running.add(event.id);
    if (event.type === "result") run.running.delete(event.result.id);
    progress.show(event);
    if (event.type === "end") end = event;
    if (event.type !== "begin") return;
    const { store, seed, prefix, count, jobs, pace } = event;
    const info: RunInfo = {
      store,
      harness: path,
      seed,
      prefix,
      count,
      isPartial: count < cases.length,
      pace,
      total: cases.length,
      jobs,
      repeat: (id) => repeatCommand(path, id, seed),
    };
    write((report) => report.begin(info));
  }
  let hasBailed = false;
  try {
    for await (
      const result of startRun(harness, { ...options, onProgress })
    ) {
      results.push(result);
      write((report) => report.result(result));
      hasBailed = args.bail && isCounted(result, args);
      if (hasBailed) break;
    }
  } catch (error) {
    if (error !== interruption.signal.reason) throw error;
  }
  const order = cases.map(({ id }) => id);
  results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const { cleanupError, leftovers = [], leftoverPlaces = [] } = end ?? {};
  const verdict = findVerdict(results, run, cleanupError);
  const summary = {
    results,
    verdict,
    leftovers,
    leftoverPlaces,
    cleanupError,
    isInterrupted: interruption.exitCode !== undefined,
    endedEarly: describeEarlyEnd(results, hasBailed),
    durationMs: Math.round(performance.now() - start),
  };
  write((report) => report.end(summary));
  return { results, exitCode: interruption.exitCode ?? verdict.exitCode };
}

/** True if a failure changes the exit code. */
function isCounted(
  { status, level: ofCase }: CaseResult,
  { level }: CliArguments,
): boolean {
  const isFailure = status === "fail" || status === "error";
  return isFailure && (ofCase === "must" || level === "should");
}

function findVerdict(
  results: readonly CaseResult[],
  { args: { level, strict }, options: { cases } }: ReportedRun,
  cleanupError: string | undefined,
): Verdict {
  const total = cases.length;
  const verdict = judge(results, { level, strict, cleanupError, total });
  if (!isSmoke(results)) return verdict;
  const text =
    `${verdict.outcome}: the smoke check failed, so none of the ${total} cases ran`;
  return { ...verdict, text };
}

function describeEarlyEnd(
  results: readonly CaseResult[],
  hasBailed: boolean,
): string | undefined {
  if (isSmoke(results)) {
    return "One round trip did not succeed, and every case needs more than that: mend it first, or run them all the same with --no-smoke.";
  }
  return hasBailed
    ? "Stopped at the first failure, as --bail says: the other cases were not run."
    : undefined;
}

function isSmoke(results: readonly CaseResult[]): boolean {
  return results.some(({ id }) => id === smokeCase.id);
}

function startRun(
  harness: Harness | CommandHarness,
  options: RunOptions,
): AsyncIterable<CaseResult> {
  try {
    return runConformance(harness, options);
  } catch (error) {
    // What it refuses at once are options, and they are the caller's.
    throw new UsageError((error as Error).message, { cause: error });
  }
}
