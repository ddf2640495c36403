import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { describeError } from "../checks/error_chain.ts";
import { defineHarness } from "../model/define_harness.ts";
import { findDirectory } from "./find_directory.ts";
import { splitCommand } from "./split_command.ts";
import { COMMAND } from "./parse_arguments.ts";
import type { CommandHarness, Harness } from "../model/harness.ts";
import { UsageError } from "./usage.ts";

/**
 * Loads a harness module.
 *
 * @param specifier A path, relative to the working directory, a URL, or a command after `command:`.
 * @throws {UsageError} If there is no such module, it does not load, or its default export is not a harness.
 */
export async function loadHarness(
  specifier: string,
): Promise<Harness | CommandHarness> {
  if (specifier.startsWith(COMMAND)) {
    return makeHarness(specifier.slice(COMMAND.length));
  }
  const url = findModule(specifier);
  let exported: { default?: unknown };
  try {
    exported = await import(url);
  } catch (error) {
    throw new UsageError(
      `Cannot load harness "${specifier}": ${
        describeError(error).join(", by ")
      }${adviseConfig(error)}`,
      { cause: error },
    );
  }
  if (exported.default === undefined) {
    throw new UsageError(
      `Cannot load harness "${specifier}" as the module has no default export: write export default defineHarness({ … })`,
    );
  }
  try {
    return defineHarness(exported.default as Harness | CommandHarness);
  } catch (error) {
    throw new UsageError(
      `Cannot load harness "${specifier}": ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function makeHarness(command: string): CommandHarness {
  try {
    return defineHarness({
      command: splitCommand(command),
      cwd: findDirectory(),
    });
  } catch (error) {
    throw new UsageError(
      `Cannot run the command ${JSON.stringify(command)}: ${
        (error as Error).message
      }`,
      { cause: error },
    );
  }
}

/** Says what to do about a bare specifier, such as the one of a package that `deno add` has written to deno.json. */
function adviseConfig(error: unknown): string {
  const { message } = error as { message?: unknown };
  const isBare =
    /not a dependency|not in import map|not prefixed with|Relative import path/;
  if (typeof message !== "string" || !isBare.test(message)) return "";
  return `. A command that comes from a registry does not find the configuration of your project with Deno up to 2.9.3: name it, as in deno run -A --config deno.json …`;
}

/**
 * The URL of a harness module.
 *
 * @param specifier A path, relative to the working directory, or a URL.
 * @throws {UsageError} If it is a path, and there is no such file.
 */
export function findModule(specifier: string): string {
  // Two letters at least: C:\harness.ts is a path.
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return specifier;
  // `deno task` changes the directory, and tells where it was called.
  const directories = [process.cwd(), process.env.INIT_CWD ?? ""];
  for (const directory of directories) {
    const path = resolve(directory, specifier);
    if (existsSync(path)) return pathToFileURL(path).href;
  }
  throw new UsageError(
    `Cannot load harness "${specifier}" as there is no such file in ${
      directories[0]
    }`,
  );
}
