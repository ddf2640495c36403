import { assert, assertEquals } from "@std/assert";
import { startProxy } from "../../bench/throttle/start_proxy.ts";

Deno.test("startProxy() has a short message on its way for half a round trip, also of one millisecond", async () => {
  const hostname = "127.0.0.1";
  using listener = Deno.listen({ hostname, port: 0 });
  await using proxy = await startProxy(
    `http://${hostname}:${listener.addr.port}`,
    { roundTrip: 1, rate: 90 * 2 ** 20 },
  );
  using client = await Deno.connect({
    hostname,
    port: Number(new URL(proxy.url).port),
  });
  using server = await listener.accept();
  const buffer = new Uint8Array(8);
  let least = Infinity;
  for (let time = 0; time < 5; time++) {
    const began = performance.now();
    await client.write(Uint8Array.of(1, 2, 3));
    assertEquals(await server.read(buffer), 3);
    await server.write(buffer.subarray(0, 3));
    assertEquals(await client.read(buffer), 3);
    least = Math.min(least, performance.now() - began);
  }
  assert(least >= 1, `${least} ms`);
});
