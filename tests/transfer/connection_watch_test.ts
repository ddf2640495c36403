import { assertEquals } from "@std/assert";
import { ConnectionWatch } from "../../src/transfer/connection_watch.ts";
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
