import { assertAlmostEquals, assertEquals } from "@std/assert";
import { LineWatch } from "../../src/transfer/line_watch.ts";
import { FakeClock } from "../fake_clock.ts";

const LOOKS = 15;

/** A watch whose time passes only as told. */
class Watched implements Disposable {
  time = 0;
  isOver = false;
  readonly clock = new FakeClock();
  readonly watch = new LineWatch({ now: () => this.time });

  constructor() {
    this.watch.over.then(() => this.isOver = true);
  }

  /** The next look; bytes come just before it. */
  async look(
    { bytes, late = 0, written = 0 }: {
      bytes: number;
      late?: number;
      written?: number;
    },
  ): Promise<void> {
    this.time += 10 + late;
    if (bytes > 0) this.watch.add(bytes);
    this.clock.fire();
    // Writing delays the next read and no look.
    this.time += written;
    if (bytes > 0) this.watch.wait();
    this.time -= written;
    await Promise.resolve();
  }

  [Symbol.dispose](): void {
    this.watch.end();
    this.clock[Symbol.dispose]();
  }
}

async function lookOften(
  watched: Watched,
  times: number,
  options: Parameters<Watched["look"]>[0],
): Promise<void> {
  for (let look = 0; look < times; look++) await watched.look(options);
}

Deno.test("LineWatch knows the rate after as many looks on time", async () => {
  using watched = new Watched();
  // What has come before anybody read says nothing of the rate.
  await watched.look({ bytes: 1_000_000 });
  await lookOften(watched, LOOKS - 2, { bytes: 1000 });
  assertEquals(watched.isOver, false);
  assertEquals(watched.watch.rate, 0);
  await watched.look({ bytes: 1000 });
  assertEquals(watched.isOver, true);
  assertAlmostEquals(watched.watch.rate, 100);
  assertEquals(watched.clock.size, 0);
});

Deno.test("LineWatch begins anew where a look is late, as the machine is busy then", async () => {
  using watched = new Watched();
  for (let round = 0; round < 5; round++) {
    await lookOften(watched, LOOKS - 1, { bytes: 1000 });
    await watched.look({ bytes: 1000, late: 10 });
  }
  assertEquals(watched.isOver, false);
  await lookOften(watched, LOOKS, { bytes: 1000, late: 2 });
  assertEquals(watched.isOver, true);
});

Deno.test("LineWatch does not take a slow disk for a slow line", async () => {
  using watched = new Watched();
  await lookOften(watched, 5 * LOOKS, { bytes: 1000, written: 8 });
  assertEquals(watched.isOver, false);
});

Deno.test("LineWatch knows nothing of a connection that brings nothing", async () => {
  using watched = new Watched();
  await watched.look({ bytes: 1000 });
  await lookOften(watched, 3 * LOOKS, { bytes: 0 });
  assertEquals(watched.isOver, false);
  watched.watch.end();
  await watched.watch.over;
  assertEquals(watched.watch.rate, 0);
});

Deno.test("LineWatch does not watch what is known", async () => {
  using clock = new FakeClock();
  const watch = new LineWatch({ rate: 5 });
  await watch.over;
  assertEquals(watch.rate, 5);
  assertEquals(clock.size, 0);
});
