/**
 * A proxy that slows each connection down, in a process of its own:
 * `deno run -A main.ts <port of the server> <bytes a second> <milliseconds>`.
 * It prints its own port. A rate of `Infinity` only forwards.
 *
 * The milliseconds are the time there and back: half of it passes on each way,
 * and all of it before a new connection carries anything.
 *
 * @module
 */

import { copyPaced, type Pace } from "./pace.ts";

const [port, rate, roundTrip] = Deno.args.map(Number);
const pace: Pace = { rate: rate ?? Infinity, delay: (roundTrip ?? 0) / 2 };
const hostname = "127.0.0.1";
const listener = Deno.listen({ hostname, port: 0 });
console.log(listener.addr.port);
for await (const client of listener) {
  // A client that goes away in the middle is no concern of the others.
  serve(client).catch(() => {});
}

async function serve(client: Deno.TcpConn): Promise<void> {
  using _client = client;
  if (pace.delay > 0) {
    await new Promise((resolve) => setTimeout(resolve, 2 * pace.delay));
  }
  using server = await Deno.connect({ hostname, port: port ?? 0 });
  client.setNoDelay();
  server.setNoDelay();
  await Promise.all([
    copyPaced(client, server, pace),
    copyPaced(server, client, pace),
  ]);
}
