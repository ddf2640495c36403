import type { ObjectStoreErrorCode } from "../errors.ts";
import { cleanMessage, hideSecrets } from "../service_text.ts";

/** Beginning of an error's text, which is all that OpenDAL's binding gives. */
export interface OpendalFailure {
  /** The kind, such as `NotFound`. */
  readonly kind: string;
  /** True if OpenDAL takes it for passing. */
  readonly isTemporary: boolean;
  /** Operation that failed, such as `stat`. */
  readonly operation: string;
}

/** `NotFound (permanent) at stat, context: …` or `… at stat => …`; a reader that counts bytes names no operation. */
const GRAMMAR =
  /^([A-Z][A-Za-z]{1,40}) \((permanent|temporary|persistent)\) at ([\w:]{0,60})(?=, | =>|$)/;

/**
 * Reads the beginning of an error of OpenDAL, which follows a grammar. What comes after it holds
 * addresses and answers in no fixed form, and is not read.
 *
 * @param error What was thrown.
 * @returns What it says, or `undefined` if it is no error of OpenDAL.
 */
export function readFailure(error: unknown): OpendalFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const match = GRAMMAR.exec(error.message.slice(0, 200));
  if (!match) return undefined;
  const [, kind = "", persistence, operation = ""] = match;
  // "persistent" is what a retry layer makes of a passing failure that did not pass.
  return { kind, isTemporary: persistence !== "permanent", operation };
}

/** Kinds that mean the same in each operation. */
const KINDS: Readonly<Record<string, readonly [ObjectStoreErrorCode, string]>> =
  {
    NotFound: ["OBJECT_NOT_FOUND", "object not found"],
    PermissionDenied: [
      "PERMISSION_DENIED",
      "permission denied: check the credentials and what they may do",
    ],
    RateLimited: ["TRANSIENT", "the service limits the rate of requests"],
    Unsupported: ["OTHER", "the service has no such operation"],
  };

/** The end of the message where the container is missing. */
export const NO_CONTAINER =
  "the container does not exist: create it, or check its name and the endpoint";
/** The end of the message where a version is gone. */
export const REPLACED = "the object was replaced meanwhile";
/** Kinds that mean so of an object whose size was known, and nothing of one that is asked for first. */
const REPLACED_KINDS: ReadonlySet<string> = new Set([
  ...["ConditionNotMatch", "RangeNotSatisfied"],
]);
/** Operations of a service, as against the making of an operator. */
const OPERATIONS: ReadonlySet<string> = new Set([
  ...["stat", "read", "write", "list", "delete"],
  ...["Writer::write", "Writer::close", "Reader::read"],
]);

/**
 * Says what a failure of OpenDAL means (clauses 22 to 25).
 *
 * @param failure What its text begins with.
 * @returns Code and reason.
 */
export function meaningOf(
  failure: OpendalFailure,
): { readonly code: ObjectStoreErrorCode; readonly reason: string } {
  const { kind, operation, isTemporary } = failure;
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (known) return { code: known[0], reason: known[1] };
  if (operation === "") {
    return {
      code: "TRANSIENT",
      reason: "the answer had another number of bytes than was asked for",
    };
  }
  if (operation === "read" && REPLACED_KINDS.has(kind)) {
    return { code: "TRANSIENT", reason: REPLACED };
  }
  // That is what OpenDAL makes of a missing bucket.
  if (kind === "ConfigInvalid" && OPERATIONS.has(operation)) {
    return { code: "BUCKET_NOT_FOUND", reason: NO_CONTAINER };
  }
  const reason = `OpenDAL says ${kind} at ${operation}`;
  const isPassing = isTemporary && !REPLACED_KINDS.has(kind);
  return { code: isPassing ? "TRANSIENT" : "OTHER", reason };
}

/**
 * Makes the cause of an error from OpenDAL's text: what the service has said, after the arrow. The
 * context before it names addresses, in which there may be keys (clause 22).
 *
 * @param error What OpenDAL threw.
 * @param secrets Texts that must not show.
 * @returns An error to be the cause.
 */
export function causeOf(
  error: unknown,
  secrets: readonly string[],
): Error {
  const failure = readFailure(error);
  const text = error instanceof Error ? error.message : "";
  const arrow = text.indexOf(" => ");
  const said = arrow === -1 ? undefined : cleanMessage(
    hideSecrets(withoutAddresses(text.slice(arrow + 4)), secrets),
  );
  const start = failure
    ? `${failure.kind} at ${failure.operation}`
    : "an error of OpenDAL";
  return new Error(said === undefined ? start : `${start}: ${said}`);
}

/** Takes the query of every address away, where signatures are, and the user and password before its host. */
function withoutAddresses(text: string): string {
  return text.slice(0, 2000).replace(/\?[^\s)"']+/g, "?…")
    .replace(/:\/\/[^\s/"'<>]*@/g, "://…@");
}
