import {
  InvalidObjectNameError,
  ObjectStoreClosedError,
} from "../../src/errors.ts";
import type {
  DownloadOptions,
  ListableObjectStore,
  OperationOptions,
  TransferCallback,
} from "../../src/object_store.ts";

/** One attempt, as the scripted store was asked for it. */
export interface Attempt {
  readonly objectName: string;
  readonly filename: string | URL | undefined;
  readonly options: DownloadOptions | undefined;
  /** Reports progress as a store does: awaited, and nothing without a callback. */
  report(...call: Parameters<TransferCallback>): Promise<void>;
}

type Step = (attempt: Attempt) => unknown;

/**
 * A store that does what a script says, one step an operation, after looking
 * at its arguments in the order of the contract.
 */
export class ScriptedStore implements ListableObjectStore {
  readonly attempts: Attempt[] = [];
  closeCalls = 0;
  readonly #steps: Step[];

  constructor(...steps: Step[]) {
    this.#steps = steps;
  }

  getUri(objectName: string): string {
    if (typeof objectName !== "string") throw new TypeError("Not a string");
    if (objectName === "") throw new InvalidObjectNameError("Empty");
    return `script:${objectName}`;
  }

  getObjectSize(name: string, options?: OperationOptions): Promise<number> {
    return this.#next(name, undefined, options) as Promise<number>;
  }

  uploadObject(
    name: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    return this.#next(name, filename, options) as Promise<void>;
  }

  downloadObject(
    name: string,
    filename: string | URL,
    options?: DownloadOptions,
  ): Promise<void> {
    return this.#next(name, filename, options) as Promise<void>;
  }

  async *listObjects(
    prefix = "",
    options?: OperationOptions,
  ): AsyncIterable<string> {
    if (typeof prefix !== "string") throw new TypeError("Not a string");
    yield* await this.#next("list", prefix, options) as AsyncIterable<string>;
  }

  close(): Promise<void> {
    this.closeCalls++;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(
    objectName: string,
    filename: string | URL | undefined,
    options: DownloadOptions | undefined,
  ): Promise<unknown> {
    const uri = this.getUri(objectName);
    if (typeof (options?.callback ?? (() => {})) !== "function") {
      throw new TypeError("Not a function");
    }
    if (!((options?.signal ?? NEVER) instanceof AbortSignal)) {
      throw new TypeError("Not a signal");
    }
    if (this.closeCalls > 0) {
      throw new ObjectStoreClosedError("Closed", { objectName, uri });
    }
    options?.signal?.throwIfAborted();

    const attempt: Attempt = {
      objectName,
      filename,
      options,
      async report(bytesTransferred, totalBytes) {
        await options?.callback?.(bytesTransferred, totalBytes);
      },
    };
    this.attempts.push(attempt);
    const step = this.#steps.shift();
    if (!step) throw new Error("Cannot run a step as the script has ended");
    return await step(attempt);
  }
}

const NEVER = new AbortController().signal;
