import { InvalidObjectNameError } from "./errors.ts";
import { refuseArgument, refuseOption } from "./refusal.ts";

const MAX_BYTES = 1024;

/**
 * Says why a key is not valid anywhere (clause 1), as the end of a sentence, or
 * `undefined` if it is.
 *
 * @param key The store's prefix and the object's name.
 */
export function invalidKeyReason(key: string): string | undefined {
  if (!key.isWellFormed()) return "it has a lone surrogate";
  if (key.includes("\0")) return "it has a NUL";
  const bytes = new TextEncoder().encode(key).length;
  if (bytes <= MAX_BYTES) return undefined;
  return `it has ${bytes} bytes, prefix included, and the most is ${MAX_BYTES}`;
}

/**
 * Checks an object's name (clause 1) and joins it to a prefix.
 *
 * @param objectName What the caller gave.
 * @param prefix As from {@linkcode checkPrefix}.
 * @returns The key.
 * @throws {TypeError} If the name is not a string.
 * @throws {InvalidObjectNameError} If it is not valid.
 */
export function toKey(objectName: unknown, prefix: string): string {
  if (typeof objectName !== "string") {
    throw refuseArgument("objectName", "be a string", objectName);
  }
  const key = prefix === "" ? objectName : `${prefix}/${objectName}`;
  const reason = objectName === "" ? "it is empty" : invalidKeyReason(key);
  if (reason !== undefined) throw invalidName(objectName, reason);
  return key;
}

/**
 * Makes the error for a name that is refused.
 *
 * @param objectName The name.
 * @param reason Why, as the end of a sentence.
 */
export function invalidName(
  objectName: string,
  reason: string,
): InvalidObjectNameError {
  const shown = objectName.length > 100
    ? `${objectName.slice(0, 100)}…`
    : objectName;
  return new InvalidObjectNameError(
    `Cannot use the object name ${JSON.stringify(shown)}: ${reason}`,
    { objectName },
  );
}

/**
 * Checks a store's prefix (clause 4): whole segments, joined by `/`, none of
 * them empty, `.` or `..`. One `/` at the end is taken off.
 *
 * @param prefix What the store's maker gave.
 * @returns The prefix without a slash at its end; empty for none.
 * @throws {TypeError} If it is not such a sequence.
 */
export function checkPrefix(prefix: unknown): string {
  if (prefix === undefined || prefix === "") return "";
  if (typeof prefix !== "string") {
    throw refuseOption("open a store", "prefix", "be a string", prefix);
  }
  const trimmed = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  const isOdd = trimmed.split("/").some((segment) =>
    segment === "" || segment === "." || segment === ".."
  );
  if (isOdd || invalidKeyReason(trimmed) !== undefined) {
    throw refuseOption(
      "open a store",
      "prefix",
      "be well-formed segments joined by '/', none of them empty, '.' or '..'",
      prefix,
    );
  }
  return trimmed;
}

/** Takes what follows the last `/` of a name. */
export function lastSegment(objectName: string): string {
  return objectName.slice(objectName.lastIndexOf("/") + 1);
}

/**
 * Computes the URI of the place that a store lists, for messages: that of a
 * name, without the name.
 *
 * @param getUri Computes the URI of a name.
 */
export function listingUri(getUri: (objectName: string) => string): string {
  const uri = getUri("a");
  return uri.endsWith("/a") ? uri.slice(0, -1) : uri;
}
