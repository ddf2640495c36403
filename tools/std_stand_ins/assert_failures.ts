import { stripVTControlCharacters } from "node:util";
import { refuse } from "./assertion_error.ts";

// deno-lint-ignore no-explicit-any
type ErrorType<E> = abstract new (...args: any[]) => E;

/** The parameters that `assertThrows` and `assertRejects` take after the function. */
type Expectation = [
  errorClassOrMsg?: ErrorType<Error> | string,
  msgIncludes?: string,
  msg?: string,
];

/** Fails unless the value is an error, of this class and with this in its message. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: ErrorType<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) {
    refuse(`Expected "error" to be an Error object`, msg);
  }
  if (ErrorClass && !(error instanceof ErrorClass)) {
    refuse(
      `Expected error to be instance of "${ErrorClass.name}", ` +
        `but was "${error.constructor?.name}"`,
      msg,
    );
  }
  if (!msgMatches || isFound(msgMatches, error.message)) return;
  const wanted = typeof msgMatches === "string"
    ? JSON.stringify(msgMatches)
    : String(msgMatches);
  refuse(
    `Expected error message to include ${wanted}, ` +
      `but got ${JSON.stringify(error.message)}`,
    msg,
  );
}

/** Fails unless the function throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless the function throws an error of this class; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorType<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  ...expectation: Expectation
): unknown {
  try {
    fn();
  } catch (error) {
    checkFailure(error, expectation, "A non-Error object was thrown");
    return error;
  }
  refuse("Expected function to throw", ownMessage(expectation));
}

/** Fails unless the function returns a promise that rejects; resolves to what it rejected with. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Fails unless the promise rejects with an error of this class; resolves to it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorType<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expectation: Expectation
): Promise<unknown> {
  const promise = callForPromise(fn);
  if (!promise) {
    refuse(
      "Function throws when expected to reject",
      ownMessage(expectation),
    );
  }
  try {
    await promise;
  } catch (error) {
    checkFailure(error, expectation, "A non-Error object was rejected");
    return error;
  }
  refuse("Expected function to reject", ownMessage(expectation));
}

function isFound(wanted: string | RegExp, message: string): boolean {
  const plain = stripVTControlCharacters(message);
  return typeof wanted === "string"
    ? plain.includes(stripVTControlCharacters(wanted))
    : wanted.test(plain);
}

function checkFailure(
  error: unknown,
  [ErrorClass, msgIncludes, msg]: Expectation,
  ifNoError: string,
): void {
  // A class that makes no errors is not looked at: `@std/assert` lets anything pass then.
  if (!isErrorType(ErrorClass)) return;
  if (!(error instanceof Error)) refuse(ifNoError, msg);
  assertIsError(error, ErrorClass, msgIncludes, msg);
}

function isErrorType(value: unknown): value is ErrorType<Error> {
  return typeof value === "function" &&
    (value === Error || value.prototype instanceof Error);
}

function ownMessage(expectation: Expectation): string | undefined {
  const [errorClassOrMsg, , msg] = expectation;
  return typeof errorClassOrMsg === "string" ? errorClassOrMsg : msg;
}

function callForPromise(
  fn: () => PromiseLike<unknown>,
): PromiseLike<unknown> | undefined {
  try {
    const result: unknown = fn();
    const isThenable = typeof result === "object" && result !== null &&
      "then" in result && typeof result.then === "function";
    return isThenable ? result as PromiseLike<unknown> : undefined;
  } catch {
    return undefined;
  }
}
