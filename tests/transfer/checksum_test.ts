import { crc32 } from "node:zlib";
import { assertEquals } from "@std/assert";
import { tableCrc32 } from "../../src/platform/crc32.ts";
import { Checksum, combineCrc32 } from "../../src/transfer/checksum.ts";

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, index) => (index * 31 + length) % 256);
}

Deno.test("combineCrc32() is the sum of both pieces", () => {
  const sizes = [0, 1, 2, 255, 4096, 100_003];
  for (const first of sizes) {
    for (const second of sizes) {
      const [a, b] = [bytesOf(first), bytesOf(second)];
      const expected = crc32(b, crc32(a));
      assertEquals(combineCrc32(crc32(a), crc32(b), second), expected);
    }
  }
});

Deno.test("Checksum combine() takes pieces in any order", async () => {
  const bytes = bytesOf(10_000);
  const checksum = await Checksum.create(10_000);
  const late = checksum.begin(6000);
  const early = checksum.begin(0);
  late.add(bytes.subarray(6000, 7000));
  early.add(bytes.subarray(0, 6000));
  late.add(bytes.subarray(7000));
  assertEquals(checksum.combine(), crc32(bytes));
});

Deno.test("Checksum combine() is 0 for nothing", async () => {
  const checksum = await Checksum.create(10_000);
  checksum.begin(0);
  assertEquals(checksum.combine(), 0);
});

Deno.test("tableCrc32() is zlib's sum, continued too", () => {
  for (const size of [0, 1, 7, 256, 70_001]) {
    const bytes = bytesOf(size);
    assertEquals(tableCrc32(bytes), crc32(bytes));
    assertEquals(tableCrc32(bytes, 0xcbf43926), crc32(bytes, 0xcbf43926));
  }
});

Deno.test("Checksum combine() does not mind an empty piece", async () => {
  const bytes = bytesOf(100_000);
  const checksum = await Checksum.create(bytes.length);
  checksum.begin(0).add(bytes);
  checksum.begin(0);
  assertEquals(checksum.combine(), crc32(bytes));
});
