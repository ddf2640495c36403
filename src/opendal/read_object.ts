import {
  type DriverOptions,
  type OpenObject,
  type OpenOptions,
  StoreFailure,
} from "../driver.ts";
import { nodeBuffer } from "../platform/builtins.ts";
import { REPLACED } from "./classify.ts";
import { describeVersion, type OperatorMetadata } from "./operator.ts";
import { isFailure, type ServiceCalls } from "./service_calls.ts";

const MIB = 2 ** 20;
/** Bytes that are read at once. */
const CHUNK = MIB;
/** Bytes that one of several requests side by side asks for. */
const RANGE = 4 * MIB;
const PARALLEL = 4;

/**
 * Opens one version of an object: a value as a whole, everything else by asking its size and version
 * first, which OpenDAL does not tell with the bytes.
 *
 * @param calls The service.
 * @param key The key.
 * @param options The signal, and the piece that is wanted.
 * @returns The object.
 */
export async function openVersion(
  calls: ServiceCalls,
  key: string,
  { signal, range }: OpenOptions,
): Promise<OpenObject> {
  const operator = await calls.operator();
  if (calls.service.family === "values") {
    const value = await calls.ask(() => operator.read(key), { signal });
    return {
      size: value.length,
      bodySize: value.length,
      body: iterate(value),
    };
  }
  const metadata = await calls.statSize(key, { signal });
  const size = Number(metadata.contentLength);
  const version = new Version(calls, key, metadata);
  if (range && version.isPinned) {
    const bodyOffset = Math.min(range.offset, size);
    const bodySize = Math.min(range.length ?? Infinity, size - bodyOffset);
    return {
      size,
      bodyOffset,
      bodySize,
      body: version.readRange(bodyOffset, bodySize, { signal }),
    };
  }
  return { size, bodySize: size, body: version.read({ signal }) };
}

/** One version of an object that is not held in memory. */
class Version {
  /** True if reads ask for this version by its ETag. */
  readonly isPinned: boolean;
  readonly #calls: ServiceCalls;
  readonly #key: string;
  readonly #metadata: OperatorMetadata;

  constructor(calls: ServiceCalls, key: string, metadata: OperatorMetadata) {
    this.#calls = calls;
    this.#key = key;
    this.#metadata = metadata;
    // Where it is not known to be heeded, the version is looked at afterwards, too.
    this.isPinned = metadata.etag !== null &&
      (calls.service.readsVersions ?? false);
  }

  /** Reads all of it; where it cannot ask for the version, it looks at the version afterwards. */
  async *read({ signal }: DriverOptions): AsyncGenerator<Uint8Array> {
    const operator = await this.#calls.operator();
    const size = Number(this.#metadata.contentLength);
    if (size === 0) return;
    if (this.isPinned && size > RANGE) {
      return yield* this.readRange(0, size, { signal });
    }
    const reader = await this.#calls.ask(
      () =>
        operator.reader(
          this.#key,
          this.isPinned ? { ifMatch: this.#metadata.etag as string } : {},
        ),
      { signal },
    );
    const buffer = nodeBuffer.Buffer.alloc(Math.min(size, CHUNK));
    const fill = async (): Promise<number> =>
      Number(
        await this.#calls.once(() => reader.read(buffer as never), { signal })
          .catch((error) => this.#reject(error, signal)),
      );
    for (let done = 0; done < size;) {
      let count: number;
      try {
        count = await fill();
      } catch (error) {
        if (!this.isPinned || !isFailure(error, "TRANSIENT")) throw error;
        // What is missing is asked for again, of the same version.
        return yield* this.readRange(done, size - done, { signal });
      }
      done += count;
      if (count === 0 || done > size) throw replaced();
      if (done < size) {
        yield buffer.subarray(0, count);
        continue;
      }
      // The last bytes are held back until it is known that they are of this version, and the last.
      const last = Uint8Array.from(buffer.subarray(0, count));
      if (await fill() > 0) throw replaced();
      if (!this.isPinned) await this.#check(signal);
      yield last;
    }
  }

  /** Reads a part of it by requests side by side, each of which is made again if it is lost. */
  async *readRange(
    offset: number,
    length: number,
    { signal }: DriverOptions,
  ): AsyncGenerator<Uint8Array> {
    const ranges: Promise<Uint8Array>[] = [];
    let asked = 0;
    const ask = (): void => {
      const size = Math.min(RANGE, length - asked);
      if (size <= 0) return;
      const range = this.#readPiece(offset + asked, size, signal);
      // It is waited for later, or not at all once the reader has left.
      range.catch(() => {});
      ranges.push(range);
      asked += size;
    };
    while (ranges.length < PARALLEL && asked < length) ask();
    for (let next = ranges.shift(); next; next = ranges.shift()) {
      const bytes = await next;
      ask();
      yield* iterateCopies(bytes);
    }
  }

  async #readPiece(
    offset: number,
    size: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const operator = await this.#calls.operator();
    const options = {
      offset: BigInt(offset),
      size: BigInt(size),
      ifMatch: this.#metadata.etag as string,
    };
    const bytes = await this.#calls.ask(
      () => operator.read(this.#key, options),
      { signal },
    ).catch((error) => this.#reject(error, signal));
    if (bytes.length !== size) throw replaced();
    return bytes;
  }

  /** Throws what an error means, or that the object was replaced where that is why it cannot be read on. */
  async #reject(error: unknown, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const isOther = this.#calls.meaning(error)?.code === "OTHER" ||
      isFailure(error, "OTHER");
    if (isFailure(error, "OBJECT_NOT_FOUND")) throw replaced();
    if (isOther) await this.#check(signal);
    return this.#calls.reject(error);
  }

  /** Throws unless the object is still this version. */
  async #check(signal: AbortSignal): Promise<void> {
    const now = await this.#calls.stat(this.#key, { signal })
      .catch((error) => {
        throw isFailure(error, "OBJECT_NOT_FOUND") ? replaced() : error;
      });
    if (describeVersion(now) !== describeVersion(this.#metadata)) {
      throw replaced();
    }
  }
}

async function* iterate(value: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < value.length; done += CHUNK) {
    yield value.subarray(done, done + CHUNK);
  }
}

/**
 * Gives chunks of their own, and gives back what native code holds: a collector that does not count
 * that lets ranges pile up to hundreds of MiB.
 */
async function* iterateCopies(
  value: Uint8Array,
): AsyncGenerator<Uint8Array> {
  try {
    for (let done = 0; done < value.length; done += CHUNK) {
      yield new Uint8Array(value.subarray(done, done + CHUNK));
    }
  } finally {
    const { buffer } = value;
    if (
      buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength
    ) {
      buffer.transfer?.(0);
    }
  }
}

function replaced(): StoreFailure {
  return new StoreFailure("TRANSIENT", REPLACED);
}
