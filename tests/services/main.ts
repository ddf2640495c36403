/**
 * Runs the conformance suite on every service that is here, with every store that speaks to it, and
 * writes which clause of the contract each keeps: `deno task services`. A page as HTML and Markdown,
 * and its picture.
 *
 * Results are kept in `results/` beside this file, so that the page can be made anew, one store can
 * be judged again, and a run that was interrupted goes on.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fromFileUrl } from "@std/path";
import { describeMachine } from "../../bench/report/report.ts";
import {
  type Interruption,
  listenForInterruption,
} from "../../conformance/cli/interruption.ts";
import { mountDevices } from "../stores/devices.ts";
import { judgeRun } from "./judge_run.ts";
import { planRuns, sortRuns } from "./planned_runs.ts";
import { type JudgedRun, readResults, toUnmade } from "./results.ts";
import type { PlannedRun } from "./run.ts";
import { writePages } from "./write_pages.ts";

const RESULTS = fromFileUrl(new URL("./results/", import.meta.url));
const PAGES = fromFileUrl(new URL("./", import.meta.url));
const HELP = `Usage: deno task services [options]

Runs the conformance suite on every service that is here, with every store that speaks to it, and
writes CLAUSES_BY_SERVICE.md, clauses_by_service.html and clauses_by_service.svg.

  --only=minio/*   only these runs, by id or glob; repeatable. The page has the kept others, too
  --resume         only runs of which no whole result is kept
  --from=<folder>  judge nothing: make the page from the results in that folder
  --to=<folder>    where the page is written; default: beside this program
  --timeout=20     after so many minutes a run is given up
  --list           print the runs and why some cannot be made here, and exit
  --help           this text

Results are kept in ${RESULTS}

Exit codes: 0 all runs came to their end, and no bundled store breaks a clause; 1 one does;
2 wrong options; 3 a run did not come to its end; 130 interrupted.`;

interface Options {
  readonly only: readonly string[];
  readonly isResumed: boolean;
  readonly from: string | undefined;
  readonly to: string;
  readonly timeoutMs: number;
  readonly isList: boolean;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  let runs: PlannedRun[];
  try {
    options = readOptions(args);
    runs = options === undefined ? [] : await chooseRuns(options);
  } catch (error) {
    console.error(`Cannot judge services: ${(error as Error).message}`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  if (options.isList) {
    for (const { id, missing } of runs) {
      console.log(
        missing === undefined ? id : `${id}: not here, as ${missing}`,
      );
    }
    return 0;
  }
  const isWhole = options.from !== undefined ||
    await judgeAll(runs, options);
  if (isWhole === undefined) return 130;
  const kept = await readResults(options.from ?? RESULTS);
  const judged = sortRuns([...kept, ...toUnmade(await planRuns(), kept)]);
  await writePages(judged, options.to);
  console.log(`Written to ${options.to}`);
  return tellDefects(judged) ? 1 : isWhole ? 0 : 3;
}

/** Reads the arguments; `undefined` where help is asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      resume: { type: "boolean", default: false },
      from: { type: "string" },
      to: { type: "string", default: PAGES },
      timeout: { type: "string", default: "20" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const minutes = Number(values.timeout);
  if (!(minutes > 0)) {
    throw new TypeError(
      `'--timeout' must be a positive number of minutes: current value is "${values.timeout}"`,
    );
  }
  return {
    only: values.only.flatMap((text) => text.split(",")),
    isResumed: values.resume,
    from: values.from,
    to: values.to,
    timeoutMs: minutes * 60_000,
    isList: values.list,
  };
}

async function chooseRuns({ only, isResumed }: Options): Promise<PlannedRun[]> {
  const all = await planRuns();
  const globs = only.map((glob) => ({
    glob,
    regExp: new RegExp(`^${glob.split("*").map(RegExp.escape).join(".*")}$`),
  }));
  for (const { glob, regExp } of globs) {
    if (all.some(({ id }) => regExp.test(id))) continue;
    throw new TypeError(
      `'--only' matches no run: current value is "${glob}", and --list prints them`,
    );
  }
  await Deno.mkdir(RESULTS, { recursive: true });
  const done = isResumed ? await readResults(RESULTS) : [];
  return all.filter(({ id }) =>
    (globs.length === 0 || globs.some(({ regExp }) => regExp.test(id))) &&
    !done.some((run) => run.id === id && run.missing === undefined)
  );
}

/**
 * Judges one run after the other.
 *
 * @returns True if each came to its end, `undefined` if that was interrupted.
 */
async function judgeAll(
  runs: readonly PlannedRun[],
  { timeoutMs }: Options,
): Promise<boolean | undefined> {
  const interruption = listenForInterruption();
  try {
    await using devices = await mountDevices();
    const facts = { commit: await readCommit(), machine: describeMachine() };
    let isWhole = true;
    for (const [index, run] of runs.entries()) {
      const begin = performance.now();
      const place = `[${index + 1}/${runs.length}] ${run.id}`;
      const tell = (text: string) => {
        const seconds = Math.round((performance.now() - begin) / 1000);
        console.log(`${place}: ${text}, ${seconds} s`);
      };
      const missing = await judgeRun(run, {
        directory: RESULTS,
        ...{ facts, env: devices.env, timeoutMs, tell },
        signal: interruption.signal,
      });
      if (run.missing !== undefined) tell(`not here, as ${run.missing}`);
      if (missing === undefined) continue;
      isWhole = false;
      tell(missing);
    }
    return isWhole;
  } catch (error) {
    if (!isInterrupted(interruption, error)) throw error;
    console.error("Interrupted: 'deno task services --resume' goes on");
    return undefined;
  } finally {
    interruption.stop();
  }
}

function isInterrupted({ signal }: Interruption, error: unknown): boolean {
  return signal.aborted && error === signal.reason;
}

/** Tells which bundled store breaks which clause: that is a defect of ours, or of the kit. */
function tellDefects(runs: readonly JudgedRun[]): boolean {
  let isAny = false;
  for (const { id, kind, cells } of runs) {
    if (kind !== "bundled") continue;
    for (const { clause, state, failures } of cells) {
      if (state !== "broken") continue;
      isAny = true;
      const ids = failures.map(({ id }) => id).join(", ");
      console.error(`${id} breaks clause ${clause}: ${ids}`);
    }
  }
  return isAny;
}

async function readCommit(): Promise<string> {
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", {
      args,
      cwd: new URL("../../", import.meta.url),
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const commit = await git("rev-parse", "--short", "HEAD");
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  return changed === "" ? commit : `${commit}, changed`;
}
