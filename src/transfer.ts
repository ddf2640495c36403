import {
  type OpenObject,
  type PartUpload,
  type StoreDriver,
  StoreFailure,
  type TransferSettings,
  type UploadPart,
} from "./driver.ts";
import { Checksum } from "./checksum.ts";
import type { SavedFile } from "./local/saved_file.ts";
import type { Source } from "./local/source.ts";
import type { Progress } from "./local/progress.ts";
import type { Operation } from "./operation.ts";

const MIB = 2 ** 20;
/** Milliseconds that a service has to forget an unfinished upload. */
const DISCARD_TIMEOUT = 30_000;

/** What a transfer works with. */
export interface Transfer {
  /** The operation; ended by the first failure. */
  readonly operation: Operation;
  /** The count. */
  readonly progress: Progress;
  /** The driver. */
  readonly driver: StoreDriver;
  /** Ends the operation with what a failure of the driver means. */
  readonly fail: (error: unknown) => void;
}

/**
 * Sends a source to the service, in one request or in parts side by side.
 *
 * @param key The key.
 * @param source The local file.
 */
export async function send(
  transfer: Transfer,
  key: string,
  source: Source,
): Promise<void> {
  const { driver, operation } = transfer;
  const settings = driver.settings ?? {};
  const { largestObject = Number.MAX_SAFE_INTEGER } = settings;
  if (source.size > largestObject) {
    throw new StoreFailure(
      "OTHER",
      `the file has ${source.size} bytes, and the largest object here has ${largestObject}`,
    );
  }
  const { partSize = 16 * MIB, singleUploadSize = partSize } = settings;
  const counter = new Counter(transfer.progress);
  transfer.progress.begin(source.size);
  if (!driver.startUpload || source.size <= singleUploadSize) {
    const body = new SourcePart(transfer, source, counter, {
      index: 0,
      offset: 0,
      size: source.size,
    });
    return await driver.put(key, body, { signal: operation.signal });
  }
  const upload = await driver.startUpload(key, source.size, {
    signal: operation.signal,
  });
  try {
    await sendParts(transfer, upload, source, counter);
    operation.check();
    await upload.commit({ signal: operation.signal });
  } catch (error) {
    transfer.fail(error);
    // What made the upload fail is what the caller has to see.
    await discard(upload).catch(() => {});
    throw error;
  }
}

/**
 * Writes an object that was opened to a local file: the first body and further
 * ranges side by side.
 *
 * @param object The object.
 * @param file The temporary file.
 */
export async function receive(
  transfer: Transfer,
  object: OpenObject,
  file: SavedFile,
): Promise<void> {
  const settings = transfer.driver.settings ?? {};
  const { size, bodySize, crc32 } = object;
  const rangeSize = rangeSizeFor(size - bodySize, bodySize, settings);
  const checksum = crc32 === undefined ? undefined : await Checksum.load();
  const counter = new Counter(transfer.progress);
  if (!object.readRange && bodySize !== size) {
    throw new TypeError(
      `Cannot download as the driver gives ${bodySize} of ${size} bytes and no 'readRange'`,
    );
  }
  let next = bodySize;
  await inParallel(transfer, settings.parallel ?? 4, (worker) => {
    if (worker === 0 && next === bodySize) {
      return () =>
        save({ transfer, file, counter, checksum }, object.body, [0, bodySize]);
    }
    return undefined;
  }, () => {
    if (next >= size) return undefined;
    const offset = next;
    const length = Math.min(rangeSize, size - offset);
    next += length;
    return () => {
      const body = object.readRange!(offset, length, {
        signal: transfer.operation.signal,
      });
      return save({ transfer, file, counter, checksum }, body, [
        offset,
        length,
      ]);
    };
  });
  if (checksum && checksum.combine() !== crc32) {
    throw new StoreFailure(
      "TRANSIENT",
      "the bytes that came are not those that the service has a checksum of",
    );
  }
}

/**
 * The size of parts that suits an object: it grows where the service's number
 * of parts would not suffice, and shrinks so that all connections end together.
 *
 * @param size The object's size in bytes.
 * @param settings The driver's.
 */
export function partSizeFor(size: number, settings: TransferSettings): number {
  const { partSize = 16 * MIB, maxParts = 10_000, parallel = 4 } = settings;
  const largest = Math.max(partSize, Math.ceil(size / maxParts));
  const { smallestPart = largest } = settings;
  return evenSize(size, {
    largest,
    smallest: smallestPart,
    parallel,
    begun: 0,
  });
}

function rangeSizeFor(
  rest: number,
  bodySize: number,
  settings: TransferSettings,
): number {
  const { rangeSize: largest = 16 * MIB, parallel = 4 } = settings;
  const { smallestRange: smallest = largest } = settings;
  // The first body counts where it keeps its connection as busy as a range.
  const begun = bodySize < smallest ? 0 : 1;
  return evenSize(rest, { largest, smallest, parallel, begun });
}

/** Into equal pieces, as many as make whole rounds of `parallel`; `begun` pieces are under way besides. */
function evenSize(
  size: number,
  { largest, smallest, parallel, begun }: {
    largest: number;
    smallest: number;
    parallel: number;
    begun: number;
  },
): number {
  if (smallest >= largest) return largest;
  const fewest = Math.ceil(size / largest);
  const even = Math.ceil((fewest + begun) / parallel) * parallel - begun;
  const most = Math.max(fewest, Math.floor(size / smallest));
  const piece = Math.ceil(size / Math.min(even, most));
  return Math.min(largest, Math.max(smallest, Math.ceil(piece / MIB) * MIB));
}

async function sendParts(
  transfer: Transfer,
  upload: PartUpload,
  source: Source,
  counter: Counter,
): Promise<void> {
  const settings = transfer.driver.settings ?? {};
  const partSize = partSizeFor(source.size, settings);
  const { signal } = transfer.operation;
  let index = 0;
  await inParallel(transfer, settings.parallel ?? 4, () => undefined, () => {
    const offset = index * partSize;
    if (offset >= source.size) return undefined;
    const size = Math.min(partSize, source.size - offset);
    const part = new SourcePart(transfer, source, counter, {
      index,
      offset,
      size,
    });
    index++;
    return async () => {
      await upload.writePart(part, { signal });
      part.count(size);
    };
  });
}

type Job = () => Promise<void>;

/** Runs jobs, `parallel` at a time, until there are none or one fails; waits for all that have begun. */
async function inParallel(
  transfer: Transfer,
  parallel: number,
  first: (worker: number) => Job | undefined,
  next: () => Job | undefined,
): Promise<void> {
  const { operation } = transfer;
  async function work(worker: number): Promise<void> {
    let job = first(worker) ?? next();
    for (; job; job = next()) {
      operation.check();
      await job();
    }
  }
  const workers = Array.from({ length: parallel }, async (_, worker) => {
    try {
      await work(worker);
    } catch (error) {
      // Stops the others.
      transfer.fail(error);
      throw error;
    }
  });
  await Promise.allSettled(workers);
  operation.check();
}

/** Where the bytes of a download go. */
interface Receipt {
  readonly transfer: Transfer;
  readonly file: SavedFile;
  readonly counter: Counter;
  readonly checksum: Checksum | undefined;
}

async function save(
  { transfer: { operation }, file, counter, checksum }: Receipt,
  body: AsyncIterable<Uint8Array>,
  [offset, length]: readonly [number, number],
): Promise<void> {
  const sum = checksum?.begin(offset);
  let done = 0;
  for await (const chunk of body) {
    operation.check();
    if (done + chunk.length > length) {
      throw new StoreFailure(
        "TRANSIENT",
        `the service sent more than the ${length} bytes it had announced`,
      );
    }
    sum?.add(chunk);
    await operation.local(file.write(chunk, offset + done));
    done += chunk.length;
    counter.add(chunk.length);
  }
  if (done === length) return;
  throw new StoreFailure(
    "TRANSIENT",
    `the body ended after ${done} of ${length} bytes`,
  );
}

async function discard(upload: PartUpload): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), DISCARD_TIMEOUT);
  try {
    await upload.discard({ signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}

class Counter {
  readonly #progress: Progress;
  #bytes = 0;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#progress.report(this.#bytes);
  }
}

class SourcePart implements UploadPart {
  readonly index: number;
  readonly offset: number;
  readonly size: number;
  readonly #transfer: Transfer;
  readonly #source: Source;
  readonly #counter: Counter;
  #counted = 0;

  constructor(
    transfer: Transfer,
    source: Source,
    counter: Counter,
    { index, offset, size }: { index: number; offset: number; size: number },
  ) {
    this.#transfer = transfer;
    this.#source = source;
    this.#counter = counter;
    this.index = index;
    this.offset = offset;
    this.size = size;
  }

  async *chunks(
    into: number | Uint8Array<ArrayBuffer> = MIB,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let done = 0; done < this.size;) {
      const left = this.size - done;
      const chunk = typeof into === "number"
        ? new Uint8Array(Math.min(into, left))
        : into.subarray(0, left);
      await this.read(chunk, done);
      yield chunk;
      done += chunk.length;
      this.count(done);
    }
  }

  read(buffer: Uint8Array, position: number): Promise<void> {
    const { operation } = this.#transfer;
    return operation.local(this.#source.read(buffer, this.offset + position));
  }

  /** A part that is sent again counts only from where it was. */
  count(done: number): void {
    if (done <= this.#counted) return;
    this.#counter.add(done - this.#counted);
    this.#counted = done;
  }
}
