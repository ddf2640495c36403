import { type OpenObject, StoreFailure } from "../../../src/driver.ts";
import type { ByteRange, StoredObject } from "./backing.ts";
import { concatenate } from "../../../conformance/checks/concatenate.ts";
import type { HttpDriver } from "./http_driver.ts";

/**
 * One version of an object, read range by range. A range is given away when
 * it is there as a whole and its checksum is right, so it can be asked for
 * again until then; no more than one is held for a reader that waits.
 */
export class RangesInTurn implements StoredObject {
  readonly size: number;
  readonly #object: OpenObject;
  readonly #rangeSize: number;
  readonly #attempts: number;
  readonly #end: number;
  readonly #signal: AbortSignal;
  #isFirst = true;
  #left: Uint8Array = new Uint8Array();

  private constructor(
    object: OpenObject,
    { settings: { rangeSize = 0 }, readAttempts }: HttpDriver,
    end: number,
    signal: AbortSignal,
  ) {
    this.#object = object;
    this.#rangeSize = rangeSize;
    this.#attempts = readAttempts;
    this.#end = Math.min(end, object.size);
    this.#signal = signal;
    this.size = object.size;
  }

  /** Opens an object where a range begins. */
  static async open(
    driver: HttpDriver,
    key: string,
    { start, end }: ByteRange,
    signal: AbortSignal,
  ): Promise<RangesInTurn> {
    const { rangeSize = 0 } = driver.settings;
    const length = Math.min(rangeSize, end - start);
    const object = await driver.openFrom(
      key,
      { offset: start, length },
      { signal },
    );
    return new RangesInTurn(object, driver, end, signal);
  }

  /** Only ever asked for what follows. */
  async read(position: number, length: number): Promise<Uint8Array> {
    if (this.#left.length === 0) this.#left = await this.#fetch(position);
    const bytes = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(bytes.length);
    // A copy, as the rest of the range is not the reader's yet.
    return bytes.slice();
  }

  async close(): Promise<void> {
    await this.#object.close?.();
  }

  async #fetch(position: number): Promise<Uint8Array> {
    for (let attempt = 1;; attempt++) {
      try {
        return await collect(this.#open(position));
      } catch (error) {
        const isWorthIt = error instanceof StoreFailure &&
          error.code === "TRANSIENT" && !this.#signal.aborted;
        if (!isWorthIt || attempt === this.#attempts) throw error;
      }
    }
  }

  #open(position: number): AsyncIterable<Uint8Array> {
    const { bodySize, body, readRange } = this.#object;
    if (this.#isFirst && bodySize > 0) {
      this.#isFirst = false;
      return body;
    }
    const length = Math.min(this.#rangeSize, this.#end - position);
    return readRange!(position, length, { signal: this.#signal });
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return concatenate(chunks);
}
