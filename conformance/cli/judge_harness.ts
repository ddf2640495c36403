import { readFileSync } from "node:fs";
import { type Baseline, parseBaseline } from "../runner/baseline.ts";
import type { Case } from "../model/case.ts";
import { describeError } from "../checks/error_chain.ts";
import type { Harness } from "../model/harness.ts";
import { makeHtmlReport } from "../report/html.ts";
import { makeJsonReport } from "../report/json.ts";
import { makeJunitReport } from "../report/junit.ts";
import { makeMarkdownReport } from "../report/markdown.ts";
import type { Report, RunInfo } from "../report/report.ts";
import { makeTextReport } from "../report/text.ts";
import type { CaseResult } from "../model/result.ts";
import { runConformance } from "../runner/run.ts";
import type { RunEvent, RunOptions } from "../runner/run_options.ts";
import { selectCases } from "../runner/select_cases.ts";
import { judge } from "../model/verdict.ts";
import { guardExit } from "./exit_guard.ts";
import { type Interruption, listenForInterruption } from "./interruption.ts";
import { loadHarness } from "./load_harness.ts";
import { openTarget, OutputError, printError } from "./output.ts";
import type { CliArguments, ReportTarget } from "./parse_arguments.ts";
import { makeProgress } from "./progress.ts";
import { repeatCommand } from "./repeat_command.ts";
import { UsageError } from "./usage.ts";

const MAKERS: Readonly<Record<ReportTarget["format"], () => Report>> = {
  text: makeTextReport,
  json: makeJsonReport,
  junit: makeJunitReport,
  markdown: makeMarkdownReport,
  html: makeHtmlReport,
};

/**
 * Runs the cases on a harness and writes the reports.
 *
 * @param path The harness's path or URL.
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
  const { only, skip } = args;
  const selection = { ...(only && { only }), skip };
  const baseline = readBaseline(args.baseline);
  const groups = countGroups(cases, selection);
  const running = new Set<string>();
  let interruption: Interruption | undefined;
  const guard = guardExit(() =>
    interruption?.exitCode === undefined ? describeRunning(running) : undefined
  );
  try {
    const harness = await loadHarness(path);
    interruption = listenForInterruption();
    const run = { path, harness, cases, baseline, groups, args };
    return await runOpened({ ...run, interruption, running });
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

interface OpenedRun extends Omit<ReportedRun, "options"> {
  baseline: Baseline;
}

async function runOpened({ baseline, ...run }: OpenedRun): Promise<number> {
  const { args, cases, interruption } = run;
  const { only, skip, seed, jobs, timeout } = args;
  const reports = args.reports.map((target) => ({
    report: MAKERS[target.format](),
    write: openTarget(target),
  }));
  const options: RunOptions = {
    ...(only && { only }),
    skip,
    cases,
    baseline,
    signal: interruption.signal,
    ...(seed === undefined ? {} : { seed }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(timeout === undefined ? {} : { caseTimeoutMs: timeout }),
  };
  // One that cannot be written does not keep the others from their end.
  const broken = new Map<unknown, OutputError>();
  const exitCode = await runReported({ ...run, options }, (make) => {
    for (const { report, write } of reports) {
      if (broken.has(report)) continue;
      try {
        write(make(report));
      } catch (error) {
        if (!(error instanceof OutputError)) throw error;
        broken.set(report, error);
      }
    }
  });
  if (broken.size === 0 || interruption.exitCode !== undefined) return exitCode;
  const messages = [...broken.values()].map(({ message }) => message);
  throw new OutputError(messages.join("\n"));
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
  selection: { only?: readonly string[]; skip: readonly string[] },
): Map<string, number> {
  const groups = new Map<string, number>();
  try {
    for (const { id } of selectCases(cases, selection)) {
      const group = id.replace(/-.*/, "");
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return groups;
}

interface ReportedRun {
  path: string;
  harness: Harness;
  cases: readonly Case[];
  options: RunOptions;
  groups: ReadonlyMap<string, number>;
  args: CliArguments;
  interruption: Interruption;
  /** The ids of the cases that run now; kept up to date. */
  running: Set<string>;
}

async function runReported(
  { path, harness, cases, options, groups, args, interruption, running }:
    ReportedRun,
  write: (make: (report: Report) => string) => void,
): Promise<number> {
  const isTerminal = Deno.stderr.isTerminal();
  const progress = makeProgress(groups, isTerminal, printError);
  const results: CaseResult[] = [];
  let end: Extract<RunEvent, { type: "end" }> | undefined;
  function onProgress(event: RunEvent): void {
    if (event.type === "start") running.add(event.id);
    if (event.type === "result") running.delete(event.result.id);
    progress.show(event);
    if (event.type === "end") end = event;
    if (event.type !== "begin") return;
    const { seed, prefix, count } = event;
    const info: RunInfo = {
      store: harness.name,
      seed,
      prefix,
      count,
      isPartial: count < cases.length,
      repeat: (id) => repeatCommand(path, id, seed),
    };
    write((report) => report.begin(info));
  }
  try {
    for await (
      const result of startRun(harness, { ...options, onProgress })
    ) {
      results.push(result);
      write((report) => report.result(result));
    }
  } catch (error) {
    if (error !== interruption.signal.reason) throw error;
  }
  const order = cases.map(({ id }) => id);
  results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const { cleanupError, leftovers = [] } = end ?? {};
  const { level, strict } = args;
  const verdict = judge(results, { level, strict, cleanupError });
  const isInterrupted = interruption.exitCode !== undefined;
  const summary = { results, verdict, leftovers, cleanupError, isInterrupted };
  write((report) => report.end(summary));
  return interruption.exitCode ?? verdict.exitCode;
}

function startRun(
  harness: Harness,
  options: RunOptions,
): AsyncIterable<CaseResult> {
  try {
    return runConformance(harness, options);
  } catch (error) {
    // What it refuses at once are options, and they are the caller's.
    throw new UsageError((error as Error).message, { cause: error });
  }
}
