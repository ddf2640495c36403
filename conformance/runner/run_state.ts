import type { Case, SeenError, UnhandledError } from "../model/case.ts";
import type { Harness } from "../model/harness.ts";
import type { Manifest } from "./manifest.ts";
import type { GlobalsSnapshot } from "./watch/watch_globals.ts";

/** What the cases of one run share. */
export interface RunState {
  /** The harness. */
  readonly harness: Harness;
  /** What bytes and names derive from. */
  readonly seed: string;
  /** The prefix of everything in the store. */
  readonly prefix: string;
  /** The local directory of everything else. */
  readonly directory: string;
  /** The base URL of the back end, if the harness gives `upstream`: found once. */
  readonly findUpstream: (() => Promise<string>) | undefined;
  /** What was made. */
  readonly manifest: Manifest;
  /** The module with the cases, for child processes; `undefined` for the catalogue. */
  readonly casesModule: string | undefined;
  /** What a case's time is if it says nothing itself, in milliseconds. */
  readonly caseTimeoutMs: number | undefined;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** What the cases have seen so far. */
  readonly memory: RunMemory;
  /** The cases that run now, with what nobody handled meanwhile. */
  readonly running: Map<Case, unknown[]>;
  /** Whether a case runs that is told of what nobody handled, so that it need not be blamed on those that ran by chance. */
  readonly hasRejectionCase: boolean;
}

/** What a run remembers from case to case. */
export interface RunMemory {
  /** Every error with which an operation has rejected. */
  readonly errorsSeen: SeenError[];
  /** Every rejection that nobody handled. */
  readonly unhandled: UnhandledError[];
  /** What the process was like at the beginning. */
  readonly globals: GlobalsSnapshot;
}
