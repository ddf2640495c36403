import { assert, assertEquals } from "@std/assert";
import { partSizeFor as partSizeOf } from "../../src/transfer/piece_size.ts";
import { completeSettings } from "../../src/transfer/settings.ts";
import type { TransferSettings } from "../../src/driver.ts";

const MIB = 2 ** 20;
const settings = {
  partSize: 16 * MIB,
  smallestPart: 8 * MIB,
  maxParts: 10_000,
  parallel: 8,
};

function partSizeFor(size: number, settings: TransferSettings): number {
  return partSizeOf(size, completeSettings(settings));
}

/** How many parts there are, and their size in MiB. */
function partsOf(size: number, further = {}): [number, number] {
  const partSize = partSizeFor(size, { ...settings, ...further });
  return [Math.ceil(size / partSize), partSize / MIB];
}

Deno.test("partSizeFor() has all connections end together", () => {
  assertEquals(partsOf(256 * MIB), [16, 16]);
  assertEquals(partsOf(257 * MIB), [24, 11]);
  assertEquals(partsOf(100 * MIB), [8, 13]);
  assertEquals(partsOf(20 * MIB), [3, 8]);
  assertEquals(partsOf(17 * MIB), [3, 8]);
});

Deno.test("partSizeFor() keeps the size where parts must not shrink", () => {
  const further = { smallestPart: undefined };
  assertEquals(partsOf(257 * MIB, further), [17, 16]);
  assertEquals(partsOf(17 * MIB, { smallestPart: 16 * MIB }), [2, 16]);
});

Deno.test("partSizeFor() never makes a part smaller than the service takes", () => {
  const further = { partSize: 6 * MIB, smallestPart: 5 * MIB };
  for (let size = 6 * MIB + 1; size < 70 * MIB; size += 333_333) {
    const [, partSize] = partsOf(size, further);
    assert(partSize >= 5 && partSize <= 6);
  }
});

Deno.test("partSizeFor() grows where there would be too many parts", () => {
  for (const size of [10_000 * 16 * MIB, 10_000 * 16 * MIB + 1, 5 * 2 ** 40]) {
    const partSize = partSizeFor(size, settings);
    assert(Math.ceil(size / partSize) <= 10_000);
    assert(partSize >= 16 * MIB);
  }
});

Deno.test("partSizeFor() never makes more parts than there may be, also where 'parallel' does not divide them", () => {
  for (const parallel of [3, 6, 7, 9]) {
    for (let size = 9_980 * 16 * MIB; size < 10_002 * 16 * MIB; size += 7e6) {
      const partSize = partSizeFor(size, { ...settings, parallel });
      assert(Math.ceil(size / partSize) <= 10_000, `${parallel}, ${size}`);
    }
  }
});
