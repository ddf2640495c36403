import {
  FileExistsError,
  InvalidObjectNameError,
  isObjectStoreError,
  ObjectNotFoundError,
  ObjectStoreClosedError,
  ObjectStoreTransientError,
} from "../../../src/errors.ts";
import type { Call, CallDetails } from "../reference/call.ts";
import { MemoryObjectStore } from "../reference/memory_store.ts";
import { makeVariant, type Variant } from "./variant.ts";

class MissingKeyError extends ObjectNotFoundError {
  readonly key: string = "k";
}
class TargetExistsError extends FileExistsError {}
class BadKeyError extends InvalidObjectNameError {}
class GoneError extends ObjectStoreClosedError {}
class BusyError extends ObjectStoreTransientError {
  readonly retryAfterMs: number = 10;
}

/** Its errors are subclasses. */
class Subclasses extends MemoryObjectStore {
  protected override notFound(call: CallDetails): Error {
    return new MissingKeyError(`No object ${call.uri}`, call);
  }

  protected override fileExists(call: CallDetails, path: string): Error {
    return new TargetExistsError(`${path} for ${call.uri} is there`, call);
  }

  protected override invalidName(objectName: string, reason: string): Error {
    return new BadKeyError(`${JSON.stringify(objectName)}: ${reason}`, {
      objectName,
    });
  }

  protected override closed(
    call: Pick<CallDetails, "action"> & Partial<CallDetails>,
  ): Error {
    return new GoneError(`Cannot ${call.action} ${call.uri}: closed`, call);
  }

  protected override transient(call: CallDetails, reason: string): Error {
    return new BusyError(`Cannot ${call.action} ${call.uri}: ${reason}`, call);
  }
}

const BRAND: unique symbol = Symbol.for("@storekit/object-store/error");
const BASES: Readonly<Record<string, new (message: string) => Error>> = {
  OBJECT_NOT_FOUND: Deno.errors.NotFound,
  FILE_EXISTS: Deno.errors.AlreadyExists,
};

/** Its errors are those of another copy of the package: other classes, the brand and the code. */
class Foreign extends MemoryObjectStore {
  protected override notFound(call: CallDetails): Error {
    return foreign(super.notFound(call));
  }

  protected override fileExists(call: CallDetails, path: string): Error {
    return foreign(super.fileExists(call, path));
  }

  protected override invalidName(objectName: string, reason: string): Error {
    return foreign(super.invalidName(objectName, reason));
  }

  protected override closed(
    call: Pick<CallDetails, "action"> & Partial<CallDetails>,
  ): Error {
    return foreign(super.closed(call));
  }
}

/** Its errors are its own: an `Error` each, with brand and code (clause 22). */
class OwnErrors extends MemoryObjectStore {
  protected override notFound(call: CallDetails): Error {
    return foreign(super.notFound(call), {});
  }

  protected override fileExists(call: CallDetails, path: string): Error {
    return foreign(super.fileExists(call, path), {});
  }

  protected override invalidName(objectName: string, reason: string): Error {
    return foreign(super.invalidName(objectName, reason), {});
  }

  protected override closed(
    call: Pick<CallDetails, "action"> & Partial<CallDetails>,
  ): Error {
    return foreign(super.closed(call), {});
  }
}

/** What the other copy would have thrown instead. */
function foreign(error: Error, bases = BASES): Error {
  if (!isObjectStoreError(error)) return error;
  const { code, message, name, objectName, uri } = error;
  const Base = bases[code] ?? Error;
  const other = class extends Base {
    override readonly name: string = name;
    readonly code: string = code;
    readonly objectName: string | undefined = objectName;
    readonly uri: string | undefined = uri;
    get [BRAND](): boolean {
      return true;
    }
  };
  return new other(message);
}

/** Its errors tell more, have causes, and cannot be changed. */
class TellsMore extends MemoryObjectStore {
  protected override translate(call: Call, error: unknown): unknown {
    if (!isObjectStoreError(error)) return error;
    return this.#more(error, call.path);
  }

  protected override invalidName(objectName: string, reason: string): Error {
    return this.#more(super.invalidName(objectName, reason), objectName);
  }

  #more(error: Error, path: string): Error {
    if (Object.isFrozen(error)) return error;
    return Object.freeze(
      Object.assign(error, {
        status: 404,
        requestId: "4f2a",
        isRetryable: false,
        syscall: "fetch",
        path,
        cause: new AggregateError([new Error("first")], "ENOENT", {
          cause: { code: "NoSuchKey", $metadata: { httpStatusCode: 404 } },
        }),
        toJSON: () => ({ message: error.message }),
      }),
    );
  }
}

/** Wraps local errors no more than the system does, but as Deno's own classes. */
class DenoErrors extends MemoryObjectStore {
  protected override translate(_call: Call, error: unknown): unknown {
    if (!(error instanceof Error) || isObjectStoreError(error)) return error;
    const { code } = error as { code?: unknown };
    const Base = {
      ENOENT: Deno.errors.NotFound,
      EEXIST: Deno.errors.AlreadyExists,
      EACCES: Deno.errors.PermissionDenied,
      EISDIR: Deno.errors.IsADirectory,
      ENOTDIR: Deno.errors.NotADirectory,
    }[String(code)];
    return Base ? Object.assign(new Base(error.message), { code }) : error;
  }
}

/** Correct stores whose errors are not made by the classes of this copy of the package, or tell more. */
export const errorVariants: readonly Variant[] = [
  makeVariant({
    name: "error-subclasses",
    description: "errors are subclasses with messages of their own",
    open: (ctx) => new Subclasses(ctx),
  }),
  makeVariant({
    name: "foreign-errors",
    description: "errors of another copy, known by brand and code",
    open: (ctx) => new Foreign(ctx),
  }),
  makeVariant({
    name: "own-errors",
    description:
      "errors are the store's own, known by brand and code, and none of Deno's classes",
    open: (ctx) => new OwnErrors(ctx),
  }),
  makeVariant({
    name: "errors-tell-more",
    description: "errors have fields and causes, and are frozen",
    open: (ctx) => new TellsMore(ctx),
  }),
  makeVariant({
    name: "deno-errors",
    description: "local errors are Deno's classes",
    open: (ctx) => new DenoErrors(ctx),
  }),
];
