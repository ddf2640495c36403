import type { ObjectContent } from "../object_store.ts";
import type { ObjectStream } from "./object_stream.ts";

/**
 * Makes what `readObject()` gives of an object's stream.
 *
 * @param stream The stream.
 * @param size The size in bytes of the whole object.
 * @param length How many bytes the stream has.
 */
export function makeContent(
  stream: ObjectStream,
  { size, length }: { readonly size: number; readonly length: number },
): ObjectContent {
  const { readable } = stream;
  let isUsed = false;

  async function bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (isUsed || stream.isUsed || readable.locked) {
      throw new TypeError(
        "Cannot read the object as its stream has been used already",
      );
    }
    isUsed = true;
    return await readAll(readable, length);
  }
  return {
    size,
    stream: readable,
    bytes,
    async text() {
      // A byte order mark is a character of the text as any other.
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
        await bytes(),
      );
    },
  };
}

/** Reads a stream of bytes into one buffer. */
async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader({ mode: "byob" });
  try {
    let buffer = new ArrayBuffer(length);
    let done = 0;
    while (done < length) {
      const result = await reader.read(new Uint8Array(buffer, done));
      const { value } = result;
      if (!value) break;
      buffer = value.buffer;
      done += value.length;
      if (result.done) break;
    }
    return new Uint8Array(buffer, 0, done);
  } catch (error) {
    // There may be no memory for so much.
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}
