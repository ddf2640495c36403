/** A reply of Redis, or a command, which is an array of strings. */
export type RespValue = Uint8Array | string | number | null | RespValue[];

/** Bytes from which values are read as they come. */
export class RespParser {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  #length = 0;

  /** Takes bytes that have come. */
  push(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /** The next value, if it is there whole; an error of the service is an `Error`. */
  next(): { value: RespValue | Error } | undefined {
    const found = this.#read(0);
    if (!found) return undefined;
    this.#bytes.copyWithin(0, found.end, this.#length);
    this.#length -= found.end;
    return found;
  }

  #read(at: number): { value: RespValue | Error; end: number } | undefined {
    const line = this.#readLine(at);
    if (!line) return undefined;
    const { text, end } = line;
    const rest = text.slice(1);
    if (text[0] === "+") return { value: rest, end };
    if (text[0] === "-") return { value: new Error(rest), end };
    const number = Number(rest);
    if (text[0] === ":") return { value: number, end };
    if (number < 0) return { value: null, end };
    if (text[0] === "$") {
      if (this.#length < end + number + 2) return undefined;
      return {
        value: this.#bytes.slice(end, end + number),
        end: end + number + 2,
      };
    }
    const values: RespValue[] = [];
    let next = end;
    for (let i = 0; i < number; i++) {
      const item = this.#read(next);
      if (!item) return undefined;
      values.push(item.value as RespValue);
      next = item.end;
    }
    return { value: values, end: next };
  }

  #readLine(at: number): { text: string; end: number } | undefined {
    const cr = this.#bytes.subarray(0, this.#length).indexOf(13, at);
    if (cr === -1 || cr + 1 >= this.#length) return undefined;
    const text = new TextDecoder().decode(this.#bytes.subarray(at, cr));
    return { text, end: cr + 2 };
  }
}

/** A command, as Redis wants it. */
export function encodeCommand(
  parts: readonly (string | number | Uint8Array)[],
): Uint8Array[] {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [encoder.encode(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : encoder.encode(`${part}`);
    pieces.push(
      encoder.encode(`$${bytes.length}\r\n`),
      bytes,
      encoder.encode("\r\n"),
    );
  }
  return pieces;
}
