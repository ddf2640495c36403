import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { seededBytes, seededHex } from "../../../conformance/runner/seed.ts";

Deno.test("seededBytes() gives the same bytes for the same key and salt", () => {
  assertEquals(seededBytes(1001, "k", 1), seededBytes(1001, "k", 1));
});

Deno.test("seededBytes() is the beginning of a longer sequence", () => {
  assertEquals(
    seededBytes(10, "k", 1),
    seededBytes(20, "k", 1).subarray(0, 10),
  );
});

Deno.test("seededBytes() differs in every region between two salts", () => {
  const [a, b] = [seededBytes(65_536, "k", 1), seededBytes(65_536, "k", 2)];
  for (let at = 0; at < a.length; at += 64) {
    assertNotEquals(a.subarray(at, at + 64), b.subarray(at, at + 64));
  }
});

Deno.test("seededBytes() differs in the first byte between numbers as salt", () => {
  const first = Array.from(
    { length: 256 },
    (_, salt) => seededBytes(1, "k", salt)[0],
  );
  assertEquals(new Set(first).size, 256);
});

Deno.test("seededBytes() holds all byte values and tells 1 from '1'", () => {
  assertEquals(new Set(seededBytes(65_536, "k", 1)).size, 256);
  assertNotEquals(seededBytes(16, "k", 1), seededBytes(16, "k", "1"));
});

Deno.test("seededBytes() does not repeat itself", () => {
  const bytes = seededBytes(1 << 20, "k", 0);
  const words = new Set(new Uint32Array(bytes.buffer));
  assert(words.size > (1 << 18) * 0.999, `${words.size} different words`);
});

Deno.test("seededHex() gives eight digits that depend on the text", () => {
  assert(/^[0-9a-f]{8}$/.test(seededHex("")));
  assertNotEquals(seededHex("a"), seededHex("b"));
});
