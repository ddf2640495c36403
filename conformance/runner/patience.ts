import * as fs from "node:fs/promises";
import { join } from "@std/path/join";
import type { Patience as TimeMeaning } from "../model/case.ts";
import type { StorePace } from "../model/pace.ts";
import { Movement, settlesWhileMoving } from "../checks/movement.ts";
import { settlesWithin } from "../checks/ticks.ts";

/** A transfer may take this many times longer than its size and the measured pace say. */
const TIMES_LONGER = 4;
/** As many small requests may come before anything is seen to move. */
const REQUESTS = 20;
/** The most times longer that a failure takes on a busy machine. */
const MOST_LOAD = 4;
/** A case that moves may take this many times longer than one in which nothing does. */
const TIMES_MOVING = 20;

/** Parts that may move besides what {@linkcode Movement} is told of. */
export interface MovingParts {
  /** Counts what has passed the proxy so far, if there is one. */
  passed(): number;
  /** The directory with the case's files. */
  readonly directory: string;
}

/**
 * The time that one case waits for its store. No clause promises speed, so a store
 * hangs when nothing moves: no byte on the wire or in a file, no call of a
 * callback, no operation that begins or ends.
 */
export class Patience {
  /** The count of calls and operations. */
  readonly movement = new Movement();
  /** Milliseconds without a movement after which the case is taken for hanging. */
  readonly quietMs: number;
  readonly #parts: MovingParts;
  readonly #pace: StorePace | undefined;
  readonly #over = Promise.withResolvers<void>();
  #largest = 0;

  /**
   * @param quietMs Milliseconds without a movement after which a case is taken for hanging, on a fast store.
   * @param parts What may move.
   * @param pace How fast the store is. @default Fast.
   */
  constructor(quietMs: number, parts: MovingParts, pace?: StorePace) {
    this.quietMs = quietMs;
    this.#parts = parts;
    this.#pace = pace;
  }

  /** An object of so many bytes may be moved. */
  expectBytes(size: number): void {
    this.#largest = Math.max(this.#largest, size);
  }

  /** A time as this store needs it: longer by what its largest object takes so far. */
  scale(ms: number): number {
    if (this.#pace === undefined) return ms;
    const { requestMs, uploadRate, downloadRate } = this.#pace;
    const transferMs = 1000 * this.#largest /
      Math.min(uploadRate, downloadRate);
    return Math.round(ms + TIMES_LONGER * transferMs + REQUESTS * requestMs);
  }

  /** Waits for a promise: see `CaseContext.within`. `"slow"` if it is given up although something moves. */
  async wait(
    ms: number,
    promise: Promise<unknown>,
    how: TimeMeaning,
  ): Promise<"settled" | "still" | "slow"> {
    // A case that is over leaves no clock behind for what it does not wait for any more.
    const either = Promise.race([promise, this.#over.promise]);
    if (how === "while-moving") {
      return await this.settlesWhileMoving(either, ms);
    }
    const isInTime = how === "exact"
      ? await settlesWithin(ms, either)
      : await settlesWithin(this.scale(ms), either, MOST_LOAD);
    return isInTime ? "settled" : "still";
  }

  /** The case has ended: nobody waits with {@linkcode Patience.wait} any more. */
  endWaits(): void {
    this.#over.resolve();
  }

  /** Waits for a promise as long as something moves: see {@linkcode settlesWhileMoving}. `mostMs`: how long altogether. @default Twenty times the case's own time. */
  settlesWhileMoving(
    promise: Promise<unknown>,
    quietMs: number,
    mostMs: number = TIMES_MOVING * this.quietMs,
  ): Promise<"settled" | "still" | "slow"> {
    return settlesWhileMoving(promise, {
      quietMs: this.scale(quietMs),
      mostMs: this.scale(mostMs),
      look: this.#makeLook(),
    });
  }

  /** Makes the look of one wait. It leaves the files alone where something else has moved already: a case may have thousands. */
  #makeLook(): () => Promise<string> {
    const { directory, passed } = this.#parts;
    let counts: string | undefined;
    let files = "";
    return async () => {
      const now = `${this.movement.count} ${passed()}`;
      const hasMoved = counts !== undefined && now !== counts;
      counts = now;
      if (!hasMoved) files = (await stateOf(directory)).join(" ");
      return `${now} ${files}`;
    };
  }
}

/** Describes a directory: how many entries there are below it, how many bytes they have, and when they were changed; what is gone meanwhile is not counted. */
async function stateOf(
  directory: string,
): Promise<[count: number, bytes: number, changed: number]> {
  let [count, bytes, changed] = [0, 0, 0];
  const entries = await fs.readdir(directory, { withFileTypes: true })
    .catch(() => []);
  for (const entry of entries) {
    const path = join(directory, entry.name);
    const stat = await fs.lstat(path).catch(() => undefined);
    count++;
    bytes += stat?.size ?? 0;
    changed += stat?.mtimeMs ?? 0;
    if (!entry.isDirectory()) continue;
    const below = await stateOf(path);
    count += below[0];
    bytes += below[1];
    changed += below[2];
  }
  return [count, bytes, changed];
}
