import { type Failure, StoreFailure } from "../driver.ts";
import { causeOf, meaningOf, NO_CONTAINER, readFailure } from "./classify.ts";
import { type NativeCallOptions, NativeCalls } from "./native_calls.ts";
import type { OperatorLike, OperatorMetadata } from "./operator.ts";
import type { Service } from "./services.ts";

/** Parts of {@linkcode ServiceCalls}. */
export interface ServiceCallsOptions {
  /** Gives the operator; called at the first request, and again after a failure that a new one may mend. */
  readonly operator: () => Promise<OperatorLike>;
  /** Facts about the service. */
  readonly service: Service;
  /** Milliseconds that one request may take without an answer. */
  readonly requestTimeout: number;
  /** Texts that must not show in an error, as a service may repeat them. */
  readonly secrets: readonly string[];
}

/** Under what a request is made. */
export interface CallOptions extends NativeCallOptions {
  /** Group that waits for it, too. @default {the calls of the store} */
  readonly calls?: NativeCalls;
}

/** Attempts of a request that is the same however often it is sent. */
const ATTEMPTS = 3;
/** Milliseconds before the second attempt, at most; twice as many before the third. */
const FIRST_PAUSE = 200;

/** Kinds of OpenDAL's error where the first byte of an empty object is asked for; the first one is also that of other failures. */
const BEYOND_END: ReadonlySet<string> = new Set([
  ...["Unexpected", "RangeNotSatisfied"],
]);

/** Requests to a service through OpenDAL: tried again where that may help, their failures translated. */
export class ServiceCalls {
  /** Facts about the service. */
  readonly service: Service;
  /** Texts that must not show in an error. */
  readonly secrets: readonly string[];
  readonly #options: ServiceCallsOptions;
  readonly #calls: NativeCalls;
  #operator: Promise<OperatorLike> | undefined;

  /** @param options The operator, and what is known of its service. */
  constructor(options: ServiceCallsOptions) {
    this.service = options.service;
    this.secrets = options.secrets;
    this.#options = options;
    this.#calls = new NativeCalls(options.requestTimeout);
  }

  /** Gives the operator. */
  operator(): Promise<OperatorLike> {
    const operator = this.#operator ??= this.#options.operator();
    operator.catch(() => {
      if (this.#operator === operator) this.#operator = undefined;
    });
    return operator;
  }

  /** Makes a group of calls that can be waited for apart. */
  group(): NativeCalls {
    return this.#calls.group();
  }

  /** Waits for every call that is still running, for as long as one may take. */
  settled(): Promise<void> {
    return this.#calls.settled();
  }

  /**
   * Makes a request once.
   *
   * @param call Makes it.
   * @param options The signal.
   * @returns What it gave.
   * @throws What OpenDAL threw, or a `StoreFailure` if there was no answer.
   */
  async once<T>(
    call: () => Promise<T>,
    { calls = this.#calls, ...options }: CallOptions,
  ): Promise<T> {
    try {
      return await calls.run(call, options);
    } catch (error) {
      const isPassing = isFailure(error, "TRANSIENT") ||
        readFailure(error)?.isTemporary;
      // The next request gets a new operator, where there can be one.
      if (isPassing && this.service.hasPool) this.#operator = undefined;
      throw error;
    }
  }

  /**
   * Makes a request that may be made again, up to three times.
   *
   * @param call Makes it.
   * @param options The signal.
   * @returns What it gave.
   * @throws {StoreFailure} What the last failure means.
   */
  async ask<T>(call: () => Promise<T>, options: CallOptions): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.once(call, options);
      } catch (error) {
        const isPassing = readFailure(error)?.isTemporary &&
          this.meaning(error)?.code === "TRANSIENT";
        if (!isPassing || attempt === ATTEMPTS) return this.reject(error);
        await this.#calls.pause(FIRST_PAUSE * attempt, options.signal);
      }
    }
  }

  /**
   * Asks size and version of an object.
   *
   * @param key The key.
   * @param options The signal.
   * @returns What the service says of it.
   * @throws {StoreFailure} `OBJECT_NOT_FOUND` also for a directory.
   */
  async stat(key: string, options: CallOptions): Promise<OperatorMetadata> {
    const operator = await this.operator();
    const metadata = await this.ask(() => operator.stat(key), options)
      .catch((error) =>
        this.#explainMissing(operator, key, { error, options })
      );
    // A directory of other objects, which OpenDAL also finds where there are none.
    if (!metadata.isFile()) throw notFound();
    return metadata;
  }

  /**
   * Asks size and version of an object whose size has to be right: OpenDAL says 0 also where the
   * answer to HEAD tells none, so that an object that looks empty is looked into.
   *
   * @param key The key.
   * @param options The signal.
   * @returns What the service says of it.
   * @throws {StoreFailure} `OBJECT_NOT_FOUND` also for a directory, `TRANSIENT` if nobody has told the size.
   */
  async statSize(key: string, options: CallOptions): Promise<OperatorMetadata> {
    const metadata = await this.stat(key, options);
    const isDoubtful = this.service.family === "objects" &&
      Number(metadata.contentLength) === 0;
    if (!isDoubtful) return metadata;
    const operator = await this.operator();
    const first = { offset: 0n, size: 1n };
    const { length } = await this.ask(
      () =>
        operator.read(key, first).catch((error) => {
          const { kind = "", isTemporary } = readFailure(error) ?? {};
          if (!BEYOND_END.has(kind) || isTemporary) throw error;
          return operator.read(key);
        }),
      options,
    );
    if (length === 0) return metadata;
    throw new StoreFailure("TRANSIENT", "the answer tells no size");
  }

  /** Says what an error of OpenDAL means; `undefined` for another error. */
  meaning(error: unknown): Failure | undefined {
    const failure = readFailure(error);
    return failure && meaningOf(failure);
  }

  /** Throws the failure that an error of OpenDAL means, and other errors as they are. */
  reject(error: unknown): never {
    const meaning = this.meaning(error);
    if (!meaning) throw error;
    throw new StoreFailure(meaning.code, meaning.reason, {
      cause: this.causeOf(error),
    });
  }

  /** Makes the cause of an error from what OpenDAL threw, without secrets. */
  causeOf(error: unknown): Error {
    return causeOf(error, this.secrets);
  }

  /** Throws as {@linkcode ServiceCalls.reject}; what is not found when it is written or listed is the container. */
  rejectMissingContainer(error: unknown): never {
    const isMissing = readFailure(error)?.kind === "NotFound" ||
      isFailure(error, "OBJECT_NOT_FOUND");
    if (isMissing && this.service.family === "objects") {
      throw noContainer(this.causeOf(error));
    }
    return this.reject(error);
  }

  /**
   * Finds a file where a path has a directory, or a directory where it has the file.
   *
   * @param key The path.
   * @param options The signal.
   * @returns What is in the way, or `undefined`.
   */
  async findConflict(
    key: string,
    options: CallOptions,
  ): Promise<{ readonly path: string; readonly isFile: boolean } | undefined> {
    const operator = await this.operator();
    const segments = key.split("/");
    for (let count = 1; count <= segments.length; count++) {
      const path = segments.slice(0, count).join("/");
      const found = await this.once(() => operator.stat(path), options)
        .catch(() => undefined);
      options.signal.throwIfAborted();
      if (!found) return undefined;
      const isWhole = count === segments.length;
      if (found.isFile() !== isWhole) return { path, isFile: found.isFile() };
    }
    return undefined;
  }

  /** Tells a missing container from a missing object, and finds what lies in a tree below a file (clause 24). */
  async #explainMissing(
    operator: OperatorLike,
    key: string,
    { error, options }: { error: unknown; options: CallOptions },
  ): Promise<never> {
    if (this.service.family === "files") {
      const conflict = await this.findConflict(key, options);
      throw conflict?.isFile ? notFound(error) : error;
    }
    const isAsked = isFailure(error, "OBJECT_NOT_FOUND") &&
      this.service.family === "objects" && operator.capability().list;
    if (!isAsked) throw error;
    try {
      // Only what is below the name: services sort or copy all that a listing begins with.
      const limits = { limit: 1, recursive: false };
      await this.ask(() => operator.list(`${key}/`, limits), options);
    } catch (second) {
      options.signal.throwIfAborted();
      if (
        isFailure(second, "OBJECT_NOT_FOUND") ||
        isFailure(second, "BUCKET_NOT_FOUND")
      ) {
        throw noContainer(second);
      }
      if (isFailure(second, "PERMISSION_DENIED")) {
        throw new StoreFailure(
          "OBJECT_NOT_FOUND",
          "object not found, or the container is missing: listing it is not permitted",
          { cause: second },
        );
      }
    }
    throw error;
  }
}

/**
 * Tells whether an error is a failure with a code.
 *
 * @param error What was thrown.
 * @param code The code.
 */
export function isFailure(error: unknown, code: Failure["code"]): boolean {
  return error instanceof StoreFailure && error.code === code;
}

function notFound(cause?: unknown): StoreFailure {
  return new StoreFailure("OBJECT_NOT_FOUND", "object not found", { cause });
}

function noContainer(cause: unknown): StoreFailure {
  return new StoreFailure("BUCKET_NOT_FOUND", NO_CONTAINER, { cause });
}
