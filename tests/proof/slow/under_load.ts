import type { Harness } from "../../../conformance/model/harness.ts";
import type { Status } from "../../../conformance/model/result.ts";
import { runConformance } from "../../../conformance/runner/run.ts";

/** What became of each case, by its id, and how long all of them took. */
export interface Outcome {
  /** The statuses. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** Why, for what is neither a pass nor a skip. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Seconds. */
  readonly seconds: number;
}

/** Runs cases on a store. */
export async function runCases(
  harness: Harness,
  only?: readonly string[],
): Promise<Outcome> {
  const start = performance.now();
  const statuses = new Map<string, Status>();
  const reasons = new Map<string, string>();
  const results = runConformance(harness, {
    jobs: 4,
    seed: "load",
    ...(only ? { only } : {}),
  });
  for await (const { id, status, reason, failure } of results) {
    statuses.set(id, status);
    if (status === "pass" || status === "skip") continue;
    reasons.set(id, reason ?? `${failure?.expected}; ${failure?.observed}`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  return { statuses, reasons, seconds };
}

/** Turns until the process that has started it is gone, however that ended: nobody else would stop it. */
const LOOP = "const parent = Deno.ppid; while (Deno.ppid === parent);";

/** Runs something while so many processes do nothing but turn in a loop. */
export async function underLoad<T>(
  loops: number,
  run: () => Promise<T>,
): Promise<T> {
  const processes = Array.from(
    { length: loops },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--quiet", LOOP],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn(),
  );
  try {
    return await run();
  } finally {
    for (const each of processes) each.kill("SIGKILL");
    await Promise.all(processes.map(({ status }) => status));
  }
}

/** The cases that ended otherwise, a line each. */
export function findDifferences(quiet: Outcome, loaded: Outcome): string[] {
  return [...quiet.statuses].flatMap(([id, before]) => {
    const after = loaded.statuses.get(id);
    if (after === before) return [];
    const why = loaded.reasons.get(id) ?? quiet.reasons.get(id) ?? "";
    return [`${id}: ${before}, under load ${after}: ${why}`];
  });
}
