import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type FaultAction,
  FaultProxy,
  type FaultRule,
  s3Dialect,
} from "../../../conformance/mod.ts";
import { ask, fetchOnce, type Seen } from "./client.ts";
import { Service, TEN } from "./service.ts";

const HALF = (length: number) => length >> 1;

Deno.test("status answers with the dialect's error, and the service sees nothing", async () => {
  await using world = await World.open();
  const seen = await world.break({ kind: "status", status: 503 });
  assertEquals(seen.status, 503);
  assertEquals(seen.body.match(/<Code>(.*)<\/Code>/)?.[1], "SlowDown");
  assertEquals(seen.headers?.["content-type"], "application/xml");
  const coded = await world.break({
    kind: "status",
    status: 400,
    code: "RequestTimeout",
    headers: { "Retry-After": "2" },
  }, { method: "PUT", body: "abc" });
  assertEquals([coded.status, coded.headers?.["retry-after"]], [400, "2"]);
  assertEquals(coded.body.match(/<Code>(.*)<\/Code>/)?.[1], "RequestTimeout");
  const own = await world.break({ kind: "status", status: 200, body: "own" });
  assertEquals([own.status, own.body], [200, "own"]);
  const head = await world.break(
    { kind: "status", status: 500 },
    { method: "HEAD" },
  );
  assertEquals([head.status, head.body, head.code], [500, "", undefined]);
  const none = await world.break({ kind: "status", status: 204 });
  assertEquals([none.status, none.body], [204, ""]);
  assertEquals(world.service.lines, []);
});

Deno.test("status without a dialect has no body, and keeps the connection", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const meter = proxy.meter();
  await using _faults = proxy.inject({
    match: { count: 1 },
    action: { kind: "status", status: 503, code: "SlowDown" },
  });
  const first = await fetch(proxy.url);
  assertEquals([first.status, await first.text()], [503, ""]);
  const second = await fetch(proxy.url);
  assertEquals([second.status, await second.text()], [200, TEN]);
  assertEquals(meter.connections, 1);
});

Deno.test("status invites the body of a client that waits for 100 Continue", async () => {
  await using world = await World.open();
  const seen = await world.break({ kind: "status", status: 503 }, {
    method: "PUT",
    headers: { expect: "100-continue", "content-length": 3 },
    body: "abc",
  });
  assertEquals([seen.continued, seen.status], [true, 503]);
});

Deno.test("error-in-200 answers 200 with an error in the body", async () => {
  await using world = await World.open();
  const action = { kind: "error-in-200", code: "InternalError" } as const;
  const seen = await world.break(action, { method: "POST" });
  assertEquals(seen.status, 200);
  assertEquals(seen.body.match(/<Code>(.*)<\/Code>/)?.[1], "InternalError");
  assertEquals(world.service.lines, []);
  await using bare = await FaultProxy.open(world.service.url);
  assertThrows(
    () => bare.inject({ action }),
    TypeError,
    "Cannot inject 'error-in-200' without a dialect",
  );
});

Deno.test("reset before the head is ECONNRESET, and the service sees nothing", async () => {
  await using world = await World.open();
  const action = { kind: "reset", at: "before-head" } as const;
  const seen = await world.break(action, { method: "PUT", body: "abc" });
  assertEquals([seen.code, seen.status], ["ECONNRESET", undefined]);
  assertEquals(world.service.lines, []);
});

Deno.test("reset after the head is ECONNRESET within the body", async () => {
  await using world = await World.open();
  const after = await world.break({ kind: "reset", at: "after-head" });
  assertEquals(after, { ...after, code: "ECONNRESET", status: 200, body: "" });
  const within = await world.break({
    kind: "reset",
    at: { bodyBytes: 4 },
  });
  assertEquals([within.code, within.body], ["ECONNRESET", "0123"]);
  const chunked = await world.break({
    kind: "reset",
    at: { bodyBytes: HALF },
  }, { path: "/chunked" });
  assertEquals([chunked.code, chunked.body], ["ECONNRESET", "01234"]);
});

Deno.test("reset is a real one on the socket", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  proxy.inject({ action: { kind: "reset", at: { bodyBytes: 1 } } });
  const port = Number(new URL(proxy.url).port);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(
    new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
  );
  await assertRejects(async () => {
    while (await conn.read(new Uint8Array(100)) !== null);
  }, Deno.errors.ConnectionReset);
});

Deno.test("cut ends the body early and in good order", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url);
  const faults = proxy.inject({ action: { kind: "cut", afterBytes: 4 } });
  const port = Number(new URL(proxy.url).port);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(
    new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
  );
  const text = await new Response(conn.readable).text();
  const [head = "", body] = text.split("\r\n\r\n");
  assertEquals(body, "0123");
  assertEquals(/content-length: 10/i.test(head), true);
  assertEquals(faults.fired, [1]);
});

Deno.test("what breaks an answer's body lets a GET ask for one, whatever the client keeps, unless the condition is signed", async () => {
  await using world = await World.open();
  const action = { kind: "cut", afterBytes: HALF } as const;
  const headers = { "If-None-Match": '"a"', "if-modified-since": "today" };
  const signed =
    "AWS4-HMAC-SHA256 SignedHeaders=host;if-none-match, Signature=";
  await world.break(action, { headers });
  await world.break(action, { headers: { ...headers, authorization: signed } });
  await world.break({ kind: "delay", ms: 1 }, { headers });
  assertEquals(
    world.service.received.map(({ headers }) => [
      headers["if-none-match"],
      headers["if-modified-since"],
    ]),
    [[undefined, undefined], ['"a"', "today"], ['"a"', "today"]],
  );
});

Deno.test("cut is an error for clients, whatever the framing", async () => {
  await using world = await World.open();
  for (const path of ["/", "/chunked"]) {
    const action = { kind: "cut", afterBytes: HALF } as const;
    const seen = await world.break(action, { path });
    assertEquals([seen.status, seen.body], [200, "01234"]);
    assertEquals(seen.code, "ECONNRESET");
    const faults = world.proxy.inject({ action });
    const { status, body, error } = await fetchOnce(world.proxy.url + path);
    await faults.stop();
    assertEquals([status, body, error?.name], [200, undefined, "TypeError"]);
  }
});

Deno.test("stall lets nothing more come until it is stopped", async () => {
  await using world = await World.open();
  const points = ["before-head", "after-head", { bodyBytes: 3 }] as const;
  for (const at of points) {
    await using faults = world.proxy.inject({ action: { kind: "stall", at } });
    const pending = ask(world.proxy.url);
    await faults.reached;
    await faults.stop();
    const seen = await pending;
    assertEquals(seen.code, "ECONNRESET");
    assertEquals(seen.status, at === "before-head" ? undefined : 200);
    assertEquals(seen.body, typeof at === "object" ? "012" : "");
  }
  assertEquals(world.service.lines, ["GET /", "GET /"]);
});

Deno.test("stall-upload and reset-upload hold a request that has more bytes", async () => {
  await using world = await World.open();
  for (const chunked of [false, true]) {
    const body = new Uint8Array(100_000);
    const options = {
      method: "PUT",
      body,
      headers: chunked ? { "transfer-encoding": "chunked" } : {},
    };
    const seen = await world.break(
      { kind: "reset-upload", afterBytes: 50_000 },
      options,
    );
    assertEquals([seen.code, seen.status], ["ECONNRESET", undefined]);
    await using faults = world.proxy.inject({
      action: { kind: "stall-upload", afterBytes: 50_000 },
    });
    const meter = world.proxy.meter();
    const pending = ask(world.proxy.url, options);
    await faults.reached;
    assertEquals(meter.exchanges.map(({ fault }) => fault), ["stall-upload"]);
    await faults.stop();
    assertEquals((await pending).code, "ECONNRESET");
    assertEquals(world.service.lines, []);
  }
});

Deno.test("corrupt changes one byte of the answer", async () => {
  await using world = await World.open();
  for (const path of ["/", "/chunked"]) {
    const action = { kind: "corrupt", byte: 0 } as const;
    const seen = await world.break(action, { path });
    assertEquals(seen.body.slice(-9), TEN.slice(-9));
    assertEquals([seen.status, seen.code], [200, undefined]);
    assertEquals(seen.body.startsWith("0"), false);
    const last = (length: number) => length - 1;
    const other = await world.break({ kind: "corrupt", byte: last }, { path });
    assertEquals(other.body.slice(0, 9), TEN.slice(0, 9));
    assertEquals(other.body.endsWith("9"), false);
  }
});

Deno.test("corrupt-upload changes one byte of the request", async () => {
  await using world = await World.open();
  for (const byte of [4, HALF]) {
    for (const chunked of [false, true]) {
      const seen = await world.break({ kind: "corrupt-upload", byte }, {
        method: "PUT",
        body: new Uint8Array(9),
        headers: chunked ? { "transfer-encoding": "chunked" } : {},
      });
      assertEquals(seen.headers?.["x-received"], "9");
      const { body } = world.service.received.at(-1)!;
      assertEquals([...body], [0, 0, 0, 0, 255, 0, 0, 0, 0]);
    }
  }
});

Deno.test("delay lets the request go on after a time", async () => {
  await using world = await World.open();
  const start = performance.now();
  const seen = await world.break({ kind: "delay", ms: 30 });
  assertEquals(seen.body, TEN);
  assertEquals(performance.now() - start >= 29, true);
  await using faults = world.proxy.inject({
    action: { kind: "delay", ms: 3_600_000 },
  });
  const pending = ask(world.proxy.url);
  await faults.reached;
  await faults.stop();
  assertEquals((await pending).body, TEN);
});

Deno.test("refuse-upload answers before the request's body has ended, and reads the rest", async () => {
  await using world = await World.open();
  const seen = await world.break(
    { kind: "refuse-upload", afterBytes: 10, status: 403, pauseMs: 1 },
    { method: "PUT", body: new Uint8Array(3_000_000) },
  );
  assertEquals([seen.status, seen.code], [403, undefined]);
  assertEquals(seen.headers?.connection, "close");
  assertEquals(seen.body.match(/<Code>(.*)<\/Code>/)?.[1], "AccessDenied");
  assertEquals(world.service.lines, []);
});

Deno.test("refuse-upload lets a body pass that has no more bytes", async () => {
  await using world = await World.open();
  await using faults = world.proxy.inject({
    action: { kind: "refuse-upload", afterBytes: 3, status: 403 },
  });
  const options = { method: "PUT", body: "abc" };
  assertEquals((await ask(world.proxy.url, options)).status, 200);
  assertEquals(faults.fired, [0]);
});

Deno.test("slow sends the body in pieces, with a pause between two", async () => {
  await using world = await World.open();
  const start = performance.now();
  const seen = await world.break({ kind: "slow", pieces: 5, ms: 20 });
  assertEquals([seen.status, seen.body], [200, TEN]);
  // Timers may be a little early.
  assert(performance.now() - start > 70);
});

Deno.test("slow-upload reads the body at a rate, and passes it on whole", async () => {
  await using world = await World.open();
  const body = "x".repeat(200_000);
  const start = performance.now();
  const seen = await world.break(
    { kind: "slow-upload", bytesPerSecond: 1_000_000 },
    { method: "PUT", body },
  );
  assertEquals(seen.status, 200);
  // Timers may be a little early.
  assert(performance.now() - start > 150);
});

Deno.test("add-headers says more of an answer, and passes its body on", async () => {
  await using world = await World.open();
  const seen = await world.break({
    kind: "add-headers",
    headers: { "content-encoding": "x-none", "Date": "never" },
  });
  assertEquals([seen.status, seen.body], [200, TEN]);
  assertEquals(seen.headers?.["content-encoding"], "x-none");
  assertEquals(seen.headers?.date, "never");
});

Deno.test("status tells a length with the answer to HEAD that is given", async () => {
  await using world = await World.open();
  const headers = { "content-length": "1000" };
  const seen = await world.break(
    { kind: "status", status: 206, headers },
    { method: "HEAD" },
  );
  assertEquals([seen.status, seen.body], [206, ""]);
  assertEquals(seen.headers?.["content-length"], "1000");
});

Deno.test("endless sends an error's text without an end, until the faults are stopped", async () => {
  await using world = await World.open();
  await using faults = world.proxy.inject({
    action: { kind: "endless", status: 403, ms: 1 },
  });
  const response = await fetch(world.proxy.url);
  const reader = response.body!.getReader();
  let text = "";
  while (!text.endsWith("   ")) {
    text += new TextDecoder().decode((await reader.read()).value);
  }
  assertEquals(response.status, 403);
  assertEquals(text.match(/<Code>(.*)<\/Code>/)?.[1], "AccessDenied");
  await faults.stop();
  await assertRejects(async () => {
    while (!(await reader.read()).done);
  });
  assertEquals(world.service.lines, []);
});

Deno.test("lose-answer lets the service answer, and resets the connection", async () => {
  await using world = await World.open();
  const seen = await world.break({ kind: "lose-answer" }, {
    method: "PUT",
    body: "abc",
  });
  assertEquals([seen.code, seen.status], ["ECONNRESET", undefined]);
  assertEquals(world.service.lines, ["PUT /"]);
});

Deno.test("run runs between two requests, or between an answer and the client", async () => {
  const events: string[] = [];
  await using service = await Service.start(({ line }, response) => {
    events.push(line);
    response.end(TEN);
  });
  await using proxy = await FaultProxy.open(service.url);
  for (const when of ["before", "after"] as const) {
    await using faults = proxy.inject({
      action: {
        kind: "run",
        when,
        run: ({ number }) => {
          events.push(`${when} ${number}`);
        },
      },
    });
    assertEquals((await ask(proxy.url)).body, TEN);
    assertEquals(faults.fired, [1]);
  }
  assertEquals(events, ["before 1", "GET /", "GET /", "after 2"]);
});

Deno.test("run that throws is a problem of the fault, and resets the connection", async () => {
  await using world = await World.open();
  const seen = await world.break({
    kind: "run",
    run: () => Promise.reject(new Error("no oracle")),
  });
  assertEquals(seen.code, "ECONNRESET");
  const { failed } = world.proxy.findProblems();
  assertEquals(failed.length, 1);
  assertEquals(failed[0]?.includes("no oracle"), true);
});

Deno.test("a fault that finds nothing to break lets the request pass and has not fired", async () => {
  await using world = await World.open();
  const nothing: [FaultAction, Options][] = [
    [{ kind: "cut", afterBytes: 10 }, {}],
    [{ kind: "cut", afterBytes: HALF }, { method: "HEAD" }],
    [{ kind: "cut", afterBytes: 0 }, { method: "PUT", body: "abc" }],
    [{ kind: "reset", at: { bodyBytes: 10 } }, { path: "/chunked" }],
    [{ kind: "reset", at: "after-head" }, { path: "/none" }],
    [{ kind: "stall", at: "after-head" }, { method: "HEAD" }],
    [{ kind: "error-in-200", code: "InternalError" }, { method: "HEAD" }],
    [{ kind: "corrupt", byte: 10 }, {}],
    [{ kind: "corrupt-upload", byte: 3 }, { method: "PUT", body: "abc" }],
    [{ kind: "reset-upload", afterBytes: 3 }, { method: "PUT", body: "abc" }],
    [{ kind: "stall-upload", afterBytes: 6 }, {
      method: "PUT",
      body: "chunks",
      headers: { "transfer-encoding": "chunked" },
    }],
  ];
  for (const [action, options] of nothing) {
    const plain = await ask(world.proxy.url + (options.path ?? "/"), options);
    await using faults = world.proxy.inject({ action });
    const seen = await ask(world.proxy.url + (options.path ?? "/"), options);
    assertEquals(
      [seen.status, seen.body, seen.code, faults.fired],
      [plain.status, plain.body, undefined, [0]],
      action.kind,
    );
  }
});

type Options = NonNullable<Parameters<typeof ask>[1]> & { path?: string };

/** A service with a proxy that speaks like S3. */
class World implements AsyncDisposable {
  readonly service: Service;
  readonly proxy: FaultProxy;

  private constructor(service: Service, proxy: FaultProxy) {
    this.service = service;
    this.proxy = proxy;
  }

  static async open(): Promise<World> {
    const service = await Service.start();
    const options = { dialect: s3Dialect };
    return new World(service, await FaultProxy.open(service.url, options));
  }

  /** Makes one request under a fault, which must fire. */
  async break(action: FaultAction, options: Options = {}): Promise<Seen> {
    const rule: FaultRule = { action };
    await using faults = this.proxy.inject(rule);
    const { path = "/", ...rest } = options;
    const seen = await ask(this.proxy.url + path, rest);
    assertEquals(faults.fired, [1], `${action.kind} has fired`);
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close();
    await this.service[Symbol.asyncDispose]();
  }
}
