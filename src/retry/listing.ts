import type { ListableObjectStore, OperationOptions } from "../object_store.ts";
import { prepareRun } from "./run.ts";
import type { RetryOptions } from "./options.ts";

/** Options of {@linkcode listWithRetry}. */
export interface RetryListing {
  /** The beginning of the names. */
  readonly prefix: string | undefined;
  /** The caller's options. */
  readonly options: OperationOptions | undefined;
  /** The options of `withRetry()`. */
  readonly retryOptions: RetryOptions;
  /** Called with the step that is in progress, so that `close()` can wait for it. */
  track<T>(step: Promise<T>): Promise<T>;
}

/**
 * Lists names, each once. As no order is promised, a listing that fails has to
 * begin again, and the names that were given are left out.
 *
 * @param store The store that lists.
 * @param listing Which names, and how to try again.
 */
export async function* listWithRetry(
  store: ListableObjectStore,
  { prefix, options, retryOptions, track }: RetryListing,
): AsyncGenerator<string, void> {
  const run = prepareRun(options, retryOptions);
  const given = new Set<string>();
  let names: AsyncIterator<string> | undefined;

  async function findNext(): Promise<string | undefined> {
    try {
      names ??= store.listObjects(prefix, run.options)[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await names.next();
        if (done) return undefined;
        if (!given.has(value)) return value;
      }
    } catch (error) {
      // An iterator that has thrown has ended: the next attempt needs a new one.
      names = undefined;
      throw error;
    }
  }

  try {
    for (;;) {
      const name = await track(run.attempt(findNext));
      if (name === undefined) return;
      given.add(name);
      yield name;
    }
  } finally {
    run.release();
    await names?.return?.();
  }
}
