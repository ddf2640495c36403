import { crc32 } from "node:zlib";
import { assertEquals } from "@std/assert";
import { Checksum, combineCrc32 } from "../src/checksum.ts";

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
  const checksum = await Checksum.load();
  const late = checksum.begin(6000);
  const early = checksum.begin(0);
  late.add(bytes.subarray(6000, 7000));
  early.add(bytes.subarray(0, 6000));
  late.add(bytes.subarray(7000));
  assertEquals(checksum.combine(), crc32(bytes));
});

Deno.test("Checksum combine() is 0 for nothing", async () => {
  const checksum = await Checksum.load();
  checksum.begin(0);
  assertEquals(checksum.combine(), 0);
});
