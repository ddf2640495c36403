import { assert, assertEquals } from "@std/assert";
import { planParts } from "../../src/transfer/part_growth.ts";
import { completeSettings } from "../../src/transfer/settings.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const S3 = completeSettings({
  partSize: 16 * MIB,
  smallestPart: 8 * MIB,
  parallel: 8,
  largestObject: 5 * TIB,
});

Deno.test("planParts() has room for 5 TiB in 10 000 parts, whose last is not much over 1 GiB", () => {
  const { sizeOf, parallelOf } = planParts(undefined, S3);
  let sum = 0;
  for (let index = 0; index < 10_000; index++) sum += sizeOf(index);
  assert(sum >= 5 * TIB && sum < 5.01 * TIB, `${sum}`);
  assert(sizeOf(9_999) < 1.2 * 1024 * MIB, `${sizeOf(9_999)}`);
  assertEquals([0, 1, 999].map(sizeOf), [8 * MIB, 8 * MIB, 8 * MIB]);
  assertEquals([8, 9, 16, 17, 40].map((size) => parallelOf(size * MIB)), [
    ...[4, 3, 2, 1, 1],
  ]);
});

Deno.test("planParts() makes equal parts of a size that is known", () => {
  for (const size of [1, 100 * MIB, 5 * TIB]) {
    const { sizeOf } = planParts(size, S3);
    assertEquals(sizeOf(0), sizeOf(9_999));
    assert(sizeOf(0) * 10_000 >= size);
    assertEquals(sizeOf(0) % MIB, 0);
  }
  assertEquals(planParts(100 * MIB, S3).sizeOf(0), 8 * MIB);
});

Deno.test("planParts() lets parts stay as they are where any number of them may be", () => {
  const { sizeOf } = planParts(
    undefined,
    completeSettings({
      partSize: MIB,
      maxParts: Number.MAX_SAFE_INTEGER,
    }),
  );
  assertEquals(sizeOf(100_000), MIB);
});
