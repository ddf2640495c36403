import { assertAlmostEquals, assertEquals } from "@std/assert";
import { KnownLine, LOOKS } from "../../src/transfer/known_line.ts";
import { LineWatch } from "../../src/transfer/line_watch.ts";
import { FakeClock } from "../fake_clock.ts";

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

Deno.test("LineWatch has measured what it saw of a body that ended early, and says for how long", async () => {
  using watched = new Watched();
  assertEquals(watched.watch.measured, undefined);
  await lookOften(watched, 8, { bytes: 1000 });
  watched.watch.end();
  assertEquals(watched.watch.rate, 0);
  assertEquals(watched.watch.measured, { rate: 100, looks: 8 });
});

Deno.test("LineWatch has measured nothing where the end came late, or nobody waited", async () => {
  using late = new Watched();
  await lookOften(late, 8, { bytes: 1000 });
  late.time += 30;
  late.watch.end();
  assertEquals(late.watch.measured, undefined);

  using written = new Watched();
  await lookOften(written, 8, { bytes: 1000, written: 8 });
  written.watch.end();
  assertEquals(written.watch.measured, undefined);
});

Deno.test("LineWatch teaches the line what it has measured", async () => {
  using watched = new Watched();
  const line = new KnownLine({ now: () => watched.time });
  await lookOften(watched, LOOKS, { bytes: 1000 });
  watched.watch.teach(line);
  assertAlmostEquals(line.rate, 100);
});
