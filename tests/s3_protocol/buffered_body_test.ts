import { assertEquals, assertStrictEquals } from "@std/assert";
import { bufferBody } from "../../src/s3_protocol/buffered_body.ts";
import type { S3RequestBody } from "../../src/s3_protocol/http/transport.ts";

/** A body that counts how often it is read. */
function bodyOf(size: number): S3RequestBody & { reads: number } {
  const body = {
    size,
    reads: 0,
    async *chunks() {},
    read(buffer: Uint8Array, position: number) {
      body.reads++;
      for (let i = 0; i < buffer.length; i++) buffer[i] = position + i;
      return Promise.resolve();
    },
  };
  return body;
}

Deno.test("bufferBody() reads a small body once", async () => {
  const body = bodyOf(1000);
  const held = await bufferBody(body);
  const buffer = new Uint8Array(10);
  await held.read(buffer, 500);
  assertEquals(buffer[0], 500 % 256);
  const chunks = await Array.fromAsync(held.chunks(buffer));
  assertEquals(chunks.map(({ length }) => length), [1000]);
  assertStrictEquals(chunks[0], held.bytes);
  assertEquals(body.reads, 1);
});

Deno.test("bufferBody() takes an empty body, and leaves a large one alone", async () => {
  const empty = await bufferBody(bodyOf(0));
  assertEquals(await Array.fromAsync(empty.chunks(new Uint8Array(1))), []);
  assertEquals(empty.bytes?.length, 0);
  const large = bodyOf(2 ** 20 + 1);
  assertStrictEquals(await bufferBody(large), large);
  assertEquals(large.reads, 0);
});
