import type { Case, SeenError, UnhandledError } from "../model/case.ts";
import type { Harness } from "../model/harness.ts";
import type { StorePool } from "../language/store_pool.ts";
import type { Manifest } from "./manifest.ts";
import type { StorePace } from "../model/pace.ts";
import type { Lateness } from "./watch/lateness.ts";
import type { GlobalsSnapshot } from "./watch/watch_globals.ts";

/** The state that the cases of one run share. */
export interface RunState {
  /** The harness. */
  readonly harness: Harness;
  /** The processes of a store in another language, if it is one. */
  readonly pool: StorePool | undefined;
  /** The seed that bytes and names derive from. */
  readonly seed: string;
  /** The prefix of everything in the store. */
  readonly prefix: string;
  /** The local directory of everything else. */
  readonly directory: string;
  /** The base URL of the back end, if the harness gives `upstream`: found once. */
  readonly findUpstream: (() => Promise<string>) | undefined;
  /** The list of what was made. */
  readonly manifest: Manifest;
  /** The module with the cases, for child processes; `undefined` for the catalogue. */
  readonly casesModule: string | undefined;
  /** Milliseconds of a case that says nothing itself. */
  readonly caseTimeoutMs: number | undefined;
  /** The times in which this process was not run. */
  readonly lateness: Lateness;
  /** Stops the run. */
  readonly signal: AbortSignal;
  /** The observations of the cases so far. */
  readonly memory: RunMemory;
  /** The cases that run now, with what nobody handled meanwhile. */
  readonly running: Map<Case, unknown[]>;
  /** True if a case runs that is told of what nobody handled, so that it need not be blamed on those that ran by chance. */
  readonly hasRejectionCase: boolean;
}

/** The memory of a run from case to case. */
export interface RunMemory {
  /** The names of the optional methods that the stores have which were opened so far. */
  readonly methods: Set<string>;
  /** Every error with which an operation has rejected. */
  readonly errorsSeen: SeenError[];
  /** Every rejection that nobody handled. */
  readonly unhandled: UnhandledError[];
  /** The state of the process at the beginning. */
  readonly globals: GlobalsSnapshot;
  /** The speed of the store; `undefined` if it was not measured. */
  pace?: StorePace | undefined;
}
