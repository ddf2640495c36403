import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { shareOut } from "../../src/transfer/share_out.ts";

const MIB = 2 ** 20;
const LINE = { rate: MIB / 100, latency: 20, connections: 8, least: MIB / 16 };

Deno.test("shareOut() has every connection end at the same time", () => {
  const rest = 16 * MIB;
  const { time, ranges } = shareOut({ ...LINE, rest, kept: 4 });
  assertEquals(ranges.length, 7);
  const ends = ranges.map((length, index) =>
    (index < 4 ? 20 : 40) + length / LINE.rate
  );
  for (const end of ends) assertAlmostEquals(end, time, 0.001);
  const all = ranges.reduce((sum, length) => sum + length, 0);
  assertAlmostEquals((rest - all) / LINE.rate, time, 0.01);
});

Deno.test("shareOut() opens no connection that would come too late, and asks for nothing that is hardly worth it", () => {
  const remainder = { ...LINE, rest: MIB, latency: 60 };
  // Alone it takes 100 ms.
  assertEquals(shareOut({ ...remainder, kept: 0 }).ranges, []);
  assertEquals(shareOut({ ...remainder, kept: 0 }).time, 100);
  const { time, ranges } = shareOut({ ...remainder, kept: 7 });
  assert(ranges.length > 0 && ranges.length < 7);
  assert(time < 100);
  assert(ranges.every((length) => length >= 10 * LINE.rate - 1));
});

Deno.test("shareOut() makes no range smaller than may be", () => {
  const { ranges } = shareOut({
    ...{ rest: MIB, rate: MIB / 4000, latency: 1 },
    ...{ connections: 100, kept: 100, least: MIB / 16 },
  });
  assert(ranges.length > 10);
  assert(ranges.every((length) => length >= MIB / 16));
});

Deno.test("shareOut() leaves everything to a first body that has no help", () => {
  const shares = shareOut({ ...LINE, rest: MIB, connections: 1, kept: 9 });
  assertEquals(shares, { time: 100, ranges: [] });
});

Deno.test("shareOut() opens connections that bring little, as the next download finds them open", () => {
  const remainder = { rest: 16 * MIB, rate: 94_000, latency: 87 };
  const options = { connections: 8, least: MIB / 16 };
  const first = shareOut({ ...remainder, ...options, kept: 0 });
  assertEquals(first.ranges.length, 7);
  assertEquals(first.ranges.at(-1), MIB / 16);
  const next = shareOut({ ...remainder, ...options, kept: 6 });
  // None is opened beside those that are open.
  assertEquals(next.ranges.length, 6);
  assert(next.time < 0.7 * first.time);
});

Deno.test("shareOut() leaves the first body at least half of its own, however many connections are opened for later", () => {
  const rest = 700_000;
  const { time, ranges } = shareOut({
    ...{ rest, rate: 2000, latency: 88 },
    ...{ connections: 16, kept: 0, least: MIB / 16 },
  });
  const all = ranges.reduce((sum, length) => sum + length, 0);
  assert(ranges.length > 0);
  assert(rest - all >= time * 2000 / 2 - 1);
});
