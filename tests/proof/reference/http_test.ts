import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { runConformance } from "../../../conformance/mod.ts";
import { HttpDriver } from "./http_driver.ts";
import harness, { countUnfinished } from "./http_harness.ts";
import { BUCKET, HttpServer, TOKEN } from "./http_server.ts";
import { StoreFailure } from "../../../src/driver.ts";

const { signal } = new AbortController();

Deno.test("runConformance() finds nothing wrong with the reference store over HTTP", async () => {
  let passed = 0;
  const wrong: string[] = [];
  for await (const result of runConformance(harness, { jobs: 4 })) {
    const { id, status, failure, reason } = result;
    // A recommendation: its driver tries nothing again.
    if (id === "REA-15") continue;
    if (status === "pass") passed++;
    if (status !== "fail" && status !== "error") continue;
    wrong.push(`${id} ${status}: ${failure?.observed ?? reason}`);
  }
  assertEquals(wrong, []);
  assertGreater(passed, 0);
  assertEquals(countUnfinished(), 0);
});

Deno.test("HttpDriver readRange() is transient when the object was replaced", async () => {
  const server = await HttpServer.start();
  const driver = connect(server.url);
  try {
    server.set("a", new Uint8Array(10));
    const object = await driver.open("a", { firstBytes: 4, signal });
    assertEquals([object.size, object.bodySize], [10, 4]);
    server.set("a", new Uint8Array(10).fill(1));
    const reading = Array.fromAsync(object.readRange!(4, 6, { signal }));
    assertEquals(await codeOf(reading), "TRANSIENT");
    await object.close?.();
  } finally {
    await driver.close();
    await server.stop();
  }
});

Deno.test("HttpDriver open() asks the size when an empty object has no range", async () => {
  const server = await HttpServer.start();
  const driver = connect(server.url);
  try {
    server.set("empty", new Uint8Array());
    const object = await driver.open("empty", { firstBytes: 4, signal });
    assertEquals([object.size, object.bodySize], [0, 0]);
    assertEquals(await Array.fromAsync(object.body), []);
  } finally {
    await driver.close();
    await server.stop();
  }
});

Deno.test("HttpDriver understands the statuses of clause 25", async () => {
  const codes: Record<number, string> = {
    400: "OTHER",
    401: "PERMISSION_DENIED",
    403: "PERMISSION_DENIED",
    404: "OBJECT_NOT_FOUND",
    408: "TRANSIENT",
    425: "TRANSIENT",
    429: "TRANSIENT",
    500: "TRANSIENT",
    501: "OTHER",
    503: "TRANSIENT",
    505: "OTHER",
  };
  let status = 0;
  await using server = serve(() => new Response("no", { status }));
  const driver = connect(urlOf(server));
  try {
    const found: Record<number, string> = {};
    for (status of Object.keys(codes).map(Number)) {
      found[status] = await codeOf(driver.open("a", { firstBytes: 4, signal }));
    }
    assertEquals(found, codes);
  } finally {
    await driver.close();
  }
});

Deno.test("HttpDriver is transient when the server is silent", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using server = serve(() => promise);
  const driver = connect(urlOf(server), 50);
  try {
    assertEquals(await codeOf(driver.getSize("a", { signal })), "TRANSIENT");
  } finally {
    resolve(new Response());
    await driver.close();
  }
});

Deno.test("HttpDriver is transient when nobody listens", async () => {
  const server = await HttpServer.start();
  const driver = connect(server.url);
  await server.stop();
  assertEquals(await codeOf(driver.getSize("a", { signal })), "TRANSIENT");
  await driver.close();
});

Deno.test("HttpDriver leaves nothing when an upload is discarded", async () => {
  const server = await HttpServer.start();
  const driver = connect(server.url);
  try {
    const upload = await driver.startUpload("a");
    assertEquals(server.unfinished, 1);
    await upload.discard({ signal });
    assertEquals([server.unfinished, server.objects.size], [0, 0]);
  } finally {
    await driver.close();
    await server.stop();
  }
});

Deno.test("HttpDriver commit() is transient when the upload is gone: nobody knows whether it was completed", async () => {
  const server = await HttpServer.start();
  const driver = connect(server.url);
  try {
    const upload = await driver.startUpload("a");
    await upload.discard({ signal });
    assertEquals(await codeOf(upload.commit({ signal })), "TRANSIENT");
    assertEquals(server.objects.size, 0);
  } finally {
    await driver.close();
    await server.stop();
  }
});

Deno.test("HttpDriver commit() looks for an error in an answer that says 200", async () => {
  await using server = serve((request) =>
    request.method === "POST" && !request.url.includes("key=")
      ? new Response("", { headers: { "x-error-code": "SlowDown" } })
      : new Response("")
  );
  const driver = connect(urlOf(server));
  try {
    const upload = await driver.startUpload("a");
    assertEquals(await codeOf(upload.commit({ signal })), "TRANSIENT");
  } finally {
    await driver.close();
  }
});

Deno.test("HttpDriver open() gives a body that is transient when it arrives damaged", async () => {
  const headers = { etag: "e", "content-length": "4", "x-body-crc32": "1" };
  await using server = serve(() => new Response("body", { headers }));
  const driver = connect(urlOf(server));
  try {
    const { body } = await driver.open("a", { firstBytes: 4, signal });
    assertEquals(await codeOf(Array.fromAsync(body)), "TRANSIENT");
  } finally {
    await driver.close();
  }
});

Deno.test("HttpServer refuses a body that is not as announced, and takes one without a length", async () => {
  const server = await HttpServer.start();
  try {
    const put = async (headers: Record<string, string>) => {
      const answer = await fetch(`${server.url}/${BUCKET}/object?key=a`, {
        method: "PUT",
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
        body: ReadableStream.from([new TextEncoder().encode("body")]),
      });
      await answer.body?.cancel();
      return [answer.status, answer.headers.get("x-error-code")];
    };
    assertEquals(await put({ "x-body-crc32": "1" }), [400, "BadDigest"]);
    assertEquals(server.objects.size, 0);
    assertEquals(await put({}), [200, null]);
    assertEquals(server.objects.get("a")?.bytes.length, 4);
  } finally {
    await server.stop();
  }
});

function connect(url: string, timeout = 5_000): HttpDriver {
  return new HttpDriver({
    url,
    bucket: BUCKET,
    token: TOKEN,
    largestObject: 2 ** 20,
    timeout,
  });
}

function serve(
  handler: (request: Request) => Response | Promise<Response>,
): Deno.HttpServer {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  return Deno.serve(options, handler);
}

function urlOf({ addr }: Deno.HttpServer): string {
  return `http://127.0.0.1:${(addr as Deno.NetAddr).port}`;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, StoreFailure)).code;
}
