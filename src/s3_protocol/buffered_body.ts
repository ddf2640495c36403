import type { S3RequestBody } from "./http/transport.ts";

/** The largest size in bytes of a body that is read once, and then summed and sent from memory. */
const LARGEST = 2 ** 20;

/**
 * Takes a small body into memory. A larger one is read twice: for its sum, and
 * as it is sent.
 *
 * @param body The body.
 */
export async function bufferBody(body: S3RequestBody): Promise<S3RequestBody> {
  const { size } = body;
  if (size > LARGEST) return body;
  const bytes = new Uint8Array(size);
  if (size > 0) await body.read(bytes, 0);
  return {
    size,
    bytes,
    async *chunks() {
      if (size > 0) yield bytes;
    },
    read(buffer, position) {
      buffer.set(bytes.subarray(position, position + buffer.length));
      return Promise.resolve();
    },
  };
}
