import { CaseStop } from "../model/case_stop.ts";
import type { UploadOptions } from "../../src/object_store.ts";
import { type FailureContext, toError } from "./foreign_error.ts";
import { MessageError } from "./messages.ts";
import {
  ForeignError,
  type RequestListener,
  type StoreProcess,
  type StoreRequest,
} from "./store_process.ts";

/** The options of an operation that every one of them can have. */
export interface ForeignOptions {
  /** See the contract. */
  readonly signal?: AbortSignal | undefined;
  /** See the contract. */
  readonly callback?: UploadOptions["callback"];
}

/** A part of an operation that only some of them have. */
export interface ForeignExtras {
  /** Told what comes before the answer, or after it. */
  readonly listener?: RequestListener;
  /** Told of the request as soon as it is sent. */
  readonly onSent?: (request: StoreRequest) => void;
  /** The failure of the caller's stream, if it has failed by then. */
  readonly sourceFailure?: () => FailureContext["source"];
}

/** A store in a process of another language, as what can be asked of it. */
export class ForeignHandle {
  /** The process. */
  readonly process: StoreProcess;
  readonly #store: unknown;

  /** @param process The process. @param store The handle that it gave. */
  constructor(process: StoreProcess, store: unknown) {
    this.process = process;
    this.#store = store;
  }

  /**
   * Sends a request and turns its answer into what a store in TypeScript does.
   *
   * @param what The request's name.
   * @param makeBody Gives its members; what this throws is the answer.
   * @returns The value of the answer, and the request. Rejects, and never throws synchronously.
   */
  async operate(
    what: string,
    makeBody: () => Record<string, unknown>,
    { signal, callback }: ForeignOptions = {},
    { listener = {}, onSent, sourceFailure }: ForeignExtras = {},
  ): Promise<{ value: unknown; request: StoreRequest }> {
    const { process } = this;
    if (callback !== undefined && typeof callback !== "function") {
      throw new TypeError("'callback' must be a function");
    }
    const thrown = new Map<number, unknown>();
    if (signal?.aborted) this.needAbort();
    const request: StoreRequest = process.send({
      do: what,
      store: this.#store,
      ...makeBody(),
      ...(callback === undefined ? {} : { progress: true }),
      ...(signal?.aborted ? { aborted: true } : {}),
    }, {
      ...listener,
      ...(callback && {
        async onProgress(done, total, call) {
          let threw = false;
          try {
            await callback(done, total);
          } catch (error) {
            threw = true;
            thrown.set(call, error);
          }
          process.acknowledge(request.id, call, threw);
        },
      }),
    });
    onSent?.(request);
    const stopListening = this.abortWith(signal, request);
    try {
      return { value: await request.answer, request };
    } catch (error) {
      const source = sourceFailure?.();
      throw this.translate(error, { thrown, signal, source });
    } finally {
      stopListening();
    }
  }

  /** Aborts a request when a signal fires, until the function that it returns is called. */
  abortWith(
    signal: AbortSignal | undefined,
    request: StoreRequest,
  ): () => void {
    const onAbort = () => {
      if (this.needAbort()) request.abort();
    };
    signal?.addEventListener("abort", onAbort);
    return () => signal?.removeEventListener("abort", onAbort);
  }

  /** Ends the case unless the process can abort what it does. */
  needAbort(): boolean {
    if (this.process.can("abort")) return true;
    this.process.fail(
      new CaseStop(
        "unverified",
        "the store does not declare the power 'abort'",
      ),
    );
    return false;
  }

  /** Turns the failure of a request into what a store in TypeScript rejects with. */
  translate(error: unknown, context: FailureContext): unknown {
    if (!(error instanceof ForeignError)) return error;
    const { failure } = error;
    let problem: CaseStop | undefined;
    if (failure.lacks !== undefined) {
      problem = new CaseStop("unverified", failure.lacks);
    } else {
      try {
        return toError(failure, context);
      } catch (wrong) {
        if (!(wrong instanceof MessageError)) throw wrong;
        problem = new CaseStop(
          "error",
          `the store's process is no use: ${wrong.message}`,
        );
      }
    }
    this.process.fail(problem);
    return problem;
  }
}
