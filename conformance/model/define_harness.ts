import { checkHarness } from "./check_harness.ts";
import type { CommandHarness, Harness } from "./harness.ts";

/**
 * Checks a harness and returns it.
 *
 * @example A harness for a store on disk
 * ```ts
 * import { FileSystemObjectStore } from "@storekit/object-store";
 * import { defineHarness, type Harness } from "@storekit/object-store/conformance";
 *
 * const harness: Harness = defineHarness({
 *   name: "my files",
 *   open: (ctx) =>
 *     new FileSystemObjectStore({ root: ctx.directory, prefix: ctx.prefix }),
 *   capabilities: ["flat", "reopen", "list"],
 * });
 * export default harness;
 * ```
 *
 * @param harness The harness.
 * @returns The same harness.
 * @throws {TypeError} If a member is missing, unknown or of the wrong type.
 */
export function defineHarness(harness: Harness): Harness;
/**
 * Checks a harness whose store is in a process of its own, in whatever language, and returns it.
 *
 * @example A harness for a store in Python
 * ```ts
 * import { type CommandHarness, defineHarness } from "@storekit/object-store/conformance";
 *
 * const harness: CommandHarness = defineHarness({
 *   command: ["python3", "serve.py"],
 * });
 * export default harness;
 * ```
 *
 * @param harness The harness.
 * @returns The same harness.
 * @throws {TypeError} If a member is missing, unknown or of the wrong type.
 */
export function defineHarness(harness: CommandHarness): CommandHarness;
/**
 * Checks a harness of either kind and returns it.
 *
 * @param harness The harness.
 * @returns The same harness.
 * @throws {TypeError} If a member is missing, unknown or of the wrong type.
 */
export function defineHarness(
  harness: Harness | CommandHarness,
): Harness | CommandHarness;
export function defineHarness(
  harness: Harness | CommandHarness,
): Harness | CommandHarness {
  checkHarness(harness);
  return harness;
}
