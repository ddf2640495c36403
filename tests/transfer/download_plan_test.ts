import { assert, assertEquals } from "@std/assert";
import {
  type DownloadPlan,
  planDownload,
  type Range,
} from "../../src/transfer/download_plan.ts";
import { completeSettings } from "../../src/transfer/settings.ts";
import type { OpenObject, TransferSettings } from "../../src/driver.ts";

const MIB = 2 ** 20;
const settings = {
  sufficientRate: 256 * MIB,
  rangeSize: 32 * MIB,
  smallestRange: 8 * MIB,
  parallel: 8,
};

async function* nothing(): AsyncGenerator<Uint8Array> {}

function plan(
  size: number,
  further: Partial<OpenObject> = {},
  changed: TransferSettings = {},
): DownloadPlan {
  const object = { size, bodySize: size, body: nothing(), readRange: nothing };
  return planDownload(
    { ...object, ...further },
    completeSettings({ ...settings, ...changed }),
  );
}

function takeAll(from: DownloadPlan): Range[] {
  const ranges: Range[] = [];
  for (let range = from.take(); range; range = from.take()) ranges.push(range);
  return ranges;
}

Deno.test("planDownload() gives each connection an equal share of what a slow body has left", () => {
  const shared = plan(257 * MIB);
  assert(shared.startsAlone);
  assertEquals(shared.bodyEnd, 257 * MIB);
  shared.advance(MIB);
  const ranges = Array.from({ length: 7 }, () => shared.take()!);
  assert(ranges.every(([, length]) => length === 32 * MIB));
  assertEquals(ranges[0], [225 * MIB, 32 * MIB]);
  assertEquals(shared.bodyEnd, 33 * MIB);
});

Deno.test("planDownload() has every byte come once, whoever is how fast", () => {
  for (const size of [32 * MIB, 40 * MIB + 1, 257 * MIB, 1000 * MIB + 7]) {
    for (const bodyShare of [0.1, 1, 7]) {
      const shared = plan(size);
      const ranges: Range[] = [];
      let done = 0;
      // The body reads some, then somebody is idle, and so on.
      while (done < shared.bodyEnd) {
        done = Math.min(shared.bodyEnd, done + bodyShare * 8 * MIB);
        shared.advance(done);
        const range = shared.take();
        if (!range) continue;
        ranges.push(range);
        assert(range[1] >= settings.smallestRange);
        assert(shared.bodyEnd >= done, "the body has read further");
      }
      assertEquals(done, shared.bodyEnd);
      const sorted = ranges.toReversed();
      assertEquals(sorted[0]?.[0] ?? size, shared.bodyEnd);
      for (const [index, [offset, length]] of sorted.entries()) {
        assertEquals(sorted[index + 1]?.[0] ?? size, offset + length);
      }
      assertEquals(shared.take(), undefined);
    }
  }
});

Deno.test("planDownload() leaves an object alone that is not worth a range, or has none", () => {
  for (const small of [plan(0), plan(32 * MIB - 1)]) {
    assertEquals(small.startsAlone, false);
    assertEquals(takeAll(small), []);
  }
  const rangeless = planDownload({
    size: 64 * MIB,
    bodySize: 64 * MIB,
    body: nothing(),
  }, completeSettings(settings));
  assertEquals(rangeless.startsAlone, false);
  assertEquals(takeAll(rangeless), []);
});

Deno.test("planDownload() takes what the first body has not in ranges at once", () => {
  const fixed = plan(100 * MIB, { bodySize: 2 * MIB });
  assertEquals(fixed.startsAlone, false);
  assertEquals(fixed.bodyEnd, 2 * MIB);
  const ranges = takeAll(fixed);
  assertEquals(ranges.length, 8);
  assertEquals(ranges[0], [2 * MIB, 13 * MIB]);
  assertEquals(ranges.at(-1), [93 * MIB, 7 * MIB]);
  const unmeasured = plan(
    100 * MIB,
    {},
    { sufficientRate: undefined } as object,
  );
  assertEquals(unmeasured.startsAlone, false);
});

const SLOW_LINE = { latency: 20, rate: 10 * MIB / 1000 };

Deno.test("planDownload() plans what a known line is given at once, and leaves nothing between the ranges", () => {
  const shared = plan(16 * MIB, {}, { smallestSlowRange: MIB / 16 });
  const line = { ...SLOW_LINE, connections: 8, kept: 7 };
  assert(shared.savingOn(line) > 1000);
  shared.settle(line);
  const ranges = Array.from({ length: 7 }, () => shared.take()!);
  let end = 16 * MIB;
  for (const [offset, length] of ranges) {
    assertEquals(offset + length, end);
    end = offset;
  }
  assertEquals(shared.bodyEnd, end);
  // The body goes on while the ranges are asked for.
  assert(end > ranges[0]![1]);
});

Deno.test("planDownload() saves nothing where the first body is there before a range is", () => {
  const shared = plan(MIB, {}, { smallestSlowRange: MIB / 16 });
  assert(shared.startsAlone);
  const far = { latency: 80, rate: 90 * MIB / 1000 };
  assertEquals(shared.savingOn({ ...far, connections: 8, kept: 7 }), 0);
  shared.settle({ ...far, connections: 8, kept: 7 });
  assertEquals(takeAll(shared), []);
});

Deno.test("planDownload() keeps what was planned when more is known of the line", () => {
  const shared = plan(64 * MIB);
  shared.settle({ ...SLOW_LINE, connections: 8, kept: 7 });
  const [offset] = shared.take()!;
  shared.settle({ ...SLOW_LINE, rate: 1, connections: 16, kept: 0 });
  const [next, length] = shared.take()!;
  assertEquals(next + length, offset);
  assert(length > 5 * MIB);
});

Deno.test("planDownload() gives no range once everything is left to the first body", () => {
  const shared = plan(64 * MIB);
  shared.stayAlone();
  shared.settle({ ...SLOW_LINE, connections: 8, kept: 7 });
  assertEquals(takeAll(shared), []);
  assertEquals(shared.bodyEnd, 64 * MIB);
});
