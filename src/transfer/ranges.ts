import { tooLong, tooShort } from "./body_size.ts";
import type { Checksum, PieceChecksum } from "./checksum.ts";
import type { DownloadPlan, Range } from "./download_plan.ts";
import type { OpenObject } from "../driver.ts";
import type { SavedFile } from "../local/saved_file.ts";
import type { Counter, Job, Transfer } from "./transfer.ts";

/** Milliseconds that a range has to take still for its last half to be asked for on another connection. */
const LATE = 250;

/** The place to which the bytes of a download go. */
export interface Target {
  /** The transfer. */
  readonly transfer: Transfer;
  /** The temporary file. */
  readonly file: SavedFile;
  /** Counts every byte once. */
  readonly counter: Counter;
  /** Adds up what comes, if there is something to compare it with. */
  readonly checksum: Checksum | undefined;
}

/** A range that is under way or over. */
interface TakenRange {
  readonly offset: number;
  readonly sum: PieceChecksum | undefined;
  /** The number of its bytes that are wanted: fewer than were asked for where another connection has taken the last of them over. */
  length: number;
  /** The number of its bytes that have come; they are being written. */
  begun: number;
  /** When it was asked for. */
  readonly askedAt: number;
  /** True when nothing more is written of it. */
  isOver: boolean;
  /** True when its body was left before its end. */
  isCut: boolean;
  /** The number of its bytes that are written and counted. */
  done: number;
  /** Resolves with its first bytes, or when it has failed. */
  readonly answered: PromiseWithResolvers<void>;
  /** Resolves when nothing more is written of it. */
  readonly ended: PromiseWithResolvers<void>;
}

/**
 * Ranges that are received beside the first body. A service may refuse them, or a proxy may strip
 * them from requests: as long as the first body still comes, it brings what they would have.
 */
export class Ranges {
  readonly #target: Target;
  readonly #object: OpenObject;
  readonly #plan: DownloadPlan;
  readonly #taken: TakenRange[] = [];
  readonly #given = new AbortController();
  #isFirstOver = false;
  #isRetired = false;
  #open = 0;
  #most = 0;

  /**
   * @param target Where they go.
   * @param object The object, which can be asked for ranges.
   * @param plan Says which.
   */
  constructor(target: Target, object: OpenObject, plan: DownloadPlan) {
    this.#target = target;
    this.#object = object;
    this.#plan = plan;
  }

  /** The job of receiving the next range, if there is one. */
  next(): Job | undefined {
    const range = this.#plan.take() ?? this.#split();
    if (!range) return this.#awaitLate();
    const [offset, length] = range;
    const taken: TakenRange = {
      offset,
      sum: this.#target.checksum?.begin(offset),
      length,
      begun: 0,
      askedAt: performance.now(),
      done: 0,
      isOver: false,
      isCut: false,
      answered: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    this.#taken.push(taken);
    return async () => {
      this.#most = Math.max(this.#most, ++this.#open);
      try {
        await this.#receive(taken);
      } catch (error) {
        if (!this.#retire()) throw error;
      } finally {
        this.#open--;
        taken.isOver = true;
        taken.answered.resolve();
        taken.ended.resolve();
      }
    };
  }

  /**
   * Waits until it is known whether the ranges come, before the first body is given up. Afterwards
   * the plan's `bodyEnd` may be further away.
   */
  async settle(): Promise<void> {
    const { operation } = this.#target.transfer;
    await operation.race(
      Promise.all(this.#taken.map(({ answered }) => answered.promise)),
    );
    if (!this.#isRetired) this.#isFirstOver = true;
  }

  /** The most that were under way at once. */
  get most(): number {
    return this.#most;
  }

  /** The number of bodies, the first one included, that were not read to their end, so that their connections are gone. */
  get cut(): number {
    const isFirstCut = this.#plan.bodyEnd < this.#object.bodySize;
    return this.#taken.filter(({ isCut }) => isCut).length +
      (isFirstCut ? 1 : 0);
  }

  /** True if the first body has to bring everything. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Waits until nothing more is written of any range. */
  async ended(): Promise<void> {
    await Promise.all(this.#taken.map(({ ended }) => ended.promise));
  }

  /** Counts the bytes of a piece that are not yet counted, as ranges have brought the others. */
  countNew(offset: number, length: number): number {
    let known = 0;
    for (const range of this.#taken) {
      const from = Math.max(offset, range.offset);
      const to = Math.min(offset + length, range.offset + range.done);
      known += Math.max(0, to - from);
    }
    return length - known;
  }

  /** Takes the last half over of the range that has most to come, so that nobody waits for one slow connection. */
  #split(): Range | undefined {
    const longest = this.#findLongest();
    // The rest of what was asked for is on its way, and comes in vain.
    if (!longest || timeLeft(longest) < LATE) return undefined;
    const half = Math.floor(restOf(longest) / 2);
    longest.length -= half;
    return [longest.offset + longest.length, half];
  }

  /** The job of waiting for a while whether the longest range is late, if there is one that could be taken over. */
  #awaitLate(): Job | undefined {
    const longest = this.#findLongest();
    if (!longest) return undefined;
    return async () => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LATE / 2);
      await Promise.race([late.promise, longest.ended.promise]);
      clearTimeout(timer);
    };
  }

  /** The range that has most to come, if half of that is worth a request. */
  #findLongest(): TakenRange | undefined {
    if (this.#isRetired || !this.#plan.startsAlone) return undefined;
    const [longest] = this.#taken.filter(({ isOver }) => !isOver)
      .sort((a, b) => restOf(b) - restOf(a));
    return longest && restOf(longest) >= 2 * this.#plan.smallest
      ? longest
      : undefined;
  }

  async #receive(taken: TakenRange): Promise<void> {
    const { transfer: { operation }, file, counter } = this.#target;
    const signal = AbortSignal.any([operation.signal, this.#given.signal]);
    const asked = taken.length;
    const body = this.#object.readRange!(taken.offset, asked, { signal });
    for await (const chunk of body) {
      operation.check();
      // The rest comes with the first body.
      if (this.#isRetired) return;
      taken.answered.resolve();
      if (taken.done + chunk.length > asked) throw tooLong(asked);
      const wanted = chunk.subarray(0, taken.length - taken.done);
      taken.begun += wanted.length;
      taken.sum?.add(wanted);
      await operation.local(file.write(wanted, taken.offset + taken.done));
      taken.done += wanted.length;
      counter.add(wanted.length);
      // The rest comes with another range.
      taken.isCut = taken.length < asked;
      if (taken.done === taken.length && taken.isCut) return;
    }
    if (taken.done < taken.length) throw tooShort(taken.done, taken.length);
  }

  /** Gives the ranges up if the first body can bring their bytes. */
  #retire(): boolean {
    if (this.#isRetired) return true;
    const { operation } = this.#target.transfer;
    if (operation.failure || this.#isFirstOver) return false;
    if (!this.#plan.retire()) return false;
    this.#isRetired = true;
    this.#target.transfer.line.refuse();
    for (const { sum } of this.#taken) sum?.drop();
    this.#given.abort();
    return true;
  }
}

function restOf({ length, begun }: TakenRange): number {
  return length - begun;
}

/** Milliseconds that a range is going to take; of one that has brought nothing, as many as it has taken. */
function timeLeft(range: TakenRange): number {
  const age = performance.now() - range.askedAt;
  return range.begun === 0 ? age : age * restOf(range) / range.begun;
}
