import { tooLong, tooShort } from "./body_size.ts";
import { Checksum, type PieceChecksum } from "./checksum.ts";
import {
  type DownloadPlan,
  planDownload,
  type Range,
} from "./download_plan.ts";
import { type OpenObject, StoreFailure } from "../driver.ts";
import type { SavedFile } from "../local/saved_file.ts";
import { ConnectionWatch, type Watch } from "./connection_watch.ts";
import { LineWatch } from "./line_watch.ts";
import { Counter, inParallel, type Job, type Transfer } from "./transfer.ts";

/** Milliseconds that a range has to take still for its last half to be asked for on another connection. */
const LATE = 250;

/** Options of {@linkcode receive}. */
export interface ReceiveOptions {
  /** The temporary file. */
  readonly file: SavedFile;
  /** Milliseconds that the first answer has taken. */
  readonly latency: number;
}

/**
 * Writes an object that was opened to a local file: the first body, and side
 * by side with it further ranges.
 *
 * @param object The object.
 * @param options Where to, and how long it took to open the object.
 */
export async function receive(
  transfer: Transfer,
  object: OpenObject,
  { file, latency }: ReceiveOptions,
): Promise<void> {
  const { size, bodySize, crc32 } = object;
  if (!object.readRange && bodySize !== size) {
    throw new TypeError(
      `Cannot download as the driver gives ${bodySize} of ${size} bytes and no 'readRange'`,
    );
  }
  const checksum = crc32 === undefined
    ? undefined
    : await Checksum.create(size);
  const counter = new Counter(transfer.progress);
  const target = { transfer, file, counter, checksum };
  await transfer.line.run(() => receivePieces(target, object, latency));
  if (checksum && checksum.combine() !== crc32) {
    throw new StoreFailure(
      "TRANSIENT",
      "the bytes that came are not those that the service has a checksum of",
    );
  }
}

/** The place to which the bytes of a download go. */
interface Target {
  readonly transfer: Transfer;
  readonly file: SavedFile;
  readonly counter: Counter;
  readonly checksum: Checksum | undefined;
}

async function receivePieces(
  target: Target,
  object: OpenObject,
  latency: number,
): Promise<void> {
  const { transfer } = target;
  const { line } = transfer;
  const { parallel, mostParallel, sufficientRate } = transfer.settings;
  const plan = planDownload(object, transfer.settings);
  const { bodySize, size } = object;
  if (bodySize === size && !plan.startsAlone) {
    return await saveFirst(target, object, { plan });
  }
  const isKnown = plan.isSmall && line.rate > 0 && !plan.isSoonThere(line.rate);
  const watch: Watch | undefined = !plan.startsAlone
    ? undefined
    : plan.isSmall
    ? new LineWatch({ rate: isKnown ? line.rate : 0 })
    : new ConnectionWatch(sufficientRate!, latency);
  const ranges = new Ranges(target, object, plan);
  let connections = parallel;

  async function receiveFirst(): Promise<void> {
    try {
      await saveFirst(target, object, { plan, watch, ranges });
    } finally {
      watch?.end();
    }
  }
  async function awaitSlowness(): Promise<void> {
    await watch!.over;
    const { rate } = watch!;
    // Of a service far away nothing has come yet.
    if (rate > 0) plan.settle({ latency, rate, connections });
  }
  async function awaitRate(): Promise<void> {
    await watch!.settled;
    const { rate } = watch!;
    const needed = Math.ceil(sufficientRate! / 1000 / rate);
    connections = Math.max(parallel, Math.min(mostParallel, needed));
    if (rate > 0) plan.settle({ latency, rate, connections });
    if (rate > 0 && plan.isSmall && !isKnown) line.learn(rate);
  }
  const count = watch ? Math.max(parallel, mostParallel) : parallel;
  const workers = Array.from({ length: count }, (_, index) => {
    // Of a small object nothing is known before its rate is.
    const isEarly = index < parallel && !plan.isSmall;
    const wait = isEarly ? awaitSlowness : awaitRate;
    const first = index === 0 ? receiveFirst : watch && wait;
    let isFirst = true;
    return () => {
      if (isFirst && first) {
        isFirst = false;
        return first;
      }
      return index < connections ? ranges.next() : undefined;
    };
  });
  try {
    await inParallel(transfer, workers);
  } finally {
    // Nobody has begun with the first body where the transfer had failed by then.
    watch?.end();
  }
}

/** Options for the first body. */
interface FirstBodyOptions {
  /** The plan, which says how much of it is wanted. */
  readonly plan: DownloadPlan;
  /** The watch that tells when it comes too slowly. */
  readonly watch?: Watch | undefined;
  /** The ranges beside it. */
  readonly ranges?: Ranges;
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
class Ranges {
  readonly #target: Target;
  readonly #object: OpenObject;
  readonly #plan: DownloadPlan;
  readonly #taken: TakenRange[] = [];
  readonly #given = new AbortController();
  #isFirstOver = false;
  #isRetired = false;

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
      answered: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    this.#taken.push(taken);
    return async () => {
      try {
        await this.#receive(taken);
      } catch (error) {
        if (!this.#retire()) throw error;
      } finally {
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
      if (taken.done === taken.length && taken.length < asked) return;
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
    for (const { sum } of this.#taken) sum?.drop();
    this.#given.abort();
    return true;
  }
}

async function saveFirst(
  target: Target,
  { body, bodySize }: OpenObject,
  { plan, watch, ranges }: FirstBodyOptions,
): Promise<void> {
  const { transfer: { operation }, file, counter, checksum } = target;
  const sum = checksum?.begin(0);
  let done = 0;
  for await (const chunk of body) {
    operation.check();
    watch?.add(chunk.length);
    if (done + chunk.length > bodySize) throw tooLong(bodySize);
    let rest = chunk;
    while (rest.length > 0) {
      // `bodyEnd` moves while a chunk is written.
      const wanted = rest.subarray(0, plan.bodyEnd - done);
      plan.advance(done + wanted.length);
      sum?.add(wanted);
      await operation.local(file.write(wanted, done));
      if (ranges?.isRetired) {
        await ranges.ended();
        counter.add(ranges.countNew(done, wanted.length));
      } else counter.add(wanted.length);
      done += wanted.length;
      rest = rest.subarray(wanted.length);
      if (done < plan.bodyEnd || done === bodySize) continue;
      // The rest of the body comes in ranges, if these can be had.
      await ranges?.settle();
      if (done === plan.bodyEnd) return;
    }
    watch?.wait?.();
  }
  if (done === plan.bodyEnd) return;
  throw tooShort(done, plan.bodyEnd);
}

function restOf({ length, begun }: TakenRange): number {
  return length - begun;
}

/** Milliseconds that a range is going to take; of one that has brought nothing, as many as it has taken. */
function timeLeft(range: TakenRange): number {
  const age = performance.now() - range.askedAt;
  return range.begun === 0 ? age : age * restOf(range) / range.begun;
}
