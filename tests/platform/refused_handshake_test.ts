import { assert, assertEquals } from "@std/assert";
import { findRefusedHandshake } from "../../src/platform/refused_handshake.ts";

/** Milliseconds after which a connection on loopback counts as not taken. */
const PATIENCE = 500;
/** More connections than wait in the shortest queue. */
const MANY = 9;

/** A port whose queue is full, so that nothing answers who wants to connect: as behind a firewall that drops packets. */
async function startFull() {
  const listener = Deno.listen({
    ...{ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 },
  });
  const { port } = listener.addr;
  const waiting: Deno.Conn[] = [];
  let isFull = false;
  while (!isFull && waiting.length < MANY) {
    const signal = AbortSignal.timeout(PATIENCE);
    await Deno.connect({ hostname: "127.0.0.1", port, signal })
      .then((connection) => waiting.push(connection), () => isFull = true);
  }
  return {
    isFull,
    url: new URL(`https://127.0.0.1:${port}`),
    [Symbol.dispose]() {
      for (const connection of waiting) connection.close();
      listener.close();
    },
  };
}

// The sanitizers of `deno test` find what would keep a process alive.
Deno.test("findRefusedHandshake() leaves no attempt behind at a host that takes no connection", async () => {
  using server = await startFull();
  assert(server.isFull);
  const signal = AbortSignal.timeout(10);
  assertEquals(
    await findRefusedHandshake(server.url, { caCerts: [], signal }),
    undefined,
  );
});

Deno.test("findRefusedHandshake() leaves no connection behind at a silent server", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`https://127.0.0.1:${listener.addr.port}`);
  const controller = new AbortController();
  const { signal } = controller;
  const finding = findRefusedHandshake(url, { caCerts: [], signal });
  using connection = await listener.accept();
  await connection.read(new Uint8Array(1));
  controller.abort();
  assertEquals(await finding, undefined);
});
