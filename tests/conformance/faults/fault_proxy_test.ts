import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Agent } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { FaultProxy } from "../../../conformance/mod.ts";
import { ask, fetchOnce } from "./client.ts";
import { Service, TEN } from "./service.ts";

Deno.test("FaultProxy passes requests on as they are, the Host header too", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const path = "/bucket/a%20b/%2e%2e/c?x=1&x=%2F";
  const seen = await ask(`${proxy.url}${path}`, {
    method: "PUT",
    headers: { "x-own": "Value", "content-length": 3 },
    body: "abc",
  });
  assertEquals([seen.status, seen.headers?.["x-received"]], [200, "3"]);
  const [{ line, headers, body }] = service.received as [
    Service["received"][0],
  ];
  assertEquals(line, `PUT ${path}`);
  assertEquals(headers.host, new URL(proxy.url).host);
  assertEquals(headers["x-own"], "Value");
  assertEquals(new TextDecoder().decode(body), "abc");
});

Deno.test("FaultProxy passes HEAD, ranges, chunks and answers without a body", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const head = await ask(proxy.url, { method: "HEAD", agent });
  assertEquals([head.status, head.headers?.["content-length"]], [200, "10"]);
  const range = await ask(proxy.url, {
    headers: { range: "bytes=2-4" },
    agent,
  });
  assertEquals([range.status, range.body], [206, "234"]);
  const chunked = await ask(`${proxy.url}/chunked`, { agent });
  assertEquals([chunked.status, chunked.body], [200, TEN]);
  const none = await ask(`${proxy.url}/none`, { agent });
  assertEquals([none.status, none.body], [204, ""]);
  const upload = await ask(proxy.url, {
    method: "PUT",
    headers: { "transfer-encoding": "chunked" },
    body: "chunks",
    agent,
  });
  assertEquals(upload.headers?.["x-received"], "6");
  agent.destroy();
  assertEquals(service.received.length, 5);
});

Deno.test("FaultProxy keeps connections open on both sides", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const before = service.connections;
  const meter = proxy.meter();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 5; i++) {
    assertEquals((await ask(proxy.url, { agent })).body, TEN);
  }
  agent.destroy();
  assertEquals(meter.exchanges.length, 5);
  assertEquals(meter.connections, 1);
  assertEquals(service.connections - before, 1);
});

Deno.test("FaultProxy tells when an exchange is over, whoever ends it", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const meter = proxy.meter();
  await ask(proxy.url);
  assertEquals(meter.exchanges.map(({ isOver }) => isOver), [true]);
  await using faults = proxy.inject({
    action: { kind: "stall", at: "before-head" },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const asking = fetch(proxy.url, { signal }).catch(() => {});
  await faults.reached;
  assertEquals(meter.exchanges.map(({ isOver }) => isOver), [true, false]);
  controller.abort();
  await asking;
  while (!meter.exchanges.every(({ isOver }) => isOver)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

Deno.test("FaultProxy ends the connection when the service does", async () => {
  await using service = await Service.start((_request, response) => {
    response.setHeader("connection", "close");
    response.end("last");
  });
  await using proxy = await FaultProxy.open(service.url);
  const meter = proxy.meter();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 2; i++) {
    assertEquals((await ask(proxy.url, { agent })).body, "last");
  }
  agent.destroy();
  assertEquals(meter.connections, 2);
});

Deno.test("FaultProxy opens a new connection when the service has closed the idle one", async () => {
  const sockets: Socket[] = [];
  await using service = await Service.start((_request, response) => {
    sockets.push(response.socket!);
    response.end("x");
  });
  await using proxy = await FaultProxy.open(service.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const meter = proxy.meter();
  for (let i = 0; i < 3; i++) {
    assertEquals((await ask(proxy.url, { agent })).body, "x");
    sockets.at(-1)!.destroy();
  }
  agent.destroy();
  assertEquals([meter.exchanges.length, meter.connections], [3, 1]);
});

Deno.test("FaultProxy passes 100 Continue on", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const seen = await ask(proxy.url, {
    method: "PUT",
    headers: { expect: "100-continue", "content-length": 3 },
    body: "abc",
  });
  assertEquals(seen.continued, true);
  assertEquals(seen.headers?.["x-received"], "3");
});

Deno.test("FaultProxy serves fetch with streams both ways", async () => {
  await using service = await Service.start((request, response) =>
    response.end(request.body)
  );
  await using proxy = await FaultProxy.open(service.url);
  const size = 9 * 2 ** 20;
  const bytes = new Uint8Array(size).map((_, i) => i % 251);
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(proxy.url, {
    method: "PUT",
    body: new Blob([bytes]).stream(),
    client,
  });
  assertEquals(new Uint8Array(await response.arrayBuffer()), bytes);
});

Deno.test("FaultProxy lets go of the service when the client goes away early", async () => {
  const gone = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using service = await Service.start((_request, response) => {
    response.on("close", gone.resolve);
    asked.resolve();
  });
  await using proxy = await FaultProxy.open(service.url);
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await asked.promise;
  socket.destroy();
  await gone.promise;
  assertEquals(service.lines, ["GET /"]);
  assertStringIncludes(proxy.describe()[0]!, "the client went away");
});

Deno.test("FaultProxy lets go of the service when the client goes away while it sends", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const port = Number(new URL(proxy.url).port);
  const socket = connect(port, "127.0.0.1");
  socket.write("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n01234");
  await until(() => proxy.meter() && proxy.describe().length === 1);
  socket.destroy();
  await until(() => service.lost === 1);
  assertEquals(service.received, []);
});

Deno.test("FaultProxy resets the connection when the service goes away", async () => {
  await using service = await Service.start((_request, response) =>
    response.destroy()
  );
  await using proxy = await FaultProxy.open(service.url);
  assertEquals((await ask(proxy.url)).code, "ECONNRESET");
});

Deno.test("FaultProxy breaks off an answer that the service breaks off", async () => {
  await using service = await Service.start((_request, response) => {
    response.setHeader("content-length", 10);
    response.write("0123", () => response.destroy());
  });
  await using proxy = await FaultProxy.open(service.url);
  const seen = await ask(proxy.url);
  assertEquals([seen.body, seen.code], ["0123", "ECONNRESET"]);
  assertStringIncludes(proxy.describe()[0]!, "within its answer");
});

Deno.test("FaultProxy passes an answer that comes before the body was sent", async () => {
  await using server = await rawServer((socket) => {
    socket.once("data", () => {
      socket.resume();
      socket.end(
        "HTTP/1.1 413 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno",
      );
    });
  });
  await using proxy = await FaultProxy.open(server.url);
  for (const headers of [{}, { expect: "100-continue" }]) {
    const size = 9 * 2 ** 20;
    const seen = await ask(proxy.url, {
      method: "PUT",
      headers: { "content-length": size, ...headers },
      body: new Uint8Array(size),
    });
    assertEquals([seen.status, seen.body], [413, "no"]);
    assertEquals(seen.continued, undefined);
  }
});

Deno.test("FaultProxy passes a body that ends with the connection", async () => {
  await using server = await rawServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nto the end"));
  });
  await using proxy = await FaultProxy.open(server.url);
  const seen = await ask(proxy.url);
  assertEquals([seen.status, seen.body, seen.code], [
    200,
    "to the end",
    undefined,
  ]);
  // Its end would be a good one.
  await using faults = proxy.inject({ action: { kind: "cut", afterBytes: 2 } });
  assertEquals((await ask(proxy.url)).body, "to the end");
  assertEquals(faults.fired, [0]);
});

Deno.test("FaultProxy serves requests that were sent at once, one after another", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  const put = (path: string, body: string) =>
    `PUT ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(`${put("/a", "abc")}${put("/b", "de")}GET /c HTTP/1.1\r\n`);
  socket.write("host: x\r\nconnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += `${chunk}`;
  assertEquals(text.match(/HTTP\/1.1 200/g)?.length, 3);
  assertEquals(service.lines, ["PUT /a", "PUT /b", "GET /c"]);
  assertEquals(service.received.map(({ body }) => body.length), [3, 2, 0]);
});

Deno.test("FaultProxy lets go of a client that does not speak HTTP", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  socket.write("what is this?\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += `${chunk}`;
  assertEquals([text, service.lines], ["", []]);
});

Deno.test("FaultProxy open() says that the service cannot be reached", async () => {
  const service = await Service.start();
  const { url } = service;
  await service[Symbol.asyncDispose]();
  await assertRejects(
    () => FaultProxy.open(url),
    Error,
    `Cannot open proxy as ${url} cannot be reached`,
  );
  for (const wrong of ["", "nothing", "ftp://127.0.0.1"]) {
    await assertRejects(
      () => FaultProxy.open(wrong),
      TypeError,
      "'upstream' must be an http: or https: URL",
    );
  }
});

Deno.test("FaultProxy keeps the path of the service's base URL", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(`${service.url}/base/`);
  assertEquals(new URL(proxy.url).pathname, "/base");
  await ask(`${proxy.url}/a`);
  assertEquals(service.lines, ["GET /base/a"]);
});

Deno.test("FaultProxy reaches a service by IPv6", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "::1", onListen() {} },
    () => new Response("six"),
  );
  await using proxy = await FaultProxy.open(`http://[::1]:${server.addr.port}`);
  assertEquals((await ask(proxy.url)).body, "six");
});

Deno.test("FaultProxy goes on when the service was killed and comes back", async () => {
  const asked = Promise.withResolvers<void>();
  const controller = new AbortController();
  const { signal } = controller;
  const first = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal, onListen() {} },
    () => {
      asked.resolve();
      return new Promise(() => {});
    },
  );
  const { port } = first.addr;
  await using proxy = await FaultProxy.open(`http://127.0.0.1:${port}`);
  const lost = ask(proxy.url);
  await asked.promise;
  controller.abort();
  assertEquals((await lost).code, "ECONNRESET");
  await first.finished;
  const gone = await ask(proxy.url);
  assertEquals([gone.status, gone.code], [undefined, "ECONNRESET"]);
  assertStringIncludes(proxy.describe()[1]!, "the service cannot be reached");
  await using _second = Deno.serve(
    { port, hostname: "127.0.0.1", onListen() {} },
    () => new Response("x"),
  );
  assertEquals((await ask(proxy.url)).body, "x");
});

Deno.test("FaultProxy meter() counts requests, bytes and connections since then", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  await ask(proxy.url);
  const meter = proxy.meter();
  assertEquals([meter.exchanges.length, meter.connections], [0, 0]);
  await ask(`${proxy.url}/chunked`);
  await ask(proxy.url, { method: "PUT", body: "abc" });
  assertEquals(meter.requestBytes, 3);
  assertEquals(meter.responseBytes, 10);
  assertEquals(meter.connections, 2);
  assertEquals(
    meter.exchanges.map(({ request, status, requestBytes, responseBytes }) => [
      request.number,
      request.method,
      status,
      requestBytes,
      responseBytes,
    ]),
    [[2, "GET", 200, 0, 10], [3, "PUT", 200, 3, 0]],
  );
  const [first] = meter.exchanges;
  assert(first!.startedAt <= performance.now());
  assertEquals(first!.request.path, "/chunked");
});

Deno.test("FaultProxy describe() shows neither signatures nor secrets", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url, {
    secrets: ["s/cret"],
  });
  await ask(
    `${proxy.url}/a?X-Amz-Signature=f00&X-Amz-Credential=AKIA&list=1&x=s%2Fcret`,
    { headers: { authorization: "Bearer hidden", range: "bytes=0-1" } },
  );
  const [line = ""] = proxy.describe();
  assertStringIncludes(
    line,
    "#1 GET /a?X-Amz-Signature=…&X-Amz-Credential=…&list=1&x=… [range: bytes=0-1]",
  );
  for (const secret of ["f00", "AKIA", "hidden", "cret"]) {
    assertEquals(line.includes(secret), false);
  }
});

Deno.test("FaultProxy describe() shortens long ids", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  await ask(`${proxy.url}/a?uploadId=${"x".repeat(99)}0123456789abcdef`);
  assertStringIncludes(
    proxy.describe()[0]!,
    "#1 GET /a?uploadId=…0123456789abcdef → 200,",
  );
});

Deno.test("FaultProxy describe() has a bounded number of lines", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  for (let i = 0; i < 50; i++) await ask(`${proxy.url}/${i}`);
  const lines = proxy.describe();
  assertEquals(lines.length, 31);
  assertEquals(lines[8], "… 20 more …");
  assertStringIncludes(lines[30]!, "#50 GET /49");
});

Deno.test("FaultProxy refuse() refuses connections, ends those that there are, and comes back on the same port", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const stalled = proxy.inject({
    action: { kind: "stall", at: "before-head" },
  });
  const pending = ask(proxy.url);
  await stalled.reached;
  const refusal = await proxy.refuse();
  assertEquals((await pending).code, "ECONNRESET");
  assertEquals((await ask(proxy.url)).code, "ECONNREFUSED");
  const { error } = await fetchOnce(proxy.url);
  assertEquals(error?.name, "TypeError");
  const second = await proxy.refuse();
  await second[Symbol.asyncDispose]();
  assertEquals((await ask(proxy.url)).code, "ECONNREFUSED");
  await stalled.stop();
  await refusal[Symbol.asyncDispose]();
  await refusal[Symbol.asyncDispose]();
  assertEquals((await ask(proxy.url)).body, TEN);
});

Deno.test("FaultProxy close() ends what is under way, and is idempotent", async () => {
  await using service = await Service.start();
  const proxy = await FaultProxy.open(service.url);
  const faults = proxy.inject({
    action: { kind: "run", run: () => new Promise(() => {}) },
  });
  const pending = ask(proxy.url);
  await faults.reached;
  await Promise.all([proxy.close(), proxy.close()]);
  assertEquals((await pending).code, "ECONNRESET");
  assertEquals((await ask(proxy.url)).code, "ECONNREFUSED");
});

async function rawServer(
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
