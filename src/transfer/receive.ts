import { Checksum } from "./checksum.ts";
import { type DownloadPlan, planDownload } from "./download_plan.ts";
import { type OpenObject, StoreFailure } from "../driver.ts";
import type { SavedFile } from "../local/saved_file.ts";
import { SoloWatch } from "./connection_watch.ts";
import { Counter, inParallel, type Job, type Transfer } from "./transfer.ts";

/** What {@linkcode receive} is given. */
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
  const receipt = { transfer, file, counter, checksum };
  await receivePieces(receipt, object, latency);
  if (checksum && checksum.combine() !== crc32) {
    throw new StoreFailure(
      "TRANSIENT",
      "the bytes that came are not those that the service has a checksum of",
    );
  }
}

/** Where the bytes of a download go. */
interface Receipt {
  readonly transfer: Transfer;
  readonly file: SavedFile;
  readonly counter: Counter;
  readonly checksum: Checksum | undefined;
}

async function receivePieces(
  receipt: Receipt,
  object: OpenObject,
  latency: number,
): Promise<void> {
  const { transfer } = receipt;
  const settings = transfer.driver.settings ?? {};
  const { parallel = 4, soloRate } = settings;
  const plan = planDownload(object, settings);
  const { body, bodySize, size } = object;
  if (bodySize === size && !plan.startsAlone) {
    return await save(receipt, body, { offset: 0, length: size, plan });
  }
  const watch = plan.startsAlone
    ? new SoloWatch(soloRate!, latency)
    : undefined;

  function nextRange(): Job | undefined {
    const range = plan.take();
    if (!range) return undefined;
    const [offset, length] = range;
    return () => {
      const body = object.readRange!(offset, length, {
        signal: transfer.operation.signal,
      });
      return save(receipt, body, { offset, length });
    };
  }
  async function saveFirst(): Promise<void> {
    try {
      await save(receipt, body, { offset: 0, length: bodySize, plan, watch });
    } finally {
      watch?.end();
    }
  }
  const workers = Array.from({ length: parallel }, (_, index) => {
    const first = index === 0 ? saveFirst : watch && (() => watch.over);
    let isFirst = true;
    return () => {
      if (!isFirst || !first) return nextRange();
      isFirst = false;
      return first;
    };
  });
  await inParallel(transfer, workers);
}

/** A piece of the object that is under way. */
interface Piece {
  /** Where it begins in the object. */
  readonly offset: number;
  /** How many bytes the service has been asked for. */
  readonly length: number;
  /** For the first body: how much of it is still wanted. */
  readonly plan?: DownloadPlan;
  /** For the first body: whether it comes fast enough. */
  readonly watch?: SoloWatch | undefined;
}

async function save(
  { transfer: { operation }, file, counter, checksum }: Receipt,
  body: AsyncIterable<Uint8Array>,
  { offset, length, plan, watch }: Piece,
): Promise<void> {
  const sum = checksum?.begin(offset);
  let done = 0;
  // It moves while a chunk is written.
  const end = () => plan?.bodyEnd ?? length;
  for await (const chunk of body) {
    operation.check();
    if (done + chunk.length > length) {
      throw new StoreFailure(
        "TRANSIENT",
        `the service sent more than the ${length} bytes it had announced`,
      );
    }
    const wanted = chunk.subarray(0, end() - done);
    plan?.advance(done + wanted.length);
    sum?.add(wanted);
    await operation.local(file.write(wanted, offset + done));
    done += wanted.length;
    counter.add(wanted.length);
    watch?.add(wanted.length);
    // The rest of the body comes in ranges.
    if (done === end() && done < length) break;
  }
  if (done === end()) return;
  throw new StoreFailure(
    "TRANSIENT",
    `the body ended after ${done} of ${end()} bytes`,
  );
}
