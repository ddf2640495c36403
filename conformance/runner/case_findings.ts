import type { Case, SeenError } from "../model/case.ts";
import { CaseStop, failed } from "../model/case_stop.ts";
import { describeError } from "../checks/error_chain.ts";
import { errorChain } from "../checks/expect.ts";
import { mostCovered, type Span } from "../checks/spans.ts";
import { describeCall } from "./watch/recorder.ts";

const STACK_LINES = 6;
/** As long waits for a silent service at least who says nothing of it, and no service of a machine that is not loaded is silent for so long. */
const ASSUMED_STALL_MS = 1_000;
/** A store's timer begins before its request is there, and on a loaded machine long before: of its time this share is enough. */
const SEEN = 0.75;
const WIRE_TITLE = "requests on the wire";

/** Judges what a case has thrown; `rejected` if an operation of the store rejected with it. */
export function judgeThrown(
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

/** Judges a case in which nothing has moved for so long: the store's fault if an operation is pending. */
export function judgeTimeout(
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
    expected:
      `every operation of the case settles, or something moves within ${limit} ms`,
    observed: `${
      pending.join(", ")
    } still pending, and no byte, file or call has moved`,
    clause: pending.every((call) => call.startsWith("close(")) ? 28 : 27,
    hint: "it hangs: a timeout is missing, or a promise that nobody settles",
    evidence: [],
  });
}

/** Ends a case that is not over although things move. No clause promises speed, so it says nothing about the store. */
export function tooSlow(pending: readonly string[]): CaseStop {
  const what = pending.length === 0 ? "" : ` (${pending.join(", ")})`;
  return new CaseStop(
    "error",
    `too slow to be judged here, although something still moves${what}: raise '--timeout' (caseTimeoutMs), or give smaller 'limits'`,
  );
}

/** Judges a change of something that the whole process shares. */
export function judgeGlobals(c: Case, changed: string[]): CaseStop | undefined {
  if (changed.length === 0) return undefined;
  return failed(c, {
    expected: "nothing that the whole process shares is changed",
    observed: changed.join(", "),
    clause: 29,
    evidence: [],
  });
}

/** Judges rejections that nobody handled. */
export function judgeUnhandled(
  c: Case,
  unhandled: unknown[],
): CaseStop | undefined {
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

/** Adds what a watcher found: it goes before a pass, and below a failure. */
export function addFinding(
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

/** Judges faults that did not do what the case counts on. */
export function judgeFaults(problems: readonly string[]): CaseStop | undefined {
  if (problems.length === 0) return undefined;
  return new CaseStop("error", problems.join("; "));
}

/**
 * A case fails for what the service has done if that has left requests without
 * an answer, no fault was in force for them, and an operation has said so: a
 * transient failure is what the contract wants then.
 *
 * @param stop How the case ended.
 * @param refusals The requests without an answer, in words.
 * @param transient How many operations have rejected as transient.
 */
export function excuseRefused(
  stop: CaseStop | undefined,
  refusals: readonly string[],
  transient: number,
): CaseStop | undefined {
  if (stop?.status !== "fail" || transient === 0) return stop;
  const [first] = refusals;
  if (first === undefined) return stop;
  return new CaseStop(
    "error",
    `the service left ${refusals.length} requests without an answer while the proxy did nothing, so the case says nothing about the store: ${first}; it saw: ${stop.message}`,
  );
}

/** The stop of a case that says nothing about its store, as the machine was too loaded for it: it is worth another try. */
export class OverloadedStop extends CaseStop {
  /** @param silentMs How long nothing came in the time for which the store waits. @param saw What the case said. */
  constructor(silentMs: number, saw: string) {
    super(
      "unverified",
      `the machine was too loaded: nothing came from the service for ${
        Math.round(silentMs)
      } ms while an operation ran that gave up then, and no fault was injected; the case saw: ${saw}`,
    );
  }
}

/**
 * A case that is not about faults does not fail for a store that gives up a
 * service which was silent for as long as that store waits: what it rejects
 * with is what the contract wants then.
 *
 * @param stop How the case ended.
 * @param transient From when to when each operation has run that has rejected as transient.
 * @param silences When the service, or the whole process, was silent.
 * @param stallMs How long the store waits for a silent service. @default {1000}
 */
export function excuseSilence(
  stop: CaseStop | undefined,
  transient: readonly Span[],
  silences: readonly Span[],
  stallMs: number = ASSUMED_STALL_MS,
): CaseStop | undefined {
  if (stop?.status !== "fail") return stop;
  const silentMs = Math.max(
    0,
    ...transient.map((operation) => mostCovered(silences, operation, stallMs)),
  );
  if (silentMs < stallMs * SEEN) return stop;
  return new OverloadedStop(silentMs, stop.message);
}

/** Adds what passed on the wire to a failure, unless the case has done so. */
export function addWire(
  stop: CaseStop | undefined,
  lines: readonly string[],
): CaseStop | undefined {
  if (stop?.failure === undefined || lines.length === 0) return stop;
  const { failure } = stop;
  if (failure.evidence.some(({ title }) => title === WIRE_TITLE)) return stop;
  const evidence = [...failure.evidence, { title: WIRE_TITLE, lines }];
  return new CaseStop("fail", stop.message, { ...failure, evidence });
}

/** Adds to a failure what the store's process has written to its standard error. */
export function addOutput(
  stop: CaseStop | undefined,
  lines: readonly string[],
): CaseStop | undefined {
  if (stop?.failure === undefined || lines.length === 0) return stop;
  const title = "standard error of the store's process";
  const evidence = [...stop.failure.evidence, { title, lines }];
  return new CaseStop("fail", stop.message, { ...stop.failure, evidence });
}

/** The stop of a case in which the suite, or its harness, failed. */
export function suiteError(what: string, error: unknown): CaseStop {
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
