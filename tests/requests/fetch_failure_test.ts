import { assert, assertEquals, assertMatch } from "@std/assert";
import { StoreFailure } from "../../src/driver.ts";
import { AnswerFailure } from "../../src/requests/answer_failure.ts";
import { explainFetchError } from "../../src/requests/fetch_failure.ts";
import { RawServer } from "../s3_protocol/raw_server.ts";
import { makeCertificates } from "../conformance/faults/certificates.ts";

const certificates = await makeCertificates();

/** A server that shakes hands and answers nothing. */
function listen(cert: string, key: string) {
  const listener = Deno.listenTls({
    port: 0,
    hostname: "127.0.0.1",
    cert,
    key,
  });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.handshake().catch(() => {});
      connection.close();
    }
  })();
  return {
    url: `https://127.0.0.1:${listener.addr.port}/a`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}

/** What `fetch` throws, explained. */
async function explain(url: string, caCerts?: string[]): Promise<unknown> {
  try {
    await fetch(url);
  } catch (error) {
    return await explainFetchError(error, url, { ...(caCerts && { caCerts }) });
  }
  throw new Error("it fulfilled");
}

Deno.test({
  name:
    "explainFetchError() tells a certificate that nobody trusts from a lost connection",
  ignore: certificates === undefined,
  async fn() {
    const { cert, key, ca } = certificates!;
    await using server = listen(cert, key);
    const failure = await explain(server.url);
    assert(failure instanceof StoreFailure);
    assertEquals(failure.code, "OTHER");
    assertMatch(failure.reason, /certificate is not trusted/);
    assert(failure.cause instanceof TypeError);
    // The same server to whom its authority is trusted: it only closes the connection.
    const lost = await explainFetchError(failure.cause, server.url, {
      caCerts: [ca],
    });
    assert(lost instanceof StoreFailure);
    assertEquals(lost.code, "TRANSIENT");
  },
});

Deno.test("explainFetchError() takes a server that does not speak TLS for a mistake", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("plain"),
  );
  const failure = await explain(`https://127.0.0.1:${server.addr.port}/`);
  assert(failure instanceof StoreFailure);
  assertEquals(failure.code, "OTHER");
});

Deno.test("explainFetchError() takes a refused connection for transient", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  for (const protocol of ["http", "https"]) {
    const failure = await explain(`${protocol}://127.0.0.1:${port}/timeout`);
    assert(failure instanceof StoreFailure);
    assertEquals(failure.code, "TRANSIENT", protocol);
  }
});

Deno.test("explainFetchError() tells a proxy that refuses, or cannot be used, from a lost connection", async () => {
  await using proxy = await RawServer.start(async ({ socket, head }) => {
    await head();
    socket.end("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n");
  });
  const before = Deno.env.get("HTTPS_PROXY");
  try {
    for (
      const [value, said] of [
        [`http://${proxy.host}`, /the proxy refuses/],
        ["socks5://user:secret@127.0.0.1:9", /cannot be used/],
        ["https://user:secret@127.0.0.1:9", /cannot be used/],
      ] as const
    ) {
      Deno.env.set("HTTPS_PROXY", value);
      const failure = await explainFetchError(
        new TypeError("fetch failed"),
        "https://name.invalid/a",
      );
      assert(failure instanceof StoreFailure);
      assertEquals(failure.code, "OTHER");
      assertMatch(failure.reason, said);
      assert(!failure.reason.includes("secret"));
    }
    // A proxy that is not there is a connection that failed.
    Deno.env.set("HTTPS_PROXY", "http://127.0.0.1:9");
    const lost = await explainFetchError(
      new TypeError("fetch failed"),
      "https://name.invalid/a",
    );
    assertEquals((lost as StoreFailure).code, "TRANSIENT");
  } finally {
    if (before === undefined) Deno.env.delete("HTTPS_PROXY");
    else Deno.env.set("HTTPS_PROXY", before);
  }
});

Deno.test("explainFetchError() decides by codes down the causes, as other runtimes give them", async () => {
  const url = "https://127.0.0.1:1/";
  for (
    const [code, expected] of [
      ["ECONNRESET", "TRANSIENT"],
      ["DEPTH_ZERO_SELF_SIGNED_CERT", "OTHER"],
    ] as const
  ) {
    const cause = Object.assign(new Error("text"), { code });
    const error = new TypeError("fetch failed", { cause });
    const failure = await explainFetchError(error, url);
    assert(failure instanceof StoreFailure);
    assertEquals(failure.code, expected, code);
  }
});

Deno.test("explainFetchError() leaves a caller's reason, a mistake and a failure as they are", async () => {
  const url = "http://127.0.0.1:1/";
  const failure = new StoreFailure("OTHER", "x");
  assert(Object.is(await explainFetchError(failure, url), failure));
  const mistake = new RangeError("x");
  assert(Object.is(await explainFetchError(mistake, url), mistake));
  const wrong = new TypeError("Invalid URL");
  assert(Object.is(await explainFetchError(wrong, "no url"), wrong));
  const signal = AbortSignal.abort("mine");
  assertEquals(await explainFetchError(wrong, url, { signal }), "mine");
});

Deno.test("AnswerFailure judges by status and code, and knows when to come again", () => {
  const answer = (status: number, headers?: HeadersInit) =>
    new AnswerFailure({ status, headers: new Headers(headers) });
  const codes = [401, 403, 404, 408, 412, 429, 500, 501, 503, 505].map((
    status,
  ) => answer(status).code);
  assertEquals(codes, [
    "PERMISSION_DENIED",
    "PERMISSION_DENIED",
    "OBJECT_NOT_FOUND",
    "TRANSIENT",
    "OTHER",
    "TRANSIENT",
    "TRANSIENT",
    "OTHER",
    "TRANSIENT",
    "OTHER",
  ]);
  assertEquals(answer(503, { "retry-after": "2" }).retryAfter, 2000);
  assertEquals(answer(503, { "retry-after": "soon" }).retryAfter, undefined);
  const past = new Date(0).toUTCString();
  assertEquals(answer(503, { "retry-after": past }).retryAfter, 0);
  const said = { code: "NoSuchBucket", message: "gone" };
  const bucket = new AnswerFailure(new Response(null, { status: 404 }), said);
  assertEquals([bucket.code, bucket.status], ["BUCKET_NOT_FOUND", 404]);
});
