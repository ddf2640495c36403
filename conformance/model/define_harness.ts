import { checkHarness } from "./check_harness.ts";
import type { Harness } from "./harness.ts";

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
export function defineHarness(harness: Harness): Harness {
  checkHarness(harness);
  return harness;
}
