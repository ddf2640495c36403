/**
 * The conformance command: runs the cases on the store of a harness file.
 *
 * ```sh
 * deno run -A jsr:@storekit/object-store/conformance/cli ./my_harness.ts
 * ```
 *
 * @module
 */
import { runCommand } from "./cli/command.ts";

export { runCommand };

// A store that is wrong may leave something open, so the end is explicit.
if (import.meta.main) Deno.exit(await runCommand(Deno.args));
