import type { DownloadOptions } from "../object_store.ts";

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
    throw refuse("options", "an object", options);
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
    throw refuse("signal", "an AbortSignal", signal);
  }
  if (callback !== undefined && typeof callback !== "function") {
    throw refuse("callback", "a function", callback);
  }
  if (overwrite !== undefined && typeof overwrite !== "boolean") {
    throw refuse("overwrite", "a boolean", overwrite);
  }
  return options as CallerOptions;
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}

/**
 * Makes the error for an argument of the wrong kind.
 *
 * @param name The argument's or option's name.
 * @param must What it has to be, as the end of a sentence.
 * @param value What the caller gave.
 */
export function refuse(name: string, must: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot use '${name}' as it must be ${must}: current value is ${
      typeof value === "string" ? JSON.stringify(value) : String(value)
    }`,
  );
}
