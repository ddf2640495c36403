import type { TransferCallback } from "../object_store.ts";

/** Options of a {@linkcode Progress}. */
export interface ProgressOptions {
  /** Called at most once, with what the callback threw, as soon as it did. */
  readonly onError: (error: unknown) => void;
}

/**
 * Tells a caller's callback how far a transfer is, as clauses 18 to 20 say:
 * cumulative, never back, one call at a time, the total only at the end.
 *
 * @example Counting what is written
 * ```ts
 * import { Progress } from "@storekit/object-store/local";
 *
 * const seen: number[] = [];
 * const progress = new Progress((bytes) => void seen.push(bytes), {
 *   onError: (error) => console.error(error),
 * });
 * progress.begin(10);
 * progress.report(4);
 * progress.report(10); // kept for finish()
 * await progress.finish();
 * console.log(seen); // [0, 4, 10]
 * ```
 */
export class Progress {
  readonly #callback: TransferCallback | undefined;
  readonly #onError: (error: unknown) => void;
  #total = 0;
  #bytes = -1;
  #reported = -1;
  #pending: Promise<void> | undefined;
  #isStopped = false;

  /**
   * Makes a count that has not begun.
   *
   * @param callback The caller's, if there is one.
   * @param options What to do when it fails.
   */
  constructor(
    callback: TransferCallback | undefined,
    { onError }: ProgressOptions,
  ) {
    this.#callback = callback;
    this.#onError = onError;
  }

  /** Begins, when the object is known to exist. @param total Its size in bytes. */
  begin(total: number): void {
    this.#total = total;
    this.report(0);
  }

  /** Says how many bytes are transferred by now, in all. The total is kept for {@linkcode Progress.finish}. */
  report(bytes: number): void {
    if (bytes <= this.#bytes || bytes >= this.#total) return;
    this.#bytes = bytes;
    this.#deliver();
  }

  /**
   * Makes the last call, `(total, total)`, and waits for it.
   *
   * @throws What the callback threw.
   */
  async finish(): Promise<void> {
    while (this.#pending) await this.#pending;
    if (this.#isStopped) return;
    this.#bytes = this.#total;
    this.#deliver();
    while (this.#pending) await this.#pending;
  }

  /** Says how large the object is that nobody knew the size of; only the last call is then made. @param total Its size in bytes. */
  settleTotal(total: number): void {
    this.#total = total;
  }

  /** Makes no further call. */
  stop(): void {
    this.#isStopped = true;
  }

  #deliver(): void {
    if (!this.#callback || this.#isStopped || this.#pending) return;
    if (this.#bytes <= this.#reported) return;
    this.#reported = this.#bytes;
    try {
      const result: unknown = this.#callback(this.#bytes, this.#total);
      if (!isThenable(result)) return;
      this.#pending = this.#wait(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #wait(result: PromiseLike<unknown>): Promise<void> {
    try {
      await result;
    } catch (error) {
      this.#fail(error);
    }
    this.#pending = undefined;
    // Reports what has come meanwhile; the last call is made by `finish`.
    if (this.#bytes < this.#total) this.#deliver();
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#onError(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then ===
    "function";
}
