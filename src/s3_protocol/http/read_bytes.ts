import type { Silence } from "./silence.ts";

/** Bytes of the buffer for an object: a quarter of it took a tenth longer for a large one; twice as much gains nothing. */
const BUFFER_SIZE = 2 ** 20;
/** Milliseconds for which a read waits about, if bytes go on to come as in the last one. */
const WAIT_MS = 10;
/** The most times the bytes of the last read that one waits for. */
const MOST_GROWTH = 2;

/**
 * Reads bytes of a body, into one buffer over and over where the body allows
 * it, while a {@linkcode Silence} listens; ends it. What is not wanted is
 * cancelled.
 *
 * @param body A stream of the web, or of Node.
 * @param size How many bytes are wanted at most.
 * @param silence Listens only while the body is waited for.
 * @param bufferSize Bytes of the buffer. A large one costs more than the whole reading of a short body.
 */
export async function* readBytes(
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number,
  silence: Silence,
  bufferSize = BUFFER_SIZE,
): AsyncGenerator<Uint8Array> {
  try {
    const reader = openReader(body);
    if (reader) yield* readInto(reader, size, silence, bufferSize);
    else yield* readEach(body, size, silence);
  } finally {
    silence.end();
  }
}

function openReader(
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): ReadableStreamBYOBReader | undefined {
  if (!("getReader" in body)) return undefined;
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    // The stream gives chunks of its own and fills no buffer.
    return undefined;
  }
}

async function* readInto(
  reader: ReadableStreamBYOBReader,
  size: number,
  silence: Silence,
  bufferSize: number,
): AsyncGenerator<Uint8Array> {
  let buffer = new ArrayBuffer(Math.min(bufferSize, size || 1));
  let isEnd = false;
  // A read that waits for many bytes costs less than many reads. But while it waits nobody sees that
  // bytes come, which looks like silence, and nobody can say that what has come is enough.
  let least = 1;
  try {
    for (let done = 0; !isEnd;) {
      // After the last byte one more read sees the end, which gives the connection back.
      const want = Math.min(buffer.byteLength, size - done || 1);
      const began = performance.now();
      silence.break();
      const result = await reader.read(
        new Uint8Array(buffer, 0, want),
        { min: Math.min(least, want) },
      );
      silence.pause();
      isEnd = result.done;
      const chunk = result.value;
      if (!chunk?.length || done === size) return;
      const growth = WAIT_MS / (performance.now() - began);
      least = Math.ceil(chunk.length * Math.min(growth, MOST_GROWTH));
      done += chunk.length;
      yield chunk;
      buffer = chunk.buffer;
    }
  } finally {
    if (!isEnd) await reader.cancel().catch(() => {});
  }
}

async function* readEach(
  body: AsyncIterable<Uint8Array>,
  size: number,
  silence: Silence,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  silence.break();
  for await (const chunk of body) {
    silence.pause();
    const wanted = chunk.subarray(0, size - done);
    done += wanted.length;
    if (wanted.length > 0) yield wanted;
    if (wanted.length < chunk.length) return;
    silence.break();
  }
}
