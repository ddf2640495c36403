import {
  type OpenObject,
  type OpenOptions,
  type StoreDriver,
  StoreFailure,
} from "../../src/driver.ts";

/** A driver whose methods are unused but for those that are given. */
export function makeDriver(members: Partial<StoreDriver>): StoreDriver {
  const unused = () => Promise.reject(new Error("unused"));
  return {
    getUri: (key) => `test:${key}`,
    getSize: unused,
    open: unused,
    put: unused,
    close: () => Promise.resolve(),
    ...members,
  };
}

/** Bytes that differ from place to place. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8)) % 251;
  return bytes;
}

/** How a {@linkcode ReadingDriver} gives its object. */
export interface ReadingOptions {
  /** How large the pieces are. */
  readonly step?: number;
  /** Whether it asks for the piece that is wanted. */
  readonly takesRange?: boolean;
  /** Whether it has `readRange`, and a body of the first bytes only. */
  readonly hasRanges?: boolean;
  /** Members of the opened object that differ. */
  readonly object?: Partial<OpenObject>;
}

/** A driver with one object, that tells what was asked of it. */
export class ReadingDriver {
  /** What was asked. */
  readonly calls: string[] = [];
  /** How many chunks were taken. */
  taken = 0;
  /** How often an object was closed. */
  closed = 0;
  /** The signal of the last opening. */
  signal: AbortSignal | undefined;
  readonly driver: StoreDriver;
  readonly #bytes: Uint8Array;
  readonly #options: ReadingOptions;

  constructor(bytes: Uint8Array, options: ReadingOptions = {}) {
    this.#bytes = bytes;
    this.#options = options;
    this.driver = makeDriver({
      getSize: () => {
        this.calls.push("size");
        return Promise.resolve(bytes.length);
      },
      open: (_key, openOptions) => Promise.resolve(this.#open(openOptions)),
    });
  }

  #open({ firstBytes, range, signal }: OpenOptions): OpenObject {
    const { takesRange = false, hasRanges = false } = this.#options;
    const size = this.#bytes.length;
    this.signal = signal;
    const bodyOffset = takesRange && range ? Math.min(range.offset, size) : 0;
    const wanted = takesRange && range
      ? range.length ?? Infinity
      : hasRanges
      ? firstBytes
      : Infinity;
    const bodySize = Math.min(size - bodyOffset, wanted);
    this.calls.push(`open ${bodyOffset}+${bodySize}`);
    return {
      size,
      bodySize,
      ...takesRange ? { bodyOffset } : {},
      body: this.#chunks(bodyOffset, bodySize),
      ...hasRanges
        ? {
          readRange: (offset: number, length: number) => {
            this.calls.push(`range ${offset}+${length}`);
            return this.#chunks(offset, length);
          },
        }
        : {},
      close: () => Promise.resolve(void this.closed++),
      ...this.#options.object,
    };
  }

  /** One buffer for all chunks, as a driver may do it. */
  async *#chunks(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const { step = 1000 } = this.#options;
    const buffer = new Uint8Array(step);
    for (let done = 0; done < length; done += step) {
      const size = Math.min(step, length - done);
      buffer.set(this.#bytes.subarray(offset + done, offset + done + size));
      this.taken++;
      yield await Promise.resolve(buffer.subarray(0, size));
    }
  }
}

/** The failure of a lost connection. */
export function lost(): StoreFailure {
  return new StoreFailure("TRANSIENT", "the connection was lost");
}
