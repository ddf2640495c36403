import { MessageError } from "./messages.ts";

/** The longest line that is read, in characters: a stack of any length fits. */
const LONGEST = 1024 * 1024;
/** The part of a standard error that is kept, in characters. */
const KEPT = 16 * 1024;

/** Splits the standard output of a process into lines. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** Text after the last line break. */
  get rest(): string {
    return this.#rest;
  }

  /**
   * The lines that are complete with this piece; empty ones are left out.
   *
   * @throws {MessageError} If a line does not end.
   */
  push(piece: Uint8Array): string[] {
    const text = this.#rest + this.#decoder.decode(piece, { stream: true });
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST) {
      throw new MessageError(
        `a line is longer than ${LONGEST} characters: ${
          JSON.stringify(this.#rest.slice(0, 100))
        }…`,
      );
    }
    return lines.filter((line) => line.trim() !== "");
  }
}

/** The end of a text that comes in pieces. */
export class TextTail {
  readonly #decoder = new TextDecoder();
  #text = "";

  /** Takes the next piece. */
  push(piece: Uint8Array): void {
    this.#text += this.#decoder.decode(piece, { stream: true });
    if (this.#text.length > 2 * KEPT) this.#text = this.#text.slice(-KEPT);
  }

  /** Forgets what came so far. */
  clear(): void {
    this.#text = "";
  }

  /** The last lines, without empty ones at the end. */
  get lines(): string[] {
    const text = this.#text.slice(-KEPT).trimEnd();
    return text === "" ? [] : text.split("\n");
  }
}
