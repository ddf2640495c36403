/**
 * The conformance command: runs the cases on the store of a harness file.
 *
 * ```sh
 * deno run -A jsr:@storekit/object-store/conformance/cli ./my_harness.ts
 * ```
 *
 * @module
 */
import process from "node:process";
import { runCommand } from "./cli/command.ts";
import { isMain } from "./runner/process/is_main.ts";

export { runCommand };

// A store that is wrong may leave something open, so the end is explicit.
if (isMain(import.meta)) process.exit(await runCommand(process.argv.slice(2)));
