import type { StoreDriver } from "../driver.ts";
import type { Progress } from "../local/progress.ts";
import type { Operation } from "../operation/operation.ts";
import type { KnownLine } from "./known_line.ts";
import type { CompleteSettings } from "./settings.ts";

/** A transfer that is under way: what its parts work with. */
export interface Transfer {
  /** The operation; ended by the first failure. */
  readonly operation: Operation;
  /** The count. */
  readonly progress: Progress;
  /** The driver. */
  readonly driver: StoreDriver;
  /** The driver's settings, complete. */
  readonly settings: CompleteSettings;
  /** The line to the service, as far as the store's downloads have found it out. */
  readonly line: KnownLine;
  /** Ends the operation with what a failure of the driver means. */
  readonly fail: (error: unknown) => void;
}

/** Adds up what pieces side by side have transferred. */
export class Counter {
  readonly #progress: Progress;
  #bytes = 0;

  /** @param progress Is told the sum. */
  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** The sum so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts further bytes. */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#progress.report(this.#bytes);
  }
}

/** Some of a transfer's work. */
export type Job = () => Promise<void>;

/**
 * Runs jobs side by side until there are none or one fails; waits for all that
 * have begun.
 *
 * @param transfer The transfer, which the first failure ends.
 * @param workers For each worker, what gives its next job.
 */
export async function inParallel(
  transfer: Transfer,
  workers: readonly (() => Job | undefined)[],
): Promise<void> {
  const { operation } = transfer;
  async function work(next: () => Job | undefined): Promise<void> {
    try {
      for (let job = next(); job; job = next()) {
        operation.check();
        await job();
      }
    } catch (error) {
      // Stops the others.
      transfer.fail(error);
      throw error;
    }
  }
  await Promise.allSettled(workers.map(work));
  operation.check();
}
