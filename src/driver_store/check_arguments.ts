import type {
  DownloadOptions,
  ReadObjectOptions,
  WriteObjectOptions,
} from "../object_store.ts";
import { refuseArgument } from "../refusal.ts";

/** All options that an operation may have. */
export interface CallerOptions
  extends DownloadOptions, ReadObjectOptions, WriteObjectOptions {}

/**
 * Checks the options of an operation (clause 17, first step).
 *
 * @param options What the caller gave.
 * @param names The options that the method has.
 * @returns The options.
 * @throws {TypeError} If one is unknown or of the wrong type.
 * @throws {RangeError} If a number is out of its range.
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
  const given: CallerOptions = options;
  const { signal, callback, overwrite, contentType } = given;
  if (signal !== undefined && !isSignal(signal)) {
    throw refuseArgument("signal", "be an AbortSignal", signal);
  }
  if (callback !== undefined && typeof callback !== "function") {
    throw refuseArgument("callback", "be a function", callback);
  }
  if (overwrite !== undefined && typeof overwrite !== "boolean") {
    throw refuseArgument("overwrite", "be a boolean", overwrite);
  }
  if (contentType !== undefined && !isHeaderValue(contentType)) {
    throw refuseArgument(
      "contentType",
      "be a text in printable ASCII",
      contentType,
    );
  }
  for (const name of ["offset", "length", "size"] as const) {
    if (given[name] !== undefined) checkCount(name, given[name]);
  }
  return given;
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === "string" &&
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value);
}

function checkCount(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw refuseArgument(
    name,
    "be a whole number from 0 to Number.MAX_SAFE_INTEGER",
    value,
    typeof value === "number" ? RangeError : TypeError,
  );
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}
