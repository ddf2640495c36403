import type { StoreDriver } from "../driver.ts";
import { checkPrefix, invalidName, toKey } from "../object_name.ts";
import { rememberCallerError } from "../operation/caller_error.ts";
import { Operation } from "../operation/operation.ts";
import { KnownLine } from "../transfer/known_line.ts";
import type { ObjectStream } from "../transfer/object_stream.ts";
import {
  type CompleteSettings,
  completeSettings,
} from "../transfer/settings.ts";
import { type CallerOptions, checkOptions } from "./check_arguments.ts";
import { type Call, makeError, translateError } from "./store_errors.ts";

/** Milliseconds for which a failed transfer waits for the service to discard an upload, or for the disk to let go of a file; then that goes on in the background (clause 21). */
const CLEANUP_GRACE = 300;

/** A call on an object whose arguments are in order. */
export interface CheckedCall extends Call {
  readonly objectName: string;
  readonly uri: string;
  /** The store's prefix and the object's name. */
  readonly key: string;
  /** The caller's options. */
  readonly options: CallerOptions;
}

/**
 * Runs the calls of one store on a driver: checks them in the order of clause
 * 17, gives each an {@linkcode Operation}, translates its failure, and knows
 * what closing the store has to wait for.
 */
export class DriverCalls {
  /** The service, spoken to by a driver. */
  readonly driver: StoreDriver;
  /** The line to the service, as far as downloads have found it out. */
  readonly line: KnownLine = new KnownLine();
  readonly #prefix: string;
  readonly #busy = new Set<Promise<unknown>>();
  readonly #streams = new Map<ObjectStream, Call>();
  #closing: Promise<void> | undefined;

  /**
   * @param driver How the service is spoken to.
   * @param prefix What the caller gave as the store's prefix.
   * @throws {TypeError} If the prefix is not a sequence of whole segments.
   */
  constructor(driver: StoreDriver, prefix: string | undefined) {
    this.driver = driver;
    this.#prefix = checkPrefix(prefix);
  }

  /** The driver's settings, complete. */
  get settings(): CompleteSettings {
    return completeSettings(this.driver.settings);
  }

  /** The beginning of every key of the store. */
  get keyPrefix(): string {
    return this.#prefix === "" ? "" : `${this.#prefix}/`;
  }

  /**
   * Computes the URI of a name.
   *
   * @throws {TypeError} If the name is not a string.
   * @throws {InvalidObjectNameError} If the name is not valid here.
   */
  getUri(objectName: string): string {
    return this.driver.getUri(this.#toKey(objectName));
  }

  /**
   * Checks the arguments of a call, the first step of clause 17.
   *
   * @param action The action, for messages: `Cannot <action>`.
   * @param objectName The name.
   * @param options What the caller gave as options.
   * @param names The options that the method has.
   * @throws {TypeError} If an argument is of the wrong kind.
   * @throws {InvalidObjectNameError} If the name is not valid here.
   */
  check(
    action: string,
    objectName: string,
    options: unknown,
    names: readonly (keyof CallerOptions)[],
  ): CheckedCall {
    const checked = checkOptions(options, names);
    const key = this.#toKey(objectName);
    const uri = this.driver.getUri(key);
    return { action, objectName, uri, key, options: checked };
  }

  /** Throws if the store is closed, or the signal aborted already: the second and third step of clause 17. */
  checkState(call: Call, signal: AbortSignal | undefined): void {
    this.checkOpen(call);
    if (!signal?.aborted) return;
    rememberCallerError(signal.reason);
    throw signal.reason;
  }

  /** Throws if the store is closed. */
  checkOpen(call: Call): void {
    if (this.#closing) throw makeClosedError(call);
  }

  /**
   * Runs an operation to its end, which {@linkcode DriverCalls.close} waits for.
   *
   * @param call The call.
   * @param action What is done. What it throws is translated.
   */
  async run<T>(
    call: CheckedCall,
    action: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const { signal } = call.options;
    this.checkState(call, signal);
    const operation = new Operation(signal);
    try {
      return await this.background(action(operation));
    } catch (error) {
      throw this.failureOf(operation, error, call);
    } finally {
      operation.end();
    }
  }

  /** Says what the caller gets: what ended the operation first, otherwise what `error` means. */
  failureOf(operation: Operation, error: unknown, call: Call): unknown {
    return operation.failure
      ? operation.failure.error
      : translateError(error, this.driver, call);
  }

  /** Remembers that closing has to wait for a promise. */
  background<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.then(() => {}, () => {});
    this.#busy.add(settled);
    settled.then(() => this.#busy.delete(settled));
    return promise;
  }

  /** Waits for a clean-up, but only for a moment; then it goes on in the background. */
  async cleanUp(promise: Promise<unknown>): Promise<void> {
    this.background(promise);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLEANUP_GRACE);
    });
    await Promise.race([late, promise.then(() => {}, () => {})]);
    clearTimeout(timer);
  }

  /**
   * Remembers a stream that was given to the caller: closing lets it go on as long as it is being read,
   * and otherwise errors it (clause 32).
   */
  addStream(stream: ObjectStream, call: Call): void {
    this.#streams.set(stream, call);
    stream.ended.then(() => this.#streams.delete(stream));
  }

  /** Closes the driver when everything in the background has settled. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #toKey(objectName: string): string {
    const key = toKey(objectName, this.#prefix);
    const reason = this.driver.checkKey?.(key);
    if (reason !== undefined) throw invalidName(objectName, reason);
    return key;
  }

  async #close(): Promise<void> {
    while (this.#busy.size > 0 || this.#streams.size > 0) {
      const ended = [...this.#streams].map(([stream, call]) =>
        stream.finish(() => makeClosedError(call))
      );
      await Promise.all([...ended, ...this.#busy]);
    }
    await this.driver.close();
  }
}

function makeClosedError(call: Call): Error {
  return makeError({ code: "CLOSED", reason: "the store is closed" }, call);
}
