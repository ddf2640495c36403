import { Buffer } from "node:buffer";
import { describeError, isStoreError } from "./error_chain.ts";
import type { CaseContext, FailureDetails, Patience } from "../model/case.ts";
import type { Evidence } from "../model/result.ts";

/** Additions to the words of the checks below. */
export interface ExpectOptions {
  /** The clause that a failure breaks. @default The case's first. */
  clause?: number;
  /** The likely cause. */
  hint?: string;
  /** Further observations. */
  evidence?: readonly Evidence[];
}

/**
 * Fails the case unless `condition` holds.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expect } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const name = ctx.name();
 *   await ctx.given(name, ctx.bytes(10));
 *   const uri = ctx.store.getUri(name);
 *   expect(ctx, uri.startsWith("s3:"), { expected: "an s3: URI", observed: uri, clause: 5 });
 * }
 * ```
 */
export function expect(
  ctx: CaseContext,
  condition: boolean,
  details: FailureDetails,
): asserts condition {
  if (!condition) throw ctx.fail(details);
}

/**
 * Fails the case unless two values are the same (`Object.is`). `what` says of what they are the value.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectEqual } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const name = ctx.name();
 *   await ctx.given(name, ctx.bytes(10));
 *   expectEqual(ctx, await ctx.store.getObjectSize(name), 10, "the size");
 * }
 * ```
 */
export function expectEqual(
  ctx: CaseContext,
  actual: unknown,
  expected: unknown,
  what: string,
  options: ExpectOptions = {},
): void {
  if (Object.is(actual, expected)) return;
  throw ctx.fail({
    expected: `${what} is ${show(expected)}`,
    observed: `it is ${show(actual)}`,
    ...options,
  });
}

/**
 * Fails the case unless two byte sequences are equal; tells where they part.
 * If most of the bytes are right, the object is the one that was meant and it
 * is damaged: clause 8 is broken, whatever else the case is about, unless
 * `options` name a clause.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectBytes } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const bytes = ctx.bytes(1000);
 *   const name = ctx.name();
 *   await ctx.given(name, bytes);
 *   expectBytes(ctx, await ctx.fetch(name), bytes, "a download after an upload");
 * }
 * ```
 */
export function expectBytes(
  ctx: CaseContext,
  actual: Uint8Array,
  expected: Uint8Array,
  what: string,
  options: ExpectOptions = {},
): void {
  const at = firstDifference(actual, expected);
  if (at === undefined) return;
  throw ctx.fail({
    expected: `${what}: ${expected.length} bytes, exactly those stored`,
    observed: actual.length === expected.length
      ? `${actual.length} bytes that differ from byte ${at} on`
      : `${actual.length} bytes, the first ${at} of them right`,
    ...(isDamaged(actual, expected) ? { clause: 8 } : {}),
    ...(actual.length === 0 && expected.length > 0 ? { hint: EMPTY_HINT } : {}),
    ...options,
  });
}

/** Options of checks that wait for a rejection. */
export interface RejectionOptions extends ExpectOptions {
  /** Milliseconds. @default {20000} */
  ms?: number;
  /** The meaning of the time: see `CaseContext.within`. @default {"while-moving"} */
  patience?: Patience;
}

/**
 * The error with which a promise rejects; fails the case if it fulfils, or if it does not settle in time.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectRejection } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const asking = ctx.store.getObjectSize(ctx.name("never"));
 *   const error = await expectRejection(ctx, asking, "asking for a missing object");
 *   console.log(error);
 * }
 * ```
 */
export async function expectRejection(
  ctx: CaseContext,
  promise: Promise<unknown>,
  what: string,
  options: RejectionOptions = {},
): Promise<unknown> {
  const { ms = 20_000, patience, ...more } = options;
  const outcome = await ctx.within(ms, settle(promise), what, patience);
  if (outcome.status === "rejected") return outcome.reason;
  throw ctx.fail({
    expected: `${what} rejects`,
    observed: "it fulfilled",
    ...more,
  });
}

/**
 * As {@linkcode expectRejection}, and the error is one of the store with one of these codes.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectCode } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const asking = ctx.store.getObjectSize(ctx.name("never"));
 *   await expectCode(ctx, asking, "OBJECT_NOT_FOUND", "asking for a missing object");
 * }
 * ```
 */
export async function expectCode(
  ctx: CaseContext,
  promise: Promise<unknown>,
  codes: string | readonly string[],
  what: string,
  options: RejectionOptions = {},
): Promise<Error> {
  const { ms = 20_000, patience } = options;
  const outcome = await ctx.within(ms, settle(promise), what, patience);
  if (outcome.status === "fulfilled") {
    const isOfNone = codes.includes("OBJECT_NOT_FOUND");
    const more = isOfNone ? await blameFound(ctx) : {};
    await expectRejection(ctx, promise, what, { ...options, ...more });
  }
  const error = (outcome as PromiseRejectedResult).reason;
  checkCode(ctx, error, codes, what, options);
  return error as Error;
}

/**
 * Finds out who is to blame where an object is found that should not be there:
 * a store that has a size for every name breaks clause 7, whatever the case is
 * about.
 *
 * @returns Options that say so, or none.
 */
export async function blameFound(
  ctx: CaseContext,
): Promise<Pick<ExpectOptions, "clause" | "hint">> {
  const asking = settle(ctx.store.getObjectSize(ctx.name("nobody-has-this")));
  const { status } = await ctx.within(20_000, asking, "a size for no object");
  return status === "rejected" ? {} : {
    clause: 7,
    hint: "every name has a size, also one that nobody has used",
  };
}

/**
 * Fails the case unless a value is an error of a store (by brand) with one of these codes.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, checkCode } from "@storekit/object-store/conformance";
 *
 * export function run(ctx: CaseContext): Promise<void> {
 *   try {
 *     ctx.store.getUri("");
 *   } catch (error) {
 *     checkCode(ctx, error, "INVALID_OBJECT_NAME", "the URI of an empty name");
 *   }
 *   return Promise.resolve();
 * }
 * ```
 */
export function checkCode(
  ctx: CaseContext,
  error: unknown,
  codes: string | readonly string[],
  what: string,
  options: ExpectOptions = {},
): void {
  const wanted = typeof codes === "string" ? [codes] : codes;
  if (
    isStoreError(error) && wanted.includes((error as { code: string }).code)
  ) {
    return;
  }
  const { evidence = [], hint = unbrandedHint(error) } = options;
  const clause = isUnbranded(error) ? 22 : options.clause;
  throw ctx.fail({
    expected: `${what} rejects with ${
      wanted.join(" or ")
    }, an error of the store by brand and code`,
    observed: `it rejected with ${describeError(error)[0]}`,
    evidence: [...evidence, errorChain(error)],
    ...(clause === undefined ? {} : { clause }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * As {@linkcode expectRejection}, and the error is a local one: an `Error` that has neither our brand nor one of our codes (clause 23).
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectLocalError } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const source = `${ctx.scratch}/missing`;
 *   const uploading = ctx.store.uploadObject(ctx.name(), source);
 *   await expectLocalError(ctx, uploading, "uploading a missing file");
 * }
 * ```
 */
export async function expectLocalError(
  ctx: CaseContext,
  promise: Promise<unknown>,
  what: string,
  options: RejectionOptions = {},
): Promise<Error> {
  const error = await expectRejection(ctx, promise, what, options);
  if (error instanceof Error && !isStoreError(error) && !hasStoreCode(error)) {
    return error;
  }
  throw ctx.fail({
    expected: `${what} rejects with the local file error as it is`,
    observed: `it rejected with ${describeError(error)[0]}`,
    clause: 23,
    ...options,
    evidence: [...options.evidence ?? [], errorChain(error)],
  });
}

/**
 * As {@linkcode expectRejection}, and the reason is this very value.
 *
 * @example In a case of one's own
 * ```ts
 * import { type CaseContext, expectReason } from "@storekit/object-store/conformance";
 *
 * export async function run(ctx: CaseContext): Promise<void> {
 *   const reason = new Error("enough");
 *   const signal = AbortSignal.abort(reason);
 *   const asking = ctx.store.getObjectSize(ctx.name(), { signal });
 *   await expectReason(ctx, asking, reason, "asking with an aborted signal");
 * }
 * ```
 */
export async function expectReason(
  ctx: CaseContext,
  promise: Promise<unknown>,
  reason: unknown,
  what: string,
  options: RejectionOptions = {},
): Promise<void> {
  const error = await expectRejection(ctx, promise, what, options);
  if (error === reason) return;
  throw ctx.fail({
    expected: `${what} rejects with ${show(reason)} itself`,
    observed: `it rejected with ${describeError(error)[0]}`,
    ...options,
    evidence: [...options.evidence ?? [], errorChain(error)],
  });
}

/**
 * Tells whether an error is the store's own and does not say so. What comes
 * from the system or the runtime is not meant: it is another failure that has
 * come through.
 */
function isUnbranded(error: unknown): boolean {
  if (!(error instanceof Error) || isStoreError(error)) return false;
  const { errno, syscall } = error as { errno?: unknown; syscall?: unknown };
  const isOfSystem = errno !== undefined || syscall !== undefined;
  return !isOfSystem && !OF_RUNTIME.has(error.name);
}

function unbrandedHint(error: unknown): string | undefined {
  return isUnbranded(error)
    ? "an error without brand and code: throw the package's classes, or a StoreFailure on a driver"
    : undefined;
}

/** Names of errors that the language and runtimes throw, or that a caller's signal has. */
const OF_RUNTIME: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "AbortError",
  "TimeoutError",
  ..."NotFound PermissionDenied AlreadyExists NotADirectory IsADirectory FilesystemLoop NotCapable BadResource Interrupted"
    .split(" "),
]);

/** The hint where there are no bytes of many. */
const EMPTY_HINT =
  "nothing of it is there: a stream that was read before, or is not waited for, or a file that is looked at before it is written and closed";

/** The hint where a download has resolved and there is no file. */
export const NO_FILE_HINT =
  "the promise resolves although nothing was written there, or before it is written: a missing `await`, another path, or a stream whose end nobody waits for";

/** Evidence: an error and its causes. */
export function errorChain(error: unknown): Evidence {
  return { title: "error chain", lines: describeError(error) };
}

/** Waits for the outcome of a promise, so that a rejection is never unhandled. */
export async function settle<T>(
  promise: Promise<T>,
): Promise<PromiseSettledResult<T>> {
  return (await Promise.allSettled([promise]))[0];
}

function hasStoreCode(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && STORE_CODES.has(code);
}

const STORE_CODES: ReadonlySet<string> = new Set([
  "OBJECT_NOT_FOUND",
  "FILE_EXISTS",
  "INVALID_OBJECT_NAME",
  "OBJECT_NAME_CONFLICT",
  "TRANSIENT",
  "PERMISSION_DENIED",
  "BUCKET_NOT_FOUND",
  "CLOSED",
  "OTHER",
]);

/**
 * Tells whether bytes are, for the most part, those that were expected, or end
 * too early, or are none at all: what is stored wrong, and no other object. Of
 * a few bytes nobody can tell.
 */
export function isDamaged(actual: Uint8Array, expected: Uint8Array): boolean {
  if (actual.length === 0) return expected.length > 0;
  const length = Math.max(actual.length, expected.length);
  if (length < 16 || firstDifference(actual, expected) === undefined) {
    return false;
  }
  if (firstDifference(actual, expected) === actual.length) return true;
  let same = 0;
  for (let i = 0; i < length; i++) if (actual[i] === expected[i]) same++;
  return same > length / 2;
}

/** The first index at which two byte sequences differ, or `undefined`. */
export function firstDifference(
  a: Uint8Array,
  b: Uint8Array,
): number | undefined {
  // Most that is compared is equal, and a loop takes many times as long to see that.
  if (a.length === b.length && Buffer.compare(a, b) === 0) return undefined;
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    if (a[i] !== b[i]) return i;
  }
  return a.length === b.length ? undefined : end;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return String(value);
}
