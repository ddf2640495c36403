import type { Piece } from "./http_reader.ts";

/** A body on its way. */
export type Pieces = AsyncGenerator<Piece, void>;

/** Lets a body pass as far as its byte `offset`, and runs `onPoint` instead of going on. A shorter body passes whole. */
export async function* interruptAt(
  pieces: Pieces,
  offset: number,
  onPoint: () => Promise<void>,
): Pieces {
  let left = offset;
  for await (const { bytes, isBody } of pieces) {
    if (isBody && bytes.length > left) {
      yield { bytes: bytes.subarray(0, left), isBody };
      await onPoint();
      yield { bytes: bytes.subarray(left), isBody };
      left = Infinity;
      continue;
    }
    if (isBody) left -= bytes.length;
    yield { bytes, isBody };
  }
}

/** Changes the byte at `offset` of a body. A shorter body passes unchanged. */
export async function* corruptAt(
  pieces: Pieces,
  offset: number,
  onChange: () => void,
): Pieces {
  let left = offset;
  for await (const { bytes, isBody } of pieces) {
    if (!isBody || left < 0 || bytes.length <= left) {
      if (isBody) left -= bytes.length;
      yield { bytes, isBody };
      continue;
    }
    const changed = bytes.slice();
    changed[left] = (changed[left] ?? 0) ^ 0xff;
    left = -1;
    onChange();
    yield { bytes: changed, isBody };
  }
}

/** Lets a body pass in pieces of so many bytes, and waits before each but the first. */
export async function* slowDown(
  pieces: Pieces,
  size: number,
  pause: () => Promise<void>,
): Pieces {
  let left = size;
  for await (const { bytes, isBody } of pieces) {
    if (!isBody) {
      yield { bytes, isBody };
      continue;
    }
    for (let done = 0; done < bytes.length;) {
      if (left === 0) {
        await pause();
        left = size;
      }
      const piece = bytes.subarray(done, done + left);
      yield { bytes: piece, isBody };
      done += piece.length;
      left -= piece.length;
    }
  }
}

/** Takes a body into memory: all of it, or as much as has more than `limit` bytes. */
export async function collect(
  pieces: Pieces,
  limit = Infinity,
): Promise<{ pieces: readonly Piece[]; length: number }> {
  const collected: Piece[] = [];
  let length = 0;
  while (length <= limit) {
    const { value, done } = await pieces.next();
    if (done) break;
    collected.push({ ...value, bytes: value.bytes.slice() });
    if (value.isBody) length += value.bytes.length;
  }
  return { pieces: collected, length };
}

/** Gives what was collected, and then the rest. */
export async function* replay(
  collected: readonly Piece[],
  rest?: Pieces,
): Pieces {
  yield* collected;
  if (rest) yield* rest;
}

/** Lets a body come and throws it away. */
export async function discard(pieces: Pieces): Promise<void> {
  for await (const _ of pieces) { /* Only that it has come matters. */ }
}

/**
 * Passes on a body at a rate: a sender is slowed down as its bytes are not
 * read any faster.
 *
 * @param pieces The body.
 * @param bytesPerSecond The rate.
 * @param steps How to wait; `fire` is called before the first wait.
 */
export async function* throttle(
  pieces: Pieces,
  bytesPerSecond: number,
  { pause, fire }: { pause(ms: number): Promise<void>; fire(): void },
): Pieces {
  const began = performance.now();
  let passed = 0;
  let isSlowed = false;
  for await (const piece of pieces) {
    if (piece.isBody) passed += piece.bytes.length;
    yield piece;
    const due = passed / bytesPerSecond * 1000 - (performance.now() - began);
    if (due <= 0) continue;
    if (!isSlowed) fire();
    isSlowed = true;
    await pause(due);
  }
}
