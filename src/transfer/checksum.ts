import { type Crc32, loadCrc32, POLYNOMIAL } from "../platform/crc32.ts";

/** The CRC-32 of a piece of an object. */
export interface PieceChecksum {
  /** Takes the piece's next bytes. */
  add(bytes: Uint8Array): void;
  /** Leaves the piece out of the sum: its bytes come with another. */
  drop(): void;
}

interface Piece {
  readonly offset: number;
  length: number;
  value: number;
}

/** The CRC-32 of an object whose pieces come side by side. */
export class Checksum {
  readonly #sum: Crc32;
  readonly #pieces: Piece[] = [];

  private constructor(sum: Crc32) {
    this.#sum = sum;
  }

  /** Makes a sum of nothing yet. @param size How many bytes the object has. */
  static async create(size: number): Promise<Checksum> {
    return new Checksum(await loadCrc32(size));
  }

  /** Begins a piece. @param offset Where it is in the object, in bytes. */
  begin(offset: number): PieceChecksum {
    const piece: Piece = { offset, length: 0, value: 0 };
    this.#pieces.push(piece);
    return {
      add: (bytes) => {
        piece.value = this.#sum(bytes, piece.value);
        piece.length += bytes.length;
      },
      drop: () => {
        const index = this.#pieces.indexOf(piece);
        if (index >= 0) this.#pieces.splice(index, 1);
      },
    };
  }

  /** The sum of the whole object, when every piece is there. */
  combine(): number {
    let value = 0;
    const pieces = this.#pieces.filter(({ length }) => length > 0)
      .sort((a, b) => a.offset - b.offset);
    for (const piece of pieces) {
      // Before the first piece there is nothing.
      value = piece.offset === 0
        ? piece.value
        : combineCrc32(value, piece.value, piece.length);
    }
    return value;
  }
}

/**
 * The CRC-32 of two pieces, one after the other, from those of each.
 *
 * @param first That of the first piece.
 * @param second That of the second piece.
 * @param length How many bytes the second piece has.
 */
export function combineCrc32(
  first: number,
  second: number,
  length: number,
): number {
  // Appending n zero bytes multiplies by x^(8n), modulo the polynomial.
  let factor = 0x00800000;
  let shift = 0x80000000;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, factor);
    factor = multiply(factor, factor);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}

/** Multiplies polynomials over two elements, the highest bit being x^0. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= b;
    b = b & 1 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
  }
  return product >>> 0;
}
