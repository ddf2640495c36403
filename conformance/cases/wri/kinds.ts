import type { ObjectData } from "../../../src/object_store.ts";
import { makeSource } from "./sources.ts";

/** Data in one of the forms that `writeObject` takes, made anew for each use. */
export type MakeData = (
  bytes: Uint8Array<ArrayBuffer>,
) => { data: ObjectData; size?: number };

/** The forms of data that are not a text. */
export const KINDS: readonly (readonly [string, MakeData])[] = [
  ["bytes", (bytes) => ({ data: bytes })],
  ["a view of a larger buffer", (bytes) => {
    const whole = new Uint8Array(bytes.length + 64).fill(0xee);
    whole.set(bytes, 33);
    return { data: whole.subarray(33, 33 + bytes.length) };
  }],
  ["a Blob", (bytes) => ({ data: new Blob([bytes]) })],
  ["a part of a Blob", (bytes) => {
    const whole = new Blob(["before", bytes, "after"]);
    // It says that it is a text, and is none.
    return { data: whole.slice(6, 6 + bytes.length, "text/plain") };
  }],
  ["a stream", (bytes) => ({ data: makeSource(bytes).stream })],
  ["a stream with its size", (bytes) => ({
    data: makeSource(bytes).stream,
    size: bytes.length,
  })],
];

/** Streams of every kind with the same bytes. */
export function streamsOf(
  bytes: Uint8Array<ArrayBuffer>,
): [string, ReadableStream<Uint8Array>][] {
  const { length } = bytes;
  const half = length >> 1;
  const [teed, other] = makeSource(bytes).stream.tee();
  void drain(other);
  const few = bytes.subarray(0, Math.min(length, 301));
  return [
    ["a byte stream", asByteStream(bytes)],
    ["one half of a tee", teed],
    [
      "a stream through a transform",
      makeSource(bytes).stream.pipeThrough(splitter()),
    ],
    ["an async generator", fromGenerator(generate(bytes))],
    ["the body of a Response", new Response(bytes).body ?? streamOf()],
    ["single bytes", makeSource(few, { chunkSize: 1 }).stream],
    ["one chunk", streamOf(bytes.slice())],
    [
      "empty chunks between others",
      streamOf(
        new Uint8Array(),
        bytes.subarray(0, half),
        new Uint8Array(),
        new Uint8Array(),
        bytes.subarray(half),
        new Uint8Array(),
      ),
    ],
    ["views of one buffer", streamOf(...viewsOf(bytes))],
    ["nothing", streamOf()],
    ["a chunk of nothing", streamOf(new Uint8Array())],
  ];
}

/** The bytes that one of {@linkcode streamsOf} has. */
export function bytesOfKind(
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (what.startsWith("single")) return bytes.slice(0, 301);
  return /nothing/.test(what) ? new Uint8Array() : bytes;
}

/** A stream of chunks that are there already. */
export function streamOf(
  ...chunks: readonly unknown[]
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as Uint8Array);
      controller.close();
    },
  });
}

/** A stream whose source fills one buffer again and again. */
export function withOneBuffer(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const buffer = new Uint8Array(4_099);
  let done = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = bytes.subarray(done, done + buffer.length);
      done += piece.length;
      buffer.set(piece);
      if (piece.length > 0) {
        controller.enqueue(buffer.subarray(0, piece.length));
      }
      if (done === bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
}

function asByteStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let done = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const piece = bytes.slice(done, done + 50_021);
      done += piece.length;
      if (piece.length > 0) controller.enqueue(piece);
      if (done === bytes.length) controller.close();
    },
  });
}

/** As `ReadableStream.from()`, which not every runtime has. */
function fromGenerator(
  chunks: AsyncGenerator<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

async function* generate(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < bytes.length; done += 70_001) {
    await Promise.resolve();
    yield bytes.slice(done, done + 70_001);
  }
}

function splitter(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      const half = chunk.length >> 1;
      controller.enqueue(chunk.subarray(0, half));
      controller.enqueue(chunk.subarray(half));
    },
  });
}

function* viewsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let done = 0; done < bytes.length; done += 9_973) {
    yield bytes.subarray(done, done + 9_973);
  }
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  try {
    for await (const _ of stream) { /* Only that it is read matters. */ }
  } catch {
    // Its other half has been given up.
  }
}
