import { Buffer } from "node:buffer";
import type { Channel } from "./channel.ts";

const LARGEST_HEAD = 256 * 2 ** 10;
const NO_BYTES = new Uint8Array(0);
const LF = 10;

/** A way in which the end of a body is found. */
export type Framing = "none" | "chunked" | "until-end" | {
  readonly length: number;
};

/** Bytes of a body as they were sent: its own, or those that frame a chunk. */
export interface Piece {
  /** The bytes, valid until the next piece is asked for. */
  readonly bytes: Uint8Array;
  /** True if they are the body's own. */
  readonly isBody: boolean;
}

/** The connection ended in the middle of a message. */
export class PrematureEnd extends Error {
  override readonly name = "PrematureEnd";
}

/** Reads messages of HTTP/1.1 from a {@linkcode Channel}, and changes nothing. */
export class HttpReader {
  readonly #channel: Channel;
  #rest: Uint8Array = NO_BYTES;
  #ahead: Promise<Uint8Array | undefined> | undefined;
  /** True if the connection has ended, as far as is known. */
  hasEnded = false;

  /** @param channel Where the messages come from. */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Tells whether bytes of a message are there that were not asked for. */
  get hasBytes(): boolean {
    return this.#rest.length > 0;
  }

  /** Resolves when the connection ends while nothing is read from it; if bytes come first, never. */
  async watchEnd(): Promise<void> {
    try {
      if (this.#rest.length === 0 && await this.#look() === undefined) return;
    } catch {
      return;
    }
    await new Promise<never>(() => {});
  }

  /** Reads to the end of the connection, and throws away what comes. */
  async drain(): Promise<void> {
    while (await this.#next() !== undefined);
  }

  /** The head of the next message with the empty line at its end, as Latin-1; `undefined` if the connection ends before. */
  async readHead(): Promise<string | undefined> {
    let head = "";
    for (;;) {
      const bytes = await this.#next();
      if (bytes === undefined) {
        if (head === "") return undefined;
        throw new PrematureEnd("The connection ended within a head");
      }
      const from = Math.max(0, head.length - 3);
      head += decode(bytes);
      // Line breaks before a request are allowed.
      const start = from === 0 ? head.match(/^(?:\r?\n)*/)?.[0].length ?? 0 : 0;
      const end = findEnd(head, Math.max(from, start));
      if (end !== undefined) {
        this.#rest = bytes.subarray(bytes.length - (head.length - end));
        return head.slice(start, end);
      }
      if (head.length > LARGEST_HEAD) {
        throw new PrematureEnd(`A head is larger than ${LARGEST_HEAD} bytes`);
      }
    }
  }

  /** The body of a message. */
  async *readBody(framing: Framing): AsyncGenerator<Piece, void> {
    if (framing === "none") return;
    if (framing === "chunked") return yield* this.#readChunked();
    if (framing !== "until-end") return yield* this.#readLength(framing.length);
    for (;;) {
      const bytes = await this.#next();
      if (bytes === undefined) return;
      yield { bytes, isBody: true };
    }
  }

  async *#readLength(length: number): AsyncGenerator<Piece, void> {
    for (let left = length; left > 0;) {
      const bytes = await this.#need();
      const piece = bytes.subarray(0, left);
      this.#rest = bytes.subarray(piece.length);
      left -= piece.length;
      yield { bytes: piece, isBody: true };
    }
  }

  async *#readChunked(): AsyncGenerator<Piece, void> {
    for (;;) {
      const line = await this.#readLine();
      yield { bytes: line, isBody: false };
      const size = parseInt(decode(line), 16);
      if (!Number.isSafeInteger(size) || size < 0) {
        throw new PrematureEnd("A chunk has no size");
      }
      if (size === 0) break;
      yield* this.#readLength(size);
      yield { bytes: await this.#readLine(), isBody: false };
    }
    // The trailers, and the empty line after them.
    for (;;) {
      const line = await this.#readLine();
      yield { bytes: line, isBody: false };
      if (/^\r?\n$/.test(decode(line))) return;
    }
  }

  async #readLine(): Promise<Uint8Array> {
    let line = NO_BYTES;
    for (;;) {
      const bytes = await this.#need();
      const at = bytes.indexOf(LF);
      const piece = at === -1 ? bytes : bytes.subarray(0, at + 1);
      this.#rest = bytes.subarray(piece.length);
      const longer = new Uint8Array(line.length + piece.length);
      longer.set(line);
      longer.set(piece, line.length);
      line = longer;
      if (at !== -1) return line;
      if (line.length > LARGEST_HEAD) {
        throw new PrematureEnd("A line within a body has no end");
      }
    }
  }

  async #need(): Promise<Uint8Array> {
    const bytes = await this.#next();
    if (bytes === undefined) {
      throw new PrematureEnd("The connection ended within a body");
    }
    return bytes;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.length > 0) {
      const bytes = this.#rest;
      this.#rest = NO_BYTES;
      return bytes;
    }
    const bytes = await this.#look();
    this.#ahead = undefined;
    return bytes;
  }

  /** Reads once, however many ask. */
  #look(): Promise<Uint8Array | undefined> {
    if (this.hasEnded) return Promise.resolve(undefined);
    this.#ahead ??= this.#channel.read().then(
      (bytes) => {
        if (bytes === undefined) this.hasEnded = true;
        return bytes;
      },
      (error) => {
        this.hasEnded = true;
        throw error;
      },
    );
    return this.#ahead;
  }
}

function findEnd(head: string, from: number): number | undefined {
  const match = /\r?\n\r?\n/g;
  match.lastIndex = from;
  return match.exec(head) === null ? undefined : match.lastIndex;
}

/** Byte for byte, so that a length in characters is one in bytes. */
function decode({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
