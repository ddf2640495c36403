import type { Source } from "../local/source.ts";

/**
 * Bytes or a `Blob` as the source of an upload. They are not copied: whoever changes bytes meanwhile
 * has what is sent changed.
 *
 * @param data What is to be stored.
 */
export function openMemory(data: Uint8Array | Blob): Source {
  const isBlob = !(data instanceof Uint8Array);
  const size = isBlob ? data.size : data.length;

  async function read(buffer: Uint8Array, position: number): Promise<void> {
    const end = position + buffer.length;
    const piece = isBlob
      ? new Uint8Array(await data.slice(position, end).arrayBuffer())
      : data.subarray(position, end);
    if (piece.length !== buffer.length) {
      // The caller has transferred the buffer meanwhile, or made it smaller.
      throw new RangeError(
        `Cannot write the object as its data has become smaller than ${size} bytes`,
      );
    }
    buffer.set(piece);
  }
  return {
    size,
    read,
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
