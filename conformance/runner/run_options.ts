import { type Baseline, checkBaseline } from "./baseline.ts";
import type { Case } from "../model/case.ts";
import type { LeftoverPlace } from "./manifest.ts";
import type { StorePace } from "../model/pace.ts";
import type { CaseResult } from "../model/result.ts";
import type { Selection } from "./select_cases.ts";

/** Options of {@linkcode runConformance}. */
export interface RunOptions extends Selection {
  /**
   * The seed that names and bytes derive from, so that a run can be repeated: 1 to 32
   * letters, digits, `-` and `_`.
   *
   * @default A random one.
   */
  readonly seed?: string;
  /** The number of cases that run at once. @default 1 to 4, by the machine's processors. */
  readonly jobs?: number;
  /** Stops the run: it cleans up and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds in which nothing moves, after which a case is taken for
   * hanging: no byte on the wire or in a file, no call of a callback, no
   * operation that begins or ends. They are counted so that the load of the
   * machine makes them longer, and a store that the kit has measured to be slow
   * has more of them. A case that needs longer by its own account has that
   * time. What still moves after twenty times as long is an `error`, and no
   * failure of the store.
   *
   * @default {30000}
   */
  readonly caseTimeoutMs?: number;
  /** True to measure the store before the first case, so that a slow one gets more patience and smaller objects. @default {true} with the catalogue's cases. */
  readonly measure?: boolean;
  /** The cases. @default The catalogue. */
  readonly cases?: readonly Case[];
  /** The URL of a module whose default export is `cases`, without which cases of your own cannot start processes. */
  readonly casesModule?: string;
  /** The cases that are known to fail. */
  readonly baseline?: Baseline;
  /**
   * True if one round trip goes first, and nothing else runs unless it
   * succeeds: then its result, `SMOKE-1`, is the only one.
   *
   * @default {false}
   */
  readonly smokeCheck?: boolean;
  /** Told how the run goes. */
  readonly onProgress?: (event: RunEvent) => void;
}

/** An event that {@linkcode RunOptions.onProgress} is told. */
export type RunEvent =
  | {
    /** The run begins. */
    readonly type: "begin";
    /** The store's name, as the harness or the store's process says. */
    readonly store: string;
    /** The seed. */
    readonly seed: string;
    /** The prefix of all objects. */
    readonly prefix: string;
    /** The number of results that there will be. */
    readonly count: number;
    /** The number of cases that run at once at most. */
    readonly jobs: number;
    /** The store's pace, if it was measured. */
    readonly pace?: StorePace;
  }
  | {
    /** A case begins. */
    readonly type: "start";
    /** Its id. */
    readonly id: string;
  }
  | {
    /** A case has ended. */
    readonly type: "result";
    /** Its result. */
    readonly result: CaseResult;
  }
  | {
    /** The run has ended and cleaned up. */
    readonly type: "end";
    /** Objects that may still be there, as their prefix, a slash and the name: uploaded ones, if the harness has no `cleanup` or it failed. */
    readonly leftovers: readonly string[];
    /** The same, counted by prefix; the one with most bytes is first. */
    readonly leftoverPlaces: readonly LeftoverPlace[];
    /** The reason why cleaning up failed, if it did. */
    readonly cleanupError?: string;
  };

const MEMBERS: ReadonlySet<string> = new Set<keyof RunOptions>([
  "only",
  "skip",
  "seed",
  "jobs",
  "signal",
  "caseTimeoutMs",
  "measure",
  "cases",
  "casesModule",
  "baseline",
  "smokeCheck",
  "onProgress",
]);

/** Throws a `TypeError` that names the member and its value unless the options are right. */
export function checkRunOptions(options: RunOptions): void {
  for (const key of Object.keys(options)) {
    if (!MEMBERS.has(key)) {
      throw new TypeError(
        `Cannot run conformance as there is no option '${key}'`,
      );
    }
  }
  const { seed, jobs, caseTimeoutMs, measure, baseline, only, skip } = options;
  if (measure !== undefined && typeof measure !== "boolean") {
    throw refuse("measure", "must be a boolean", measure);
  }
  if (seed !== undefined && !/^[\w-]{1,32}$/.test(seed)) {
    throw refuse(
      "seed",
      "must be 1 to 32 letters, digits, '-' and '_'",
      seed,
    );
  }
  for (const [key, value] of Object.entries({ jobs, caseTimeoutMs })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw refuse(key, "must be a positive integer", value);
    }
  }
  for (const [key, value] of Object.entries({ only, skip })) {
    const isList = Array.isArray(value) &&
      value.every((item) => typeof item === "string");
    if (value !== undefined && !isList) {
      throw refuse(key, "must be an array of strings", value);
    }
  }
  if (baseline !== undefined) checkBaseline(baseline);
}

function refuse(key: string, must: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot run conformance as '${key}' ${must}: current value is ${
      typeof value === "string" ? JSON.stringify(value) : String(value)
    }`,
  );
}
