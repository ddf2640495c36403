import type { Case } from "../model/case.ts";
import { describeError } from "../checks/error_chain.ts";
import { catalogue } from "../cases/catalogue.ts";
import { compareReports } from "./compare_reports.ts";
import { explainCase, explainCause, listCases } from "./describe_cases.ts";
import { CommandError } from "../language/connect.ts";
import { findFaults } from "../diagnosis/find_faults.ts";
import { smokeCase } from "../runner/smoke_case.ts";
import { initProject } from "./init.ts";
import { judgeHarness } from "./judge_harness.ts";
import { OutputError, print, printError } from "./output.ts";
import { parseArguments } from "./parse_arguments.ts";
import { USAGE, UsageError } from "./usage.ts";
import { watchHarness } from "./watch.ts";

const EXIT_OK = 0;
const EXIT_USAGE = 2;
const EXIT_NOT_JUDGED = 3;

/**
 * Runs the conformance command; `--help` tells its arguments.
 *
 * @param args The arguments.
 * @param cases The cases. @default The catalogue.
 * @returns What the process should exit with. It should exit explicitly: a
 * store that is wrong may keep it alive.
 *
 * @example In a script of one's own
 * ```ts
 * import { runCommand } from "@storekit/object-store/conformance/cli";
 *
 * console.log(await runCommand(["--list"])); // 0
 * ```
 */
export async function runCommand(
  args: readonly string[],
  cases: readonly Case[] = catalogue,
): Promise<number> {
  try {
    if (args[0] === "compare") {
      compareReports(args.slice(1));
      return EXIT_OK;
    }
    const parsed = parseArguments(args);
    const { help, init, list, explain, harness } = parsed;
    if (help) {
      print(USAGE);
      return EXIT_OK;
    }
    if (init !== undefined) {
      print(initProject(init));
      return EXIT_OK;
    }
    if (list) {
      print(listCases(cases));
      return EXIT_OK;
    }
    if (explain !== undefined) {
      print(
        explainCause(explain) ??
          explainCase([...cases, smokeCase], explain, findFaults(explain)),
      );
      return EXIT_OK;
    }
    if (harness === undefined) {
      throw new UsageError(
        "Cannot run conformance as the harness is missing: give the path of a module whose default export is one, or --command for a store in another language",
      );
    }
    if (parsed.watch) return await watchHarness(harness, args);
    return await judgeHarness(harness, parsed, cases);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const isKnown = isUsage || error instanceof OutputError ||
      error instanceof CommandError;
    tell(isKnown ? error.message : `The suite failed: ${showError(error)}`);
    return isUsage ? EXIT_USAGE : EXIT_NOT_JUDGED;
  }
}

function tell(message: string): void {
  try {
    printError(`${message}\n`);
  } catch {
    // Nobody reads it; the exit code says enough.
  }
}

/** With the stack: it is the kit's own fault. */
function showError(error: unknown): string {
  const [, ...causes] = describeError(error);
  const own = error instanceof Error ? error.stack : undefined;
  return [own ?? describeError(error)[0], ...causes].join("\nby ");
}
