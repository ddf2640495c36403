import type { DownloadOptions } from "../../../src/object_store.ts";

/** What a call of a reference store is about, once its arguments are checked. */
export interface CallDetails {
  /** `Cannot <action>`. */
  readonly action: string;
  /** The name, as the caller gave it. */
  readonly objectName: string;
  /** The prefix and the name. */
  readonly key: string;
  /** The object's URI. */
  readonly uri: string;
  /** The local file; empty where there is none. */
  readonly path: string;
  /** The caller's options, read once. */
  readonly options: Readonly<DownloadOptions>;
}

/** One operation of a reference store, and how far it is. */
export class Call implements CallDetails {
  readonly action: string;
  readonly objectName: string;
  readonly key: string;
  readonly uri: string;
  readonly path: string;
  readonly options: Readonly<DownloadOptions>;
  /** The object's size in bytes, as soon as it is known. */
  total = 0;
  /** What the callback was told last; -1 for nothing yet. */
  reported = -1;
  /** What ended the operation, if the caller did. */
  failure: { readonly error: unknown } | undefined;
  readonly #waiting = new Set<(error: unknown) => void>();
  readonly #controller = new AbortController();

  /** @param details What the call is about. */
  constructor(details: CallDetails) {
    this.action = details.action;
    this.objectName = details.objectName;
    this.key = details.key;
    this.uri = details.uri;
    this.path = details.path;
    this.options = details.options;
  }

  /**
   * Waits for something, but no longer than until the caller ends the operation. Nothing is kept of
   * what has settled: `Promise.race()` with a promise that lives as long as the operation would hold
   * each result until its end, all bytes of a transfer among them.
   */
  race<T>(waited: T | PromiseLike<T>): Promise<T> {
    const promise = Promise.resolve(waited);
    if (this.failure) {
      promise.catch(() => {});
      return Promise.reject(this.failure.error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      promise.then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /** Fires when the caller ends the operation; for the backing. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the operation with this error, unless it has ended already. */
  fail(error: unknown): void {
    if (this.failure) return;
    this.failure = { error };
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#controller.abort(error);
  }
}
