import { tooLong, tooShort } from "./body_size.ts";
import { Checksum } from "./checksum.ts";
import { type DownloadPlan, type Line, planDownload } from "./download_plan.ts";
import { type OpenObject, StoreFailure } from "../driver.ts";
import type { SavedFile } from "../local/saved_file.ts";
import { ConnectionWatch, type Watch } from "./connection_watch.ts";
import { LineWatch } from "./line_watch.ts";
import { Ranges, type Target } from "./ranges.ts";
import type { CompleteSettings } from "./settings.ts";
import { Counter, inParallel, type Job, type Transfer } from "./transfer.ts";

/** Milliseconds that ranges of a small object have to save where its first body is on its way already: some of it comes twice. */
const LEAST_SAVING = 100;
/** The same where the line is known before: they cost their requests. */
const LEAST_KNOWN_SAVING = 15;

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

async function receivePieces(
  target: Target,
  object: OpenObject,
  latency: number,
): Promise<void> {
  const { transfer: { line, settings } } = target;
  const { parallel, mostParallel } = settings;
  const plan = planDownload(object, settings);
  const { bodySize, size } = object;
  if (bodySize === size && !plan.startsAlone) {
    return await saveFirst(target, object, { plan });
  }
  const roundTrip = line.answered(latency);
  // One of them brings the first body.
  const kept = Math.max(0, line.kept - 1);
  let connections = parallel;
  let isJudged = false;
  function describeLine(rate: number): Line {
    return { latency: roundTrip, rate, connections, kept };
  }
  function awaitLine(watch: Watch, isEarly: boolean): Job {
    return async () => {
      await (isEarly ? watch.over : watch.settled);
      const { rate } = watch;
      // Of a service far away nothing has come yet.
      if (rate === 0) return;
      if (!isEarly) connections = connectionsFor(rate, settings);
      const found = describeLine(rate);
      // Later on ranges have some of the rest.
      const isAlone = !isJudged && plan.isSmall &&
        plan.savingOn(found) < LEAST_SAVING;
      isJudged = true;
      if (isAlone) plan.stayAlone();
      plan.settle(found);
    };
  }

  const rate = line.rate || (plan.isSmall ? 0 : line.slowRate);
  const isSlow = rate > 0 && rate < settings.sufficientRate! / 1000;
  if (isSlow) connections = connectionsFor(rate, settings);
  // Connections that are opened now are there for the next download.
  const onceOpen = { ...describeLine(rate), kept: connections };
  const isKnown = isSlow && plan.savingOn(onceOpen) >= LEAST_KNOWN_SAVING;
  if (isKnown) plan.settle(describeLine(rate));
  const watch = isKnown || !plan.startsAlone
    ? undefined
    : plan.isSmall
    ? new LineWatch()
    : new ConnectionWatch(settings.sufficientRate!, latency);
  const ranges = new Ranges(target, object, plan);

  async function receiveFirst(): Promise<void> {
    try {
      await saveFirst(target, object, { plan, watch, ranges });
    } finally {
      watch?.end();
    }
  }
  const count = plan.startsAlone ? Math.max(parallel, mostParallel) : parallel;
  const workers = Array.from({ length: count }, (_, index) => {
    // Of a small object nothing is known before its rate is.
    const isEarly = index < parallel && !plan.isSmall;
    const first = index === 0
      ? receiveFirst
      : watch && awaitLine(watch, isEarly);
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
    await inParallel(target.transfer, workers);
    line.keep(Math.max(kept, ranges.most) + 1 - ranges.cut);
  } finally {
    // Nobody has begun with the first body where the transfer had failed by then.
    watch?.end();
    watch?.teach(line);
  }
}

/** The number of connections that together bring what a process can take in. */
function connectionsFor(
  rate: number,
  { parallel, mostParallel, sufficientRate }: CompleteSettings,
): number {
  const needed = Math.ceil(sufficientRate! / 1000 / rate);
  return Math.max(parallel, Math.min(mostParallel, needed));
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
