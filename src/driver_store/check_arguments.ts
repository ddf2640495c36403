import type { DownloadOptions } from "../object_store.ts";
import { refuseArgument } from "../refusal.ts";

/** All options that an operation may have. */
export type CallerOptions = DownloadOptions;

/**
 * Checks the options of an operation (clause 17, first step).
 *
 * @param options What the caller gave.
 * @param names The options that the method has.
 * @returns The options.
 * @throws {TypeError} If one is unknown or of the wrong type.
 */
export function checkOptions(
  options: unknown,
  names: readonly (keyof CallerOptions)[],
): CallerOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) {
    throw refuseArgument("options", "be an object", options);
  }
  for (const key of Object.keys(options)) {
    if ((names as readonly string[]).includes(key)) continue;
    throw new TypeError(
      `Cannot use the option '${key}' as it must be one of ${
        names.map((name) => `'${name}'`).join(", ")
      }`,
    );
  }
  const { signal, callback, overwrite } = options as CallerOptions;
  if (signal !== undefined && !isSignal(signal)) {
    throw refuseArgument("signal", "be an AbortSignal", signal);
  }
  if (callback !== undefined && typeof callback !== "function") {
    throw refuseArgument("callback", "be a function", callback);
  }
  if (overwrite !== undefined && typeof overwrite !== "boolean") {
    throw refuseArgument("overwrite", "be a boolean", overwrite);
  }
  return options as CallerOptions;
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}
