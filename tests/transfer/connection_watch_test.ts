import { assert, assertEquals } from "@std/assert";
import { ConnectionWatch } from "../../src/transfer/connection_watch.ts";
import { KnownLine } from "../../src/transfer/known_line.ts";
import { FakeClock } from "../fake_clock.ts";

const MIB = 2 ** 20;

Deno.test("ConnectionWatch lets a connection be that is fast enough, and looks again", async () => {
  using clock = new FakeClock();
  const watch = new ConnectionWatch(1, 5);
  watch.add(MIB);
  for (let look = 0; look < 3; look++) {
    assertEquals(clock.size, 1);
    clock.fire();
  }
  watch.end();
  assertEquals(clock.size, 0);
  await watch.over;
});

Deno.test("ConnectionWatch tells when a connection is too slow, also when nothing comes", async () => {
  for (const bytes of [0, 100]) {
    const watch = new ConnectionWatch(256 * MIB, 5);
    watch.add(bytes);
    await watch.over;
    watch.end();
  }
});

Deno.test("ConnectionWatch does not wait where the service is far away", async () => {
  using clock = new FakeClock();
  const watch = new ConnectionWatch(1, 60);
  await watch.over;
  assertEquals(clock.size, 0);
});

Deno.test("ConnectionWatch teaches the line the rate of a connection that was too slow, near and far", async () => {
  const near = new KnownLine();
  const slow = new ConnectionWatch(256 * MIB, 5);
  slow.add(100);
  await slow.over;
  slow.end();
  slow.teach(near);
  assert(near.slowRate > 0);

  const far = new KnownLine();
  const distant = new ConnectionWatch(256 * MIB, 60);
  distant.add(100);
  distant.teach(far);
  assertEquals(far.slowRate, 0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  distant.add(100);
  distant.end();
  distant.teach(far);
  assert(far.slowRate > 0);
});

Deno.test("ConnectionWatch teaches the line nothing of a connection that is fast enough", async () => {
  const line = new KnownLine();
  for (const latency of [5, 60]) {
    const watch = new ConnectionWatch(1, latency);
    watch.add(MIB);
    await new Promise((resolve) => setTimeout(resolve, 60));
    watch.add(MIB);
    watch.end();
    watch.teach(line);
  }
  assertEquals(line.slowRate, 0);
});
