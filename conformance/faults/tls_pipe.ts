import { Buffer } from "node:buffer";
import type { Channel } from "./channel.ts";

const HEADER_LENGTH = 5;

/** Passes bytes both ways between a client and the raw side of its TLS connection. */
export class TlsPipe {
  readonly #client: Channel;
  readonly #raw: Channel;
  readonly #done: Promise<unknown>;
  readonly #records = new RecordCounter();
  readonly #held: Uint8Array[] = [];
  #isResetting = false;

  /** @param client The client's connection. @param raw The other one. */
  constructor(client: Channel, raw: Channel) {
    this.#client = client;
    this.#raw = raw;
    const down = this.#passDown();
    this.#done = down;
    Promise.all([down, this.#passUp()]).then(() => this.#close());
  }

  /**
   * Resets the client's connection when all has gone to it that was written
   * inside before.
   *
   * @param endInside Says inside that nothing more is written; that itself does not go to the client.
   */
  async reset(endInside: () => Promise<void>): Promise<void> {
    this.#isResetting = true;
    await endInside();
    await this.#done;
  }

  async #passUp(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#client.read();
        if (bytes === undefined) break;
        await this.#raw.write(bytes);
      }
      await this.#raw.end();
    } catch {
      // One side is lost, so the other one is.
      this.#close();
    }
  }

  async #passDown(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#raw.read();
        if (bytes === undefined) break;
        this.#records.push(bytes);
        if (this.#isResetting) this.#held.push(bytes.slice());
        else await this.#client.write(bytes);
      }
      if (this.#isResetting) await this.#endByReset();
      else await this.#client.end();
    } catch {
      this.#close();
    }
  }

  async #endByReset(): Promise<void> {
    const bytes = Buffer.concat(this.#held);
    // The last record says that the end is a good one.
    const end = bytes.length - this.#records.lastLength;
    await this.#client.write(bytes.subarray(0, Math.max(0, end)));
    await this.#client.reset();
  }

  #close(): void {
    this.#client.close();
    this.#raw.close();
  }
}

/** Finds where the last record of TLS begins. */
class RecordCounter {
  /** The number of bytes that the last record has so far. */
  lastLength = 0;
  readonly #header: number[] = [];
  #left = 0;

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const count = Math.min(this.#left, bytes.length - at);
        this.#left -= count;
        this.lastLength += count;
        at += count;
        continue;
      }
      if (this.#header.length === 0) this.lastLength = 0;
      this.#header.push(bytes[at++]!);
      this.lastLength++;
      if (this.#header.length === HEADER_LENGTH) {
        this.#left = this.#header[3]! * 256 + this.#header[4]!;
        this.#header.length = 0;
      }
    }
  }
}
