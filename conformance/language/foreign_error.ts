import { NAME_OF_CODE } from "../checks/error_chain.ts";
import { type ForeignFailure, MessageError } from "./messages.ts";

const BRAND: unique symbol = Symbol.for("@storekit/object-store/error");

/** The parts of an operation that its error may refer to. */
export interface FailureContext {
  /** Values that the callback threw, by the number of its call. */
  readonly thrown: ReadonlyMap<number, unknown>;
  /** The operation's signal. */
  readonly signal: AbortSignal | undefined;
  /** The failure of the caller's stream, if it has failed. */
  readonly source?: { readonly error: unknown } | undefined;
}

/**
 * Turns an error of the other language into what the same store in TypeScript would have rejected
 * with. Nothing is mended: a claim that cannot be true becomes an error of no store.
 *
 * @throws {MessageError} If its code is none of the contract's.
 */
export function toError(
  failure: ForeignFailure,
  { thrown, signal, source }: FailureContext,
): unknown {
  const { code, local, argument, callback, aborted, range } = failure;
  if (callback !== undefined && thrown.has(callback)) {
    return thrown.get(callback);
  }
  if (aborted === true && signal?.aborted) return signal.reason;
  if (failure.source === true && source !== undefined) return source.error;
  if (code !== undefined) return makeStoreError(code, failure);
  const message = describe(failure);
  if (range === true) return dress(new RangeError(message), failure);
  if (argument === true) return dress(new TypeError(message), failure);
  const error = dress(new Error(message), failure);
  error.name = failure.type ?? "Error";
  return local === undefined ? error : Object.assign(error, { code: local });
}

/** An error of the store with one of the contract's codes, for what the other language is not asked. */
export function makeStoreError(code: string, failure: ForeignFailure): Error {
  const name = Object.hasOwn(NAME_OF_CODE, code)
    ? NAME_OF_CODE[code]
    : undefined;
  if (name === undefined) {
    throw new MessageError(
      `an error has the code ${JSON.stringify(code)}, and the contract has ${
        Object.keys(NAME_OF_CODE).join(", ")
      }`,
    );
  }
  const { objectName, uri } = failure;
  return Object.assign(dress(new Error(failure.message ?? ""), failure), {
    name,
    code,
    [BRAND]: true,
    ...(objectName === undefined ? {} : { objectName }),
    ...(uri === undefined ? {} : { uri }),
  });
}

function describe(
  { message = "", callback, aborted, source }: ForeignFailure,
): string {
  if (callback !== undefined) {
    return `${message} (said to be what call ${callback} of the callback threw, and that call threw nothing)`;
  }
  if (source === true) {
    return `${message} (said to be the failure of the caller's stream, and that has not failed)`;
  }
  if (aborted === true) {
    return `${message} (said to be aborted, and the signal has not fired)`;
  }
  return message;
}

/** Gives an error the other language's class, causes and stack. */
function dress<E extends Error>(error: E, failure: ForeignFailure): E {
  const { type, cause = [], stack } = failure;
  const causes = cause.reduceRight<Error | undefined>(
    (inner, text) =>
      trim(
        inner === undefined
          ? new Error(text)
          : new Error(text, { cause: inner }),
        text,
      ),
    undefined,
  );
  if (causes !== undefined) error.cause = causes;
  if (type !== undefined) Object.assign(error, { type });
  return trim(error, stack ?? failure.message ?? "");
}

/** The kit's own frames say nothing about the store. */
function trim<E extends Error>(error: E, stack: string): E {
  error.stack = stack;
  return error;
}
