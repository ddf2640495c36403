import { assertEquals, assertRejects } from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { TcpFaultProxy } from "../../../conformance/faults/tcp_fault_proxy.ts";
import type { TcpRule } from "../../../conformance/faults/tcp_fault.ts";

/** Answers each piece that comes with itself. */
async function startEcho(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => socket.write(bytes));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    url: `tcp://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends a text, and gives what has come when as much is there, or the connection has ended. */
async function echo(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let came = "";
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on("data", (bytes) => {
    came += bytes.toString();
    if (came.length >= text.length) resolve(came);
  });
  socket.on("end", () => resolve(`${came}, end`));
  socket.on("error", () => resolve(`${came}, reset`));
  socket.write(text);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

const RULES: readonly [string, TcpRule["action"], string][] = [
  ["a reset of the answer", {
    kind: "reset",
    at: { way: "down", afterBytes: 0 },
  }, ", reset"],
  ["a reset of the request", {
    kind: "reset",
    at: { way: "up", afterBytes: 2 },
  }, ", reset"],
  ["a cut", { kind: "cut", afterBytes: 3 }, "hel, end"],
  ["a lost answer", { kind: "lose-answer" }, ", reset"],
  ["a delay", { kind: "delay", ms: 10 }, "hello"],
  ["a slow answer", { kind: "slow", bytes: 2, ms: 10 }, "hello"],
];

for (const [what, action, expected] of RULES) {
  Deno.test(`TcpFaultProxy does ${what}, once`, async () => {
    await using service = await startEcho();
    await using proxy = await TcpFaultProxy.open(service.url);
    const faults = proxy.inject({ nth: 2, count: 1, action });
    assertEquals(await echo(proxy.url, "hello"), "hello");
    assertEquals(await echo(proxy.url, "hello"), expected);
    assertEquals(await echo(proxy.url, "hello"), "hello");
    assertEquals(faults.fired, [1]);
    assertEquals(proxy.turns.map(({ fault }) => fault), [
      undefined,
      action.kind,
      undefined,
    ]);
    assertEquals(proxy.findProblems().unfired, []);
  });
}

Deno.test("TcpFaultProxy stalls until its faults are stopped", async () => {
  await using service = await startEcho();
  await using proxy = await TcpFaultProxy.open(service.url);
  const faults = proxy.inject({
    action: { kind: "stall", at: { way: "down", afterBytes: 0 } },
  });
  const answer = echo(proxy.url, "hello");
  await faults.reached;
  await faults.stop();
  assertEquals(await answer, ", reset");
  assertEquals(await echo(proxy.url, "hello"), "hello");
});

Deno.test("TcpFaultProxy refuses connections, and takes them again", async () => {
  await using service = await startEcho();
  await using proxy = await TcpFaultProxy.open(service.url);
  {
    await using _refusal = await proxy.refuse();
    assertEquals(await echo(proxy.url, "hello"), ", reset");
  }
  assertEquals(await echo(proxy.url, "hello"), "hello");
});

Deno.test("TcpFaultProxy tells of a fault that has not fired", async () => {
  await using service = await startEcho();
  await using proxy = await TcpFaultProxy.open(service.url);
  proxy.inject({ nth: 2, action: { kind: "lose-answer" } });
  await echo(proxy.url, "hello");
  assertEquals(proxy.findProblems().unfired.length, 1);
});

Deno.test("TcpFaultProxy wants an address, and a service behind it", async () => {
  await assertRejects(
    () => TcpFaultProxy.open("http://127.0.0.1:1"),
    TypeError,
  );
  await assertRejects(
    () => TcpFaultProxy.open("tcp://127.0.0.1:1"),
    Error,
    "cannot be reached",
  );
});
