import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { readBytes } from "../../src/s3_protocol/http/read_bytes.ts";
import { Silence } from "../../src/s3_protocol/http/silence.ts";

const PIECE = 2 ** 14;

/** A body of the web that brings pieces of 16 KiB, each after a while. */
function streamPieces(
  count: number,
  pause: () => Promise<unknown>,
): ReadableStream<Uint8Array> {
  let index = 0;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      if (index === count) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      await pause();
      controller.enqueue(new Uint8Array(PIECE).fill(index++));
    },
  });
}

/** Reads a body whole: its bytes and the lengths of the chunks. */
async function readAll(body: ReadableStream<Uint8Array>, size: number) {
  const silence = new Silence(new AbortController().signal, 30_000);
  const lengths: number[] = [];
  const bytes = new Uint8Array(size);
  let done = 0;
  for await (const chunk of readBytes(body, size, silence)) {
    bytes.set(chunk, done);
    done += chunk.length;
    lengths.push(chunk.length);
  }
  assertEquals(done, size);
  return { bytes, lengths };
}

function expectPieces(bytes: Uint8Array, count: number): void {
  for (let index = 0; index < count; index++) {
    const piece = bytes.subarray(index * PIECE, (index + 1) * PIECE);
    assert(piece.every((byte) => byte === index));
  }
}

Deno.test("readBytes() gives the bytes of a slow body as they come, and gathers none", async () => {
  const { bytes, lengths } = await readAll(
    streamPieces(8, () => delay(25)),
    8 * PIECE,
  );
  expectPieces(bytes, 8);
  assertEquals(lengths, Array(8).fill(PIECE));
});

Deno.test("readBytes() gathers the bytes of a quick body", async () => {
  const { bytes, lengths } = await readAll(
    streamPieces(128, () => Promise.resolve()),
    128 * PIECE,
  );
  expectPieces(bytes, 128);
  assert(lengths.length < 64, `${lengths.length} chunks`);
});
