import { assertAlmostEquals } from "@std/assert";
import { boundOf } from "../../bench/distance/cells.ts";

const MIB = 2 ** 20;
const LINE = { roundTrip: 20, rate: 10 * MIB };
const OPTIONS = { free: 1000 * MIB, setUp: 0 };

Deno.test("boundOf() gives a download eight connections, and an upload one for each 5 MiB", () => {
  const bounds = [1, 16, 256].flatMap((size) =>
    (["download", "upload"] as const).map((direction) =>
      boundOf({ direction, size: size * MIB, ...LINE }, OPTIONS)
    )
  );
  const expected = [32.5, 120, 220, 520, 3220, 3220];
  for (const [index, bound] of bounds.entries()) {
    assertAlmostEquals(bound, expected[index]!);
  }
});
