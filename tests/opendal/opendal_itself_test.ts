/**
 * What OpenDAL's binding itself does, each as small as it can be shown: the reasons that
 * `tools/services/allowed_opendal.json` gives for failures which are OpenDAL's own. A version that
 * does otherwise fails here, and entries of that list can go.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import type { OperatorLike } from "../../src/opendal/mod.ts";
import { makeCertificate } from "../../tools/servers/certificate.ts";
import { findPackage } from "../../tools/servers/npm_packages.ts";
import { explainBinding } from "../../tools/services/mod.ts";

const missing = await explainBinding();
type OperatorClass = new (
  scheme: string,
  options: Record<string, string>,
) => OperatorLike;

/** Prints what `stat()` throws where the environment names a proxy. */
const STAT_BEHIND_PROXY = `
  import { createRequire } from "node:module";
  import process from "node:process";
  const { Operator } = createRequire("file:///")(process.env.OPENDAL);
  const endpoint = "https://service.invalid";
  const operator = new Operator("webdav", { endpoint });
  await operator.stat("a").catch(({ message }) => console.log(message));
`;

/** Registers a test, or says why it cannot be run here. */
function test(name: string, fn: (t: OperatorClass) => Promise<void>): void {
  Deno.test({
    name: missing === undefined ? name : `${name} (${missing})`,
    ignore: missing !== undefined,
    // The binding keeps threads and connections of its own.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const load = createRequire(import.meta.url);
      await fn(load(await findPackage("opendal") ?? "opendal").Operator);
    },
  });
}

/** A service that gives one answer to everything, and operators of several schemes on it. */
async function withService(
  Operator: OperatorClass,
  handler: (request: Request) => Response | Promise<Response>,
  look: (operators: Record<string, OperatorLike>) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      await request.body?.cancel();
      return await handler(request);
    },
  );
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const quiet = { disable_config_load: "true" };
  try {
    await look({
      s3: new Operator("s3", {
        ...{ endpoint, bucket: "b", region: "us-east-1", ...quiet },
        ...{ access_key_id: "id", secret_access_key: "key" },
      }),
      gcs: new Operator("gcs", {
        ...{ endpoint, bucket: "b", allow_anonymous: "true", ...quiet },
        disable_vm_metadata: "true",
      }),
      azblob: new Operator("azblob", {
        ...{ endpoint, container: "c", account_name: "a" },
        account_key: btoa("key"),
      }),
      webdav: new Operator("webdav", { endpoint }),
    });
  } finally {
    await server.shutdown();
  }
}

/** The beginning of an error's text: kind, persistence, operation. */
async function beginningOf(call: Promise<unknown>): Promise<string> {
  const text = await call.then(() => "no error", ({ message }) => message);
  return text.split(/,| =>/)[0];
}

test("OpenDAL takes 408, 425 and 507 for permanent, on Azure and WebDAV 429, too (TRN-1)", async (Operator) => {
  let status = 0;
  const answer = () => new Response(null, { status });
  await withService(Operator, answer, async (operators) => {
    for (const [scheme, operator] of Object.entries(operators)) {
      for (status of [408, 425, 507]) {
        assertEquals(
          await beginningOf(operator.stat("a")),
          "Unexpected (permanent) at stat",
          `${scheme} ${status}`,
        );
      }
      status = 429;
      const isTold = scheme === "s3" || scheme === "gcs";
      assertEquals(
        await beginningOf(operator.stat("a")),
        isTold
          ? "RateLimited (temporary) at stat"
          : "Unexpected (permanent) at stat",
        scheme,
      );
    }
  });
});

test("OpenDAL takes a locked resource of WebDAV for worth trying again (TRN-6)", async (Operator) => {
  const answer = () => new Response(null, { status: 423 });
  await withService(Operator, answer, async (operators) => {
    for (const [scheme, operator] of Object.entries(operators)) {
      const persistence = scheme === "webdav" ? "temporary" : "permanent";
      assertEquals(
        await beginningOf(operator.stat("a")),
        `Unexpected (${persistence}) at stat`,
        scheme,
      );
    }
  });
});

test("OpenDAL does not tell 401 from any other error (ERR-5)", async (Operator) => {
  let status = 0;
  const answer = () => new Response(null, { status });
  await withService(Operator, answer, async (operators) => {
    for (const [scheme, operator] of Object.entries(operators)) {
      const texts: string[] = [];
      for (status of [401, 405]) {
        texts.push(await beginningOf(operator.stat("a")));
      }
      const text = "Unexpected (permanent) at stat";
      assertEquals(texts, [text, text], scheme);
    }
  });
});

test("OpenDAL neither waits as 'Retry-After' asks nor tells of it (TRN-14)", async (Operator) => {
  let headers = {};
  let count = 0;
  const answer = () => {
    count++;
    return new Response(null, { status: 503, headers });
  };
  await withService(Operator, answer, async ({ s3, gcs, azblob, webdav }) => {
    for (const operator of [s3, gcs, azblob, webdav]) {
      headers = {};
      const without = await beginningOf(operator!.stat("a"));
      headers = { "retry-after": "86400" };
      count = 0;
      assertEquals(await beginningOf(operator!.stat("a")), without);
      assertEquals(count, 1);
    }
  });
});

test("OpenDAL takes another range of the same length for the one that it has asked for (REA-14)", async (Operator) => {
  const answer = () =>
    new Response("01234", {
      status: 206,
      headers: { "content-range": "bytes 0-4/100" },
    });
  await withService(Operator, answer, async (operators) => {
    for (const [scheme, operator] of Object.entries(operators)) {
      const range = { offset: 10n, size: 5n };
      const bytes = await operator.read("a", range);
      assertEquals(new TextDecoder().decode(bytes), "01234", scheme);
    }
  });
});

test("OpenDAL takes a piece for the whole object (REA-14)", async (Operator) => {
  const answer = () =>
    new Response("01234", {
      status: 206,
      headers: { "content-range": "bytes 0-4/100" },
    });
  await withService(Operator, answer, async (operators) => {
    for (const [scheme, operator] of Object.entries(operators)) {
      assertEquals((await operator.read("a")).length, 5, scheme);
    }
  });
});

test("OpenDAL follows a redirect and takes any page for a deletion on GCS (TRN-25)", async (Operator) => {
  const answer = ({ url }: Request) =>
    new URL(url).pathname === "/sign-in"
      ? new Response("please sign in")
      : new Response(null, { status: 303, headers: { location: "/sign-in" } });
  await withService(Operator, answer, async ({ gcs }) => {
    assertEquals(await beginningOf(gcs!.delete("a")), "no error");
  });
});

test("OpenDAL follows a redirect and takes any page for an object in pieces on Azure, of which it tells nothing (TRN-25)", async (Operator) => {
  const answer = ({ url }: Request) =>
    new URL(url).pathname === "/sign-in"
      ? new Response("please sign in", { status: 201 })
      : new Response(null, { status: 303, headers: { location: "/sign-in" } });
  await withService(Operator, answer, async ({ azblob }) => {
    const chunk = 4n * 2n ** 20n;
    const writer = await azblob!.writer("a", { chunk, concurrent: 1 });
    await writer.write(Buffer.alloc(5 * 2 ** 20) as never);
    assertEquals(await writer.close(), undefined);
  });
});

test("OpenDAL says 0 where an answer tells no size on S3 and Azure (TRN-27)", async (Operator) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(65_536));
      const head = 'HTTP/1.1 200 OK\r\netag: "a"\r\nconnection: close\r\n\r\n';
      await connection.write(new TextEncoder().encode(head));
      connection.close();
    }
  })();
  try {
    const endpoint = `http://127.0.0.1:${listener.addr.port}`;
    const s3 = new Operator("s3", {
      ...{ endpoint, bucket: "b", region: "us-east-1" },
      ...{ access_key_id: "id", secret_access_key: "key" },
      disable_config_load: "true",
    });
    const azblob = new Operator("azblob", {
      ...{ endpoint, container: "c", account_name: "a" },
      account_key: btoa("key"),
    });
    for (const operator of [s3, azblob]) {
      assertEquals((await operator.stat("a")).contentLength, 0n);
    }
  } finally {
    listener.close();
    await serving;
  }
});

test("OpenDAL tells a certificate that nobody trusts as it tells a refused connection (TRN-2)", async (Operator) => {
  const directory = await Deno.makeTempDir({ prefix: "storekit_test_tls_" });
  try {
    const { certificate } = await makeCertificate(directory);
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {}, ...certificate },
      () => new Response("hello"),
    );
    const endpoint = `https://127.0.0.1:${server.addr.port}`;
    const operator = new Operator("webdav", { endpoint });
    const text = "Unexpected (temporary) at stat";
    assertEquals(await beginningOf(operator.stat("a")), text);
    await server.shutdown();
    assertEquals(await beginningOf(operator.stat("a")), text);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("OpenDAL tells a proxy that refuses as it tells a lost connection (TRN-28, TRN-29)", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(65_536);
      const length = await connection.read(bytes) ?? 0;
      asked.push(new TextDecoder().decode(bytes.subarray(0, length)));
      const answer = "HTTP/1.1 403 Refused\r\ncontent-length: 0\r\n\r\n";
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    const proxy = `http://127.0.0.1:${listener.addr.port}`;
    // A process reads its proxies once.
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", STAT_BEHIND_PROXY],
      env: {
        ...{ HTTPS_PROXY: proxy, https_proxy: proxy },
        ...{ NO_PROXY: "", no_proxy: "" },
        OPENDAL: await findPackage("opendal") ?? "opendal",
      },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(text.split(",")[0], "Unexpected (temporary) at stat");
    assertEquals(asked[0]?.split(" ").slice(0, 2), [
      "CONNECT",
      "service.invalid:443",
    ]);
  } finally {
    listener.close();
    await serving;
  }
});

test("OpenDAL goes on with a request whose signal has fired (REA-16)", async (Operator) => {
  const begun = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const answer = () => {
    const encoder = new TextEncoder();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(encoder.encode("012"));
        begun.resolve();
        await rest.promise;
        controller.enqueue(encoder.encode("34"));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-length": "5" } });
  };
  await withService(Operator, answer, async ({ webdav }) => {
    const controller = new AbortController();
    const { signal } = controller;
    // The type has no signal, as the binding has none.
    const options = { signal } as Record<string, unknown>;
    const reading = webdav!.read("a", options);
    await begun.promise;
    controller.abort();
    rest.resolve();
    assertEquals((await reading).length, 5);
  });
});

test("OpenDAL tells nothing of a size on GCS, which comes in a body, until all of that is there (TRN-18)", async (Operator) => {
  const rest = Promise.withResolvers<void>();
  const text = JSON.stringify({
    ...{ name: "a", size: "5", etag: "1", contentType: "text/plain" },
    ...{ md5Hash: "", updated: "2026-01-01T00:00:00Z", generation: "1" },
  });
  const answer = ({ url }: Request) => {
    const body = new ReadableStream({
      async start(controller) {
        const bytes = new TextEncoder().encode(text);
        controller.enqueue(bytes.subarray(0, 20));
        if (url.includes("slow")) await rest.promise;
        controller.enqueue(bytes.subarray(20));
        controller.close();
      },
    });
    return new Response(body);
  };
  await withService(Operator, answer, async ({ gcs }) => {
    const settled: string[] = [];
    const slow = gcs!.stat("slow").then(() => settled.push("slow"));
    // As long as others are answered from their beginning to their end.
    for (const name of ["one", "two", "three"]) {
      await gcs!.stat(name);
      settled.push(name);
    }
    assertEquals(settled, ["one", "two", "three"]);
    rest.resolve();
    await slow;
  });
});

test("OpenDAL tells nothing of a value of Redis until all of it is there (TCP-7)", async (Operator) => {
  const rest = Promise.withResolvers<void>();
  await withRedis(Operator, async (operator, commands) => {
    const settled: string[] = [];
    const slow = operator.read("slow").then(() => settled.push("slow"));
    for (const name of ["one", "two", "three"]) {
      await operator.read(name);
      settled.push(name);
    }
    assertEquals(settled, ["one", "two", "three"]);
    assertEquals(commands.filter((command) => command === "GET").length, 4);
    rest.resolve();
    await slow;
  }, rest.promise);
});

test("OpenDAL asks a size from Redis by getting the value (TCP-8)", async (Operator) => {
  await withRedis(Operator, async (operator, commands) => {
    const { contentLength } = await operator.stat("a");
    assertEquals(Number(contentLength), 5);
    assertEquals(commands.filter((command) => command === "GET"), ["GET"]);
  });
});

/** A Redis that has "hello" under every name, and an operator on it. */
async function withRedis(
  Operator: OperatorClass,
  look: (operator: OperatorLike, commands: string[]) => Promise<void>,
  rest: Promise<void> = Promise.resolve(),
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const commands: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      serveRedis(connection, commands, rest).catch(() => {});
    }
  })();
  try {
    const endpoint = `redis://127.0.0.1:${listener.addr.port}`;
    await look(new Operator("redis", { endpoint }), commands);
  } finally {
    listener.close();
    await serving;
  }
}

/** As much of Redis as a client needs to get "hello", of "slow" the second half when the rest may come. */
async function serveRedis(
  connection: Deno.Conn,
  commands: string[],
  rest: Promise<void>,
): Promise<void> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const say = (text: string) => connection.write(encoder.encode(text));
  for await (const chunk of connection.readable) {
    const text = decoder.decode(chunk);
    for (const [, name = ""] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
      commands.push(name);
      if (name !== "GET") {
        await say(name === "PING" ? "+PONG\r\n" : "+OK\r\n");
        continue;
      }
      await say("$5\r\nhel");
      if (text.includes("slow")) await rest;
      await say("lo\r\n");
    }
  }
}
