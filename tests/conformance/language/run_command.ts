import { fromFileUrl } from "@std/path";
import type { CaseResult } from "../../../conformance/model/result.ts";
import { runConformance } from "../../../conformance/runner/run.ts";
import type { RunOptions } from "../../../conformance/runner/run_options.ts";

/** The command of a child that is wrong in one way: see `broken_main.ts`. */
export function brokenCommand(...how: string[]): string[] {
  const main = fromFileUrl(new URL("./broken_main.ts", import.meta.url));
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-config", main, ...how];
}

/** Runs cases on the store of a command. */
export async function runCommand(
  command: readonly string[],
  options: RunOptions = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of runConformance({ command }, options)) {
    results.push(result);
  }
  return results;
}

/** The ids of results with a status, in order. */
export function idsOf(
  results: readonly CaseResult[],
  status: CaseResult["status"],
): string[] {
  return results.filter((result) => result.status === status)
    .map(({ id }) => id).sort();
}

/** The results that say a store is wrong, or that nothing can be said: with their reasons. */
export function problemsOf(results: readonly CaseResult[]): string[] {
  return results.filter(({ status }) => status === "fail" || status === "error")
    .map(({ id, status, reason, failure }) =>
      `${id} ${status}: ${
        reason ?? `${failure?.expected}: ${failure?.observed}`
      }`
    );
}

/** Whether a program is here; a test names the one that it lacks. */
export async function hasProgram(
  program: string,
  ...args: string[]
): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args, stdin: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
