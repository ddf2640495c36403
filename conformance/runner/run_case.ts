import type { Case } from "../model/case.ts";
import {
  addFinding,
  addOutput,
  addWire,
  excuseRefused,
  excuseSilence,
  judgeFaults,
  judgeGlobals,
  judgeThrown,
  judgeTimeout,
  judgeUnhandled,
  OverloadedStop,
  suiteError,
  tooSlow,
} from "./case_findings.ts";
import { CaseStop } from "../model/case_stop.ts";
import { makeContext } from "./context.ts";
import { findObstacle } from "./obstacle.ts";
import { describeCall } from "./watch/recorder.ts";
import type { CaseResult } from "../model/result.ts";
import type { RunState } from "./run_state.ts";
import { overlap } from "../checks/spans.ts";
import { currentMovement } from "../checks/movement.ts";
import { drainEventLoop } from "../checks/ticks.ts";
import { findChangedGlobals, snapshotGlobals } from "./watch/watch_globals.ts";
import { currentCase } from "./watch/watch_rejections.ts";
import { Workspace } from "./workspace.ts";

const SETTLE_MS = 10_000;
/** After a failure nobody needs to be sure that the rest has settled. */
const SETTLE_AFTER_FAILURE_MS = 2_000;
const CLOSE_MS = 2_000;

/** Runs one case in a fresh {@linkcode Workspace}, with the watchers around it. Never rejects. */
export async function runCase(run: RunState, c: Case): Promise<CaseResult> {
  const start = performance.now();
  const { harness, running } = run;
  const isForeign = run.pool !== undefined;
  const stop = findObstacle(harness, c, isForeign, run.memory.methods) ??
    await currentCase.run({ case: c, running }, () => runTwice(run, c));
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

/** Tries a case again that has met a machine too loaded to judge it. */
async function runTwice(
  run: RunState,
  c: Case,
): Promise<CaseStop | undefined> {
  const stop = await runWatched(run, c, new Workspace(run, c));
  if (!(stop instanceof OverloadedStop) || run.signal.aborted) return stop;
  const label = `${c.id.toLowerCase()}-again`;
  return await runWatched(run, c, new Workspace(run, c, label));
}

async function runWatched(
  run: RunState,
  c: Case,
  workspace: Workspace,
): Promise<CaseStop | undefined> {
  const unhandled: unknown[] = [];
  const globals = c.exclusive ? snapshotGlobals() : undefined;
  run.running.set(c, unhandled);
  let stop: CaseStop | undefined;
  try {
    await workspace.prepare();
    stop = await runLimited(run, c, workspace);
    stop = await finish(c, workspace, stop);
    stop = await finishWire(workspace, stop);
    // What is found now, as in closing the stores, leaves what was found before as it is.
    stop ??= workspace.lease?.problem;
    stop = addOutput(stop, workspace.lease?.process?.errors ?? []);
    const changed = globals && findChangedGlobals(globals);
    stop = addFinding(stop, changed && judgeGlobals(c, changed));
    stop = addFinding(stop, judgeUnhandled(c, unhandled));
    stop = excuseOverload(run, workspace, stop);
  } catch (error) {
    stop = suiteError("the suite failed", error);
  }
  try {
    await workspace.lease?.end();
    await workspace.wire?.close();
    await workspace.remove();
  } catch (error) {
    stop = addFinding(
      stop,
      suiteError("cannot remove the case's directory", error),
    );
  }
  run.running.delete(c);
  return stop;
}

async function runLimited(
  run: RunState,
  c: Case,
  workspace: Workspace,
): Promise<CaseStop | undefined> {
  const { recorder, patience } = workspace;
  const { movement, quietMs } = patience;
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  run.signal.addEventListener("abort", onAbort);
  if (run.signal.aborted) onAbort();

  let isOpen = false;
  async function runBody(): Promise<CaseStop | undefined> {
    try {
      await workspace.openWire();
      const store = await workspace.open();
      isOpen = true;
      await c.run(makeContext(run, c, workspace, store));
      return workspace.lease?.problem;
    } catch (error) {
      // A case that goes on after a crash blames the store for what it cannot know.
      if (workspace.lease?.problem) return workspace.lease.problem;
      return judgeThrown(c, error, recorder.findRejected(error));
    }
  }
  const ended = Promise.race([
    currentMovement.run(movement, runBody),
    ...(workspace.lease ? [workspace.lease.stopped] : []),
    aborted.promise.then(() => new CaseStop("error", "interrupted")),
  ]);
  const how = await patience.settlesWhileMoving(ended, quietMs);
  run.signal.removeEventListener("abort", onAbort);
  if (how === "settled") return await ended;
  const pending = recorder.pending.map(describeCall);
  return how === "slow"
    ? tooSlow(pending)
    : judgeTimeout(c, patience.scale(quietMs), pending, isOpen);
}

/** Ends what the case has begun, and looks at what it leaves behind. */
async function finish(
  c: Case,
  workspace: Workspace,
  stop: CaseStop | undefined,
): Promise<CaseStop | undefined> {
  const { recorder, residue, wire, lease, patience } = workspace;
  patience.endWaits();
  await workspace.stopChildren();
  wire?.stopFaults();
  // A process that had to be ended could not clean up after itself.
  if (lease?.problem !== undefined) return stop ?? lease.problem;
  const hasSettled = stop === undefined
    ? await patience.settlesWhileMoving(recorder.settled(), SETTLE_MS) ===
      "settled"
    : await recorder.settle(SETTLE_AFTER_FAILURE_MS);
  await drainEventLoop();
  if (!hasSettled) {
    const pending = recorder.pending.map(describeCall).join(", ");
    await recorder.close(CLOSE_MS);
    return addFinding(
      stop,
      new CaseStop("error", `the case leaves ${pending} pending`),
    );
  }
  const before = await residue.find(c);
  await recorder.close(CLOSE_MS);
  await drainEventLoop();
  return addFinding(stop, before ?? await residue.find(c));
}

/** Closes the proxy. A case that counts on a fault that never fired has checked nothing. */
async function finishWire(
  { wire, transientErrors }: Workspace,
  stop: CaseStop | undefined,
): Promise<CaseStop | undefined> {
  if (wire === undefined) return stop;
  await wire.close();
  await drainEventLoop();
  const { failed, unfired } = wire.findProblems();
  const problems = stop === undefined ? [...failed, ...unfired] : failed;
  const refusals = wire.findRefusals();
  const judged = excuseRefused(stop, refusals, transientErrors.length);
  return addFinding(addWire(judged, wire.describe()), judgeFaults(problems));
}

function excuseOverload(
  { harness, lateness }: RunState,
  { wire, transientErrors }: Workspace,
  stop: CaseStop | undefined,
): CaseStop | undefined {
  // What has failed under a fault is what the case is about.
  const { faultTimes = [] } = wire ?? {};
  const undisturbed = transientErrors.filter((operation) =>
    !faultTimes.some((fault) => overlap(fault, operation))
  );
  return excuseSilence(
    stop,
    undisturbed,
    [...wire?.silences ?? [], ...lateness.spans],
    harness.limits?.stallTimeoutMs,
  );
}
