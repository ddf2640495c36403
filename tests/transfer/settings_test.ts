import { assertEquals } from "@std/assert";
import { completeSettings } from "../../src/transfer/settings.ts";

const MIB = 2 ** 20;

Deno.test("completeSettings() has the defaults that TransferSettings documents", () => {
  const {
    largestObject,
    partSize,
    singleUploadSize,
    maxParts,
    rangeSize,
    firstBytes,
    smallestRange,
    parallel,
    sufficientRate,
  } = completeSettings();
  assertEquals(largestObject, Number.MAX_SAFE_INTEGER);
  assertEquals([partSize, singleUploadSize], [16 * MIB, 16 * MIB]);
  assertEquals([rangeSize, firstBytes, smallestRange], Array(3).fill(16 * MIB));
  assertEquals([maxParts, parallel], [10_000, 4]);
  assertEquals(sufficientRate, undefined);
});

Deno.test("completeSettings() derives what is left out from what is given", () => {
  const { singleUploadSize, firstBytes, smallestRange } = completeSettings({
    partSize: MIB,
    rangeSize: 2 * MIB,
  });
  assertEquals(singleUploadSize, MIB);
  assertEquals([firstBytes, smallestRange], [2 * MIB, 2 * MIB]);
});
