import {
  type PartUpload,
  StoreFailure,
  type StoringOptions,
  type UploadPart,
} from "../driver.ts";
import type { Source } from "../local/source.ts";
import { discard } from "./discard.ts";
import { partSizeFor } from "./piece_size.ts";
import { Counter, inParallel, type Job, type Transfer } from "./transfer.ts";

const MIB = 2 ** 20;

/**
 * Sends a source to the service, in one request or in parts side by side.
 *
 * @param key The key.
 * @param source The local file, or what is in memory.
 * @param storing The operation's signal, and what is kept with the object.
 */
export async function send(
  transfer: Transfer,
  key: string,
  source: Source,
  storing: StoringOptions,
): Promise<void> {
  const { driver, operation } = transfer;
  const { largestObject, singleUploadSize } = transfer.settings;
  if (source.size > largestObject) {
    throw tooLarge(`${source.size}`, largestObject);
  }
  const counter = new Counter(transfer.progress);
  transfer.progress.begin(source.size);
  // The first call of the callback may have thrown or aborted.
  operation.check();
  if (!driver.startUpload || source.size <= singleUploadSize) {
    const body = new SourcePart(transfer, source, counter, {
      index: 0,
      offset: 0,
      size: source.size,
    });
    return await driver.put(key, body, storing);
  }
  const upload = await driver.startUpload(key, source.size, storing);
  try {
    await sendParts(transfer, upload, source, counter);
    operation.check();
    await upload.commit({ signal: operation.signal });
  } catch (error) {
    transfer.fail(error);
    await discard(upload);
    throw error;
  }
}

async function sendParts(
  transfer: Transfer,
  upload: PartUpload,
  source: Source,
  counter: Counter,
): Promise<void> {
  const partSize = partSizeFor(source.size, transfer.settings);
  const { signal } = transfer.operation;
  let index = 0;
  function next(): Job | undefined {
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
  }
  const { parallel, mostParallel } = transfer.settings;
  const further = Math.min(
    mostParallel - parallel,
    Math.ceil(source.size / partSize) - parallel,
  );
  if (further <= 0) {
    return await inParallel(transfer, Array(parallel).fill(next));
  }
  const slowness = new Slowness(transfer, counter);
  const inTime = () => {
    const job = next();
    if (!job) slowness.end();
    return job;
  };
  const late = () => {
    let isFirst = true;
    return () => {
      if (!isFirst) return slowness.isSlow ? next() : undefined;
      isFirst = false;
      return () => slowness.known;
    };
  };
  try {
    await inParallel(transfer, [
      ...Array(parallel).fill(inTime),
      ...Array.from({ length: further }, late),
    ]);
  } finally {
    slowness.end();
  }
}

/** Milliseconds after which the rate of an upload is known. */
const SETTLED = 300;

/** Tells whether the connections of an upload are together slower than would be enough. */
class Slowness {
  /** Resolves when that is known, or the upload has ended. */
  readonly known: Promise<void>;
  /** True if they are. */
  isSlow = false;
  readonly #end: () => void;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor({ operation, settings }: Transfer, counter: Counter) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.known = promise;
    this.#end = resolve;
    const enough = (settings.sufficientRate ?? 0) * SETTLED / 1000;
    this.#timer = setTimeout(() => {
      this.isSlow = counter.bytes < enough;
      resolve();
    }, SETTLED);
    operation.signal.addEventListener("abort", () => this.end(), {
      once: true,
    });
  }

  /** Stops the waiting. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}

/** The failure of what is larger than an object can be (clause 27). @param size How many bytes there are. */
export function tooLarge(size: string, largestObject: number): StoreFailure {
  return new StoreFailure(
    "OTHER",
    `there are ${size} bytes, and the largest object here has ${largestObject}`,
  );
}

class SourcePart implements UploadPart {
  readonly index: number;
  readonly offset: number;
  readonly size: number;
  readonly #transfer: Transfer;
  readonly #source: Source;
  readonly #counter: Counter;
  #counted = 0;
  #reads = 0;
  #next = 0;
  #isInOrder = true;

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

  /**
   * Fills a buffer. Whoever reads one piece after the other, from the first to the last, has
   * the file looked at once, after the last; it costs as much as the reading.
   */
  async read(buffer: Uint8Array, position: number): Promise<void> {
    const { operation } = this.#transfer;
    const end = position + buffer.length;
    const isNext = position === 0 || position === this.#next;
    this.#isInOrder &&= isNext && this.#reads === 0;
    this.#next = end;
    this.#reads++;
    try {
      const from = this.offset + position;
      const reading = this.#source.read(buffer, from, { isChecked: false });
      await operation.local(reading);
      // Of reads side by side each needs a look at the file of its own.
      const isOwed = !this.#isInOrder || end === this.size;
      if (isOwed) await operation.local(this.#source.check());
    } finally {
      this.#reads--;
    }
  }

  /** A part that is sent again counts only from where it was. */
  count(done: number): void {
    if (done <= this.#counted) return;
    this.#counter.add(done - this.#counted);
    this.#counted = done;
  }
}
