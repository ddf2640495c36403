/** The property that marks every error of a store (clause 22). */
export const BRAND: unique symbol = Symbol.for("@storekit/object-store/error");

/** The name that goes with each code (clause 22). */
export const NAME_OF_CODE: Readonly<Record<string, string>> = {
  OBJECT_NOT_FOUND: "ObjectNotFoundError",
  FILE_EXISTS: "FileExistsError",
  INVALID_OBJECT_NAME: "InvalidObjectNameError",
  OBJECT_NAME_CONFLICT: "ObjectNameConflictError",
  TRANSIENT: "ObjectStoreTransientError",
  PERMISSION_DENIED: "ObjectStorePermissionError",
  BUCKET_NOT_FOUND: "BucketNotFoundError",
  CLOSED: "ObjectStoreClosedError",
  OTHER: "ObjectStoreError",
};

/**
 * Tells whether a value is an error of a store, by brand and code, whichever copy of
 * the package made it. The kit does not ask the package's own
 * `isObjectStoreError`, so that it can find that one wrong, too.
 *
 * @example
 * ```ts
 * import { isStoreError } from "@storekit/object-store/conformance";
 *
 * console.log(isStoreError(new Error("Cannot download"))); // false
 * ```
 */
export function isStoreError(
  value: unknown,
): value is Error & { code: string } {
  if (typeof value !== "object" || value === null) return false;
  const { [BRAND]: brand, code } = value as {
    [BRAND]?: unknown;
    code?: unknown;
  };
  return Boolean(brand) && typeof code === "string" &&
    Object.hasOwn(NAME_OF_CODE, code);
}

/** Tells whether a value is an error of a store that says it is worth trying again. */
export function isTransientError(value: unknown): boolean {
  return isStoreError(value) && value.code === "TRANSIENT";
}

/** Tells whether a value is an error of a store that says that there is no such object. */
export function isNotFoundError(value: unknown): boolean {
  return isStoreError(value) && value.code === "OBJECT_NOT_FOUND";
}

/**
 * A value that was thrown, a line for it and one for each of its causes.
 *
 * @example
 * ```ts
 * import { describeError } from "@storekit/object-store/conformance";
 *
 * const error = new Error("Cannot download", { cause: new Error("reset") });
 * console.log(describeError(error).length); // 2
 * ```
 */
export function describeError(error: unknown): string[] {
  return causesOf(error).map(describeOne);
}

/** Lists a value that was thrown and its causes, eight at most. */
export function causesOf(error: unknown): unknown[] {
  const causes = new Set<unknown>();
  for (let next = error; !causes.has(next) && causes.size < 8;) {
    causes.add(next);
    const cause = next instanceof Error ? next.cause : undefined;
    if (cause === undefined) break;
    next = cause;
  }
  return [...causes];
}

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) {
    return `a thrown ${typeof error}: ${safeString(error)}`;
  }
  const code = (error as { code?: unknown }).code;
  const brand = isStoreError(error) ? "error of the store" : "no store's error";
  const { type } = error as { type?: unknown };
  // The class that it had in the store's own language.
  const own = typeof type === "string" ? `, type ${type}` : "";
  return `${error.name}: ${error.message} (code ${
    safeString(code)
  }, ${brand}${own})`;
}

function safeString(value: unknown): string {
  try {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    return "a value that cannot be shown";
  }
}
