import {
  OutputLines,
  TextTail,
} from "../../conformance/language/output_lines.ts";
import type { ReportRecord } from "../../conformance/report/json.ts";
import { makeSuiteCommand } from "../stores/run_suite.ts";
import type { PlannedRun, RunHeader } from "./run.ts";
import { parseResult, resultPath } from "./results.ts";

/** A process that was told to end gets so long for it. */
const END_MS = 10_000;
const TELL_MS = 30_000;

/** Options of {@linkcode judgeRun}. */
export interface JudgeOptions {
  /** Where results are kept. */
  readonly directory: string;
  /** What a result's header says of this machine and commit. */
  readonly facts: Pick<RunHeader, "commit" | "machine">;
  /** Environment variables for every harness. */
  readonly env: Readonly<Record<string, string>>;
  /** So long a run may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Shows how it goes. */
  tell(text: string): void;
}

/**
 * Runs the suite on one store and keeps the result: the whole one, or the reason why there is none.
 *
 * @returns The reason why there is no whole result, if there is none.
 * @throws The signal's reason, if it is aborted; then what was kept before stays.
 */
export async function judgeRun(
  run: PlannedRun,
  options: JudgeOptions,
): Promise<string | undefined> {
  const { directory, facts, signal } = options;
  const { id, service, store, kind } = run;
  const header: RunHeader = {
    ...{ type: "run", id, service, store, kind, ...facts },
    date: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    ...{ serviceVersion: "", clientVersion: "" },
  };
  const path = resultPath(directory, run);
  if (run.missing !== undefined) {
    await keep(path, { ...header, missing: run.missing }, []);
    return undefined;
  }
  try {
    await using started = await run.start();
    const { serviceVersion, clientVersion } = started;
    const lines = await runSuite(started, options);
    await keep(path, { ...header, serviceVersion, clientVersion }, lines);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const missing = error instanceof Error ? error.message : String(error);
    await keep(path, { ...header, missing }, []);
    return missing;
  }
}

/** Runs the suite and returns the lines of its JSON report. */
async function runSuite(
  { env, ...suite }: Awaited<ReturnType<PlannedRun["start"]>>,
  { env: shared, timeoutMs, signal, tell }: JudgeOptions,
): Promise<string[]> {
  signal.throwIfAborted();
  const child = makeSuiteCommand(
    { ...suite, env: { ...shared, ...env } },
    { stdout: "piped", stderr: "piped" },
  ).spawn();
  const limit = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, limit]);
  const kill = () => void end(child);
  stop.addEventListener("abort", kill);
  const count = new RunCount();
  const timer = setInterval(() => tell(count.text), TELL_MS);
  try {
    const errors = new TextTail();
    const [lines] = await Promise.all([
      readLines(child.stdout, count),
      readTail(child.stderr, errors),
    ]);
    const { code } = await child.status;
    signal.throwIfAborted();
    if (count.isWhole) return lines;
    const why = limit.aborted
      ? `it took more than ${Math.round(timeoutMs / 60_000)} min`
      : `code ${code}: ${errors.lines.slice(-3).join(" ")}`;
    throw new Error(`the suite has not come to its end (${why})`);
  } finally {
    clearInterval(timer);
    stop.removeEventListener("abort", kill);
    tell(count.text);
  }
}

/** Counts what a report says. */
class RunCount {
  #total = 0;
  #ended = 0;
  #failed = 0;
  /** True once the report has its last record, and nothing has stopped it before. */
  isWhole = false;

  add(line: string): void {
    const record: ReportRecord = JSON.parse(line);
    if (record.type === "begin") this.#total = record.count;
    if (record.type === "end") this.isWhole = !record.isInterrupted;
    if (record.type !== "result") return;
    this.#ended++;
    if (record.status === "fail" || record.status === "error") this.#failed++;
  }

  get text(): string {
    return `${this.#ended} of ${this.#total} cases, ${this.#failed} failed`;
  }
}

async function readLines(
  output: ReadableStream<Uint8Array>,
  count: RunCount,
): Promise<string[]> {
  const lines: string[] = [];
  const split = new OutputLines();
  for await (const piece of output) {
    for (const line of split.push(piece)) {
      lines.push(line);
      count.add(line);
    }
  }
  return lines;
}

async function readTail(
  output: ReadableStream<Uint8Array>,
  tail: TextTail,
): Promise<void> {
  for await (const piece of output) tail.push(piece);
}

/** Asks a process to end, and kills it where it does not. */
async function end(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
  try {
    child.kill("SIGTERM");
    await child.status;
  } catch {
    // It has ended in the meantime.
  } finally {
    clearTimeout(timer);
  }
}

/** Writes a result in one step, so that a file is whole. */
async function keep(
  path: string,
  header: RunHeader,
  lines: readonly string[],
): Promise<void> {
  const text = `${[JSON.stringify(header), ...lines].join("\n")}\n`;
  parseResult(text);
  await Deno.writeTextFile(`${path}.part`, text);
  await Deno.rename(`${path}.part`, path);
}
