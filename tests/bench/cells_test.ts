import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  boundOf,
  isWanted,
  listCells,
  repeatsOf,
} from "../../bench/distance/cells.ts";

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

Deno.test("isWanted() takes cells that have all words of a choice, and every cell where nothing is chosen", () => {
  const all = listCells({
    ...{ isSecure: false, isSmoke: false, largest: 256 * MIB },
  });
  const choices = [
    [],
    ["download:1MiB:5ms"],
    ["upload:4KiB:20ms:90MiB/s", "250kB/s"],
    ["download:7ms"],
  ];
  const counts = choices.map((choice) =>
    all.filter((cell) => isWanted(cell, choice)).length
  );
  assertEquals(counts, [all.length, 3, 3, 0]);
});

Deno.test("repeatsOf() goes by the machine where the line has no rate", () => {
  const free = { direction: "download", roundTrip: 0, rate: Infinity } as const;
  assertEquals(repeatsOf({ ...free, size: 256 * MIB }, 1), 2);
  assertEquals(repeatsOf({ ...free, size: 4_096 }, 1), 201);
});
