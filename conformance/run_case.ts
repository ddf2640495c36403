import type { Case, SeenError } from "./case.ts";
import { CaseStop, failed } from "./case_stop.ts";
import { makeContext } from "./context.ts";
import { describeError } from "./error_chain.ts";
import { errorChain } from "./expect.ts";
import { findObstacle } from "./obstacle.ts";
import { describeCall } from "./recorder.ts";
import type { CaseResult } from "./result.ts";
import type { RunState } from "./run_state.ts";
import { countTicks, drainEventLoop } from "./ticks.ts";
import { findChangedGlobals, snapshotGlobals } from "./watch_globals.ts";
import { Workspace } from "./workspace.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const SETTLE_MS = 10_000;
/** After a failure nobody needs to be sure that the rest has settled. */
const SETTLE_AFTER_FAILURE_MS = 2_000;
const CLOSE_MS = 2_000;
const STACK_LINES = 6;

/** Runs one case in a fresh {@linkcode Workspace}, with the watchers around it. Never rejects. */
export async function runCase(run: RunState, c: Case): Promise<CaseResult> {
  const start = performance.now();
  const stop = findObstacle(run.harness, c) ?? await runWatched(run, c);
  return makeResult(run, c, stop, Math.round(performance.now() - start));
}

/** The result of a case that ended like this; without a stop it passed. */
export function makeResult(
  { seed }: Pick<RunState, "seed">,
  c: Case,
  stop: CaseStop | undefined,
  durationMs: number,
): CaseResult {
  const { id, title, clauses, level } = c;
  const status = stop?.status ?? "pass";
  return {
    id,
    group: id.replace(/-.*/, ""),
    title,
    clauses,
    level,
    status,
    ...(stop === undefined || status === "fail"
      ? {}
      : { reason: stop.message }),
    ...(stop?.failure === undefined ? {} : { failure: stop.failure }),
    durationMs,
    seed,
  };
}

async function runWatched(
  run: RunState,
  c: Case,
): Promise<CaseStop | undefined> {
  const workspace = new Workspace(run, c);
  const unhandled: unknown[] = [];
  const globals = c.exclusive ? snapshotGlobals() : undefined;
  run.running.set(c, unhandled);
  let stop: CaseStop | undefined;
  try {
    await workspace.prepare();
    stop = await runLimited(run, c, workspace);
    stop = await finish(c, workspace, stop);
    const changed = globals && findChangedGlobals(globals);
    stop = add(stop, changed && judgeGlobals(c, changed));
    stop = add(stop, judgeUnhandled(c, unhandled));
  } catch (error) {
    stop = suiteError("the suite failed", error);
  }
  try {
    await workspace.remove();
  } catch (error) {
    stop = add(stop, suiteError("cannot remove the case's directory", error));
  }
  run.running.delete(c);
  return stop;
}

async function runLimited(
  run: RunState,
  c: Case,
  workspace: Workspace,
): Promise<CaseStop | undefined> {
  const { recorder } = workspace;
  const limit = findTimeLimit(run, c);
  const ticks = countTicks(limit);
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  run.signal.addEventListener("abort", onAbort);
  if (run.signal.aborted) onAbort();

  let isOpen = false;
  async function runBody(): Promise<CaseStop | undefined> {
    try {
      const store = await workspace.open();
      isOpen = true;
      await c.run(makeContext(run, c, workspace, store));
    } catch (error) {
      return judgeThrown(c, error, recorder.findRejected(error));
    }
  }
  const stop = await Promise.race([
    runBody(),
    ticks.over.then(() => {
      const pending = recorder.pending.map(describeCall);
      return judgeTimeout(c, limit, pending, isOpen);
    }),
    aborted.promise.then(() => new CaseStop("error", "interrupted")),
  ]);
  ticks.stop();
  run.signal.removeEventListener("abort", onAbort);
  return stop;
}

/** The own time of a case is what it needs at least; the run's may be longer. */
function findTimeLimit({ caseTimeoutMs }: RunState, c: Case): number {
  if (caseTimeoutMs === undefined) return c.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return Math.max(c.timeoutMs ?? 0, caseTimeoutMs);
}

function judgeThrown(
  c: Case,
  error: unknown,
  rejected: SeenError | undefined,
): CaseStop {
  if (error instanceof CaseStop) return error;
  if (rejected === undefined) return suiteError("the case failed", error);
  return failed(c, {
    expected: `${describeCall(rejected)} succeeds`,
    observed: `it failed with ${describeError(error)[0]}`,
    evidence: [errorChain(error)],
  });
}

function judgeTimeout(
  c: Case,
  limit: number,
  pending: string[],
  isOpen: boolean,
): CaseStop {
  if (pending.length === 0) {
    const what = isOpen ? "the case" : "the harness's open()";
    return new CaseStop("error", `${what} took longer than ${limit} ms`);
  }
  return failed(c, {
    expected: `every operation of the case settles within ${limit} ms`,
    observed: `${pending.join(", ")} still pending`,
    evidence: [],
  });
}

/** Ends what the case has begun, and looks at what it leaves behind. */
async function finish(
  c: Case,
  workspace: Workspace,
  stop: CaseStop | undefined,
): Promise<CaseStop | undefined> {
  const { recorder, residue } = workspace;
  await workspace.stopChildren();
  const ms = stop === undefined ? SETTLE_MS : SETTLE_AFTER_FAILURE_MS;
  const hasSettled = await recorder.settle(ms);
  await drainEventLoop();
  if (!hasSettled) {
    const pending = recorder.pending.map(describeCall).join(", ");
    await recorder.close(CLOSE_MS);
    return add(
      stop,
      new CaseStop("error", `the case leaves ${pending} pending`),
    );
  }
  const before = await residue.find(c);
  await recorder.close(CLOSE_MS);
  await drainEventLoop();
  return add(stop, before ?? await residue.find(c));
}

function judgeGlobals(c: Case, changed: string[]): CaseStop | undefined {
  if (changed.length === 0) return undefined;
  return failed(c, {
    expected: "nothing that the whole process shares is changed",
    observed: changed.join(", "),
    clause: 29,
    evidence: [],
  });
}

function judgeUnhandled(c: Case, unhandled: unknown[]): CaseStop | undefined {
  if (unhandled.length === 0) return undefined;
  return failed(c, {
    expected: "every failure is told by the promise that the caller has",
    observed: `without anyone to handle it: ${
      unhandled.map((error) => describeError(error)[0]).join("; ")
    }`,
    clause: 23,
    hint: "a promise inside the store is neither awaited nor caught",
    evidence: unhandled.map((error) => ({
      title: "unhandled rejection or uncaught exception",
      lines: [...describeError(error), ...findStack(error)],
    })),
  });
}

/** What a watcher found goes before a pass, and below a failure. */
function add(
  stop: CaseStop | undefined,
  finding: CaseStop | undefined,
): CaseStop | undefined {
  if (finding === undefined) return stop;
  if (stop?.status === "error") return stop;
  if (stop?.failure === undefined) return finding;
  const { failure } = stop;
  const lines = [finding.message];
  return new CaseStop("fail", stop.message, {
    ...failure,
    evidence: [
      ...failure.evidence,
      { title: "besides", lines },
      ...finding.failure?.evidence ?? [],
    ],
  });
}

function suiteError(what: string, error: unknown): CaseStop {
  const [at = ""] = findStack(error);
  return new CaseStop(
    "error",
    `${what}: ${describeError(error).join(", by ")} ${at}`.trimEnd(),
  );
}

/** Where an error was made, innermost first. */
function findStack(error: unknown): string[] {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return stack.split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("at ")).slice(0, STACK_LINES);
}
