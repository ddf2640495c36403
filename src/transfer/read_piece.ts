import type { DriverOptions, OpenObject } from "../driver.ts";
import { readExactly } from "./body_size.ts";

/** A piece that lies within an object, in bytes. */
export interface Piece {
  /** Offset of its first byte. */
  readonly offset: number;
  /** Its size in bytes, at least one. */
  readonly length: number;
}

/**
 * Reads a piece of an object that was opened, in order: from its body as far as that has it, and the
 * rest as a further range of the same version.
 *
 * @param object The object.
 * @param piece Which bytes.
 * @param options The signal.
 * @returns Exactly those bytes, in chunks that are not empty and are used before the next one is asked for.
 * @throws {StoreFailure} If the service sends fewer or more.
 */
export async function* readPiece(
  object: OpenObject,
  { offset, length }: Piece,
  options: DriverOptions,
): AsyncGenerator<Uint8Array, void> {
  const { body, bodyOffset = 0, bodySize, readRange } = object;
  const end = offset + length;
  const bodyEnd = bodyOffset + bodySize;
  let at = offset;
  // What comes before the piece is only read where there is no other way.
  const isInBody = offset >= bodyOffset && offset < bodyEnd &&
    (offset === bodyOffset || !readRange);
  if (isInBody) {
    const last = Math.min(end, bodyEnd);
    let place = bodyOffset;
    for await (const chunk of readExactly(body, bodySize)) {
      const wanted = chunk.subarray(at - place, Math.max(0, last - place));
      place += chunk.length;
      at += wanted.length;
      if (wanted.length > 0) yield wanted;
      // The rest of the body is not wanted.
      if (at === last && last < bodyEnd) break;
    }
  }
  if (at === end) return;
  if (!readRange) {
    throw new TypeError(
      `Cannot read ${length} bytes from ${offset} on as the driver gives ${bodySize} from ${bodyOffset} on and no 'readRange'`,
    );
  }
  const rest = readRange.call(object, at, end - at, options);
  yield* readExactly(rest, end - at);
}
