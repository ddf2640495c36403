import { assert, assertEquals, assertRejects } from "@std/assert";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { makeCertificates } from "../conformance/faults/certificates.ts";
import { RawServer } from "../s3_protocol/raw_server.ts";
import {
  S3Server,
  type SeenRequest,
  sendError,
} from "../s3_protocol/s3_server.ts";
import { bytesOf, PART_SIZE } from "./store_on_server.ts";
import { type AnyStore, openWays, type WaysOptions } from "./ways.ts";

type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** Every kind of request that a store makes, and an operation that makes it. */
const REQUESTS: Readonly<
  Record<string, (store: AnyStore, path: (name: string) => string) => unknown>
> = {
  HeadObject: (store) => store.getObjectSize("a"),
  GetObject: (store, path) =>
    store.downloadObject("a", path("copy"), { overwrite: true }),
  "PutObject of 9 bytes": (store, path) =>
    store.uploadObject("a", path("small")),
  "PutObject of a MiB": (store, path) => store.uploadObject("a", path("mid")),
  CreateMultipartUpload: (store, path) =>
    store.uploadObject("a", path("large")),
  UploadPart: (store, path) => store.uploadObject("a", path("large")),
  CompleteMultipartUpload: (store, path) =>
    store.uploadObject("a", path("large")),
  ListObjectsV2: (store) => Array.fromAsync(store.listObjects()),
  DeleteObject: (store) => store.deleteObject("a"),
};
const READS = ["HeadObject", "GetObject"];

async function open(options: WaysOptions = {}) {
  const server = await S3Server.start();
  const directory = await Deno.makeTempDir();
  const path = (name: string) => `${directory}/${name}`;
  await Deno.writeFile(path("small"), bytesOf(9));
  await Deno.writeFile(path("mid"), bytesOf(2 ** 20 + 1));
  await Deno.writeFile(path("large"), bytesOf(PART_SIZE + 1));
  const ways = openWays(server.url, options);
  return {
    server,
    path,
    stores: ways.stores,
    async [Symbol.asyncDispose]() {
      await ways[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function answer(
  status: number,
  headers: Record<string, string> = {},
  body = "",
): Answer {
  return ({ method }, response) => {
    response.writeHead(status, { connection: "close", ...headers });
    response.end(method === "HEAD" ? undefined : body);
  };
}

function page(status: number): Answer {
  return answer(
    status,
    { "content-type": "text/html; charset=utf-8" },
    "<!doctype html><title>Sign in to this network</title>",
  );
}

function error(status: number, code: string): Answer {
  return answer(
    status,
    { "content-type": "application/xml" },
    `<?xml version="1.0"?>\n<Error><Code>${code}</Code></Error>`,
  );
}

function raw(text: string): Answer {
  return (_, response) => void response.socket?.end(text);
}

/** What is answered, and what it is: to a read, and to everything else. */
const ANSWERS: Readonly<
  Record<string, readonly [Answer, reads: string | undefined, rest: string]>
> = {
  "a page with status 200": [page(200), "OTHER", "OTHER"],
  "a page with status 403": [
    page(403),
    "PERMISSION_DENIED",
    "PERMISSION_DENIED",
  ],
  "a page with status 404": [page(404), "OBJECT_NOT_FOUND", "OTHER"],
  "a page with status 502": [page(502), "TRANSIENT", "TRANSIENT"],
  "status 202": [answer(202, { etag: '"e"' }), "OTHER", "OTHER"],
  "status 204": [answer(204), "OTHER", "OTHER"],
  "status 206": [answer(206, { etag: '"e"' }), "OTHER", "OTHER"],
  "status 301": [answer(301), "OTHER", "OTHER"],
  "status 302": [answer(302), "OTHER", "OTHER"],
  "status 304": [answer(304), "OTHER", "OTHER"],
  "status 307": [answer(307), "OTHER", "OTHER"],
  "status 308": [answer(308), "OTHER", "OTHER"],
  "status 416": [answer(416), "OTHER", "OTHER"],
  "status 503 with a code that nobody knows": [
    error(503, "WhoKnows"),
    "TRANSIENT",
    "TRANSIENT",
  ],
  "status 503 with a code of another status": [
    error(503, "AccessDenied"),
    "TRANSIENT",
    "TRANSIENT",
  ],
  "status 400 with a code that nobody knows": [
    error(400, "WhoKnows"),
    "OTHER",
    "OTHER",
  ],
  // What is read may be such a text itself.
  "an error within a 200": [
    error(200, "AccessDenied"),
    undefined,
    "PERMISSION_DENIED",
  ],
  "an error within a 200 that passes": [
    error(200, "SlowDown"),
    undefined,
    "TRANSIENT",
  ],
  "an error within a 200 that nobody knows": [
    error(200, "WhoKnows"),
    undefined,
    "OTHER",
  ],
  "nothing": [raw(""), "TRANSIENT", "TRANSIENT"],
  "half a head": [raw("HTTP/1.1 200 OK\r\ncont"), "TRANSIENT", "TRANSIENT"],
};

for (const [what, [give, reads, rest]] of Object.entries(ANSWERS)) {
  Deno.test(`every way out takes ${what} for the same, whatever was asked`, async () => {
    await using at = await open();
    for (const [name, call] of Object.entries(REQUESTS)) {
      const [operation = ""] = name.split(" ");
      const expected = READS.includes(operation) ? reads : rest;
      // No content is what a deletion leaves.
      const isDone = operation === "DeleteObject" && what === "status 204";
      if (expected === undefined || isDone) continue;
      at.server.intercept = async (request, response) => {
        if (!request.is(operation)) {
          // What a HEAD leaves open is asked by a GET.
          if (operation !== "HeadObject" || !request.is("GetObject")) {
            return false;
          }
        }
        // A success that comes before the body has gone is none.
        for await (
          const _ of response.req
        ) { /* Only that it has come matters. */ }
        give(request, response);
        return true;
      };
      for (const [way, store] of Object.entries(at.stores)) {
        const failed = await assertRejects(async () => {
          await call(store, at.path);
        }, `${name}, ${way}`) as { code?: unknown };
        assertEquals(failed.code, expected, `${name}, ${way}: ${failed}`);
      }
    }
  });
}

Deno.test("every way out stays with the service it is signed for, and takes no other's answer", async () => {
  await using at = await open();
  at.server.set("other", bytesOf(3));
  await using other = await S3Server.start();
  other.set("a", bytesOf(3));
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [`${other.url}/bucket/a`, "/bucket/other"]) {
      at.server.intercept = async (request, response) => {
        if (request.url.startsWith("/bucket/other")) return false;
        for await (
          const _ of response.req
        ) { /* Only that it has come matters. */ }
        response.writeHead(status, { location, connection: "close" }).end();
        return true;
      };
      for (const [way, store] of Object.entries(at.stores)) {
        for (const [name, call] of Object.entries(REQUESTS)) {
          const failed = await assertRejects(async () => {
            await call(store, at.path);
          }, `${name}, ${way}, ${status}`) as { code?: unknown };
          assertEquals(failed.code, "OTHER", `${name}, ${way}: ${failed}`);
        }
      }
    }
  }
  // It would have seen the session's token.
  assertEquals(other.seen.length, 0);
});

Deno.test("every way out looks whether an object is gone when a deletion is answered 404 without a word", async () => {
  await using at = await open();
  at.server.intercept = (request, response) => {
    if (!request.is("DeleteObject")) return false;
    response.writeHead(404).end();
    return true;
  };
  for (const [way, store] of Object.entries(at.stores)) {
    at.server.set("a", bytesOf(9));
    const failed = await assertRejects(() => store.deleteObject("a"), way) as {
      code?: unknown;
    };
    assertEquals(failed.code, "OTHER", `${way}: ${failed}`);
    await store.deleteObject("never there");
  }
});

Deno.test("every way out refuses what does not speak HTTP", async () => {
  await using at = await open();
  at.server.intercept = (_, response) => {
    response.socket?.end("SSH-2.0-OpenSSH_9.9\r\n");
    return true;
  };
  for (const [way, store] of Object.entries(at.stores)) {
    for (const call of Object.values(REQUESTS)) {
      const failed = await assertRejects(async () => {
        await call(store, at.path);
      }) as { code?: unknown };
      assertEquals(failed.code, "OTHER", `${way}: ${failed}`);
    }
  }
});

Deno.test("every way out but the SDK's on Node refuses another protocol", async () => {
  await using at = await open();
  at.server.intercept = (_, response) => {
    response.socket?.end(
      "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    );
    return true;
  };
  for (const [way, store] of Object.entries(at.stores)) {
    // It waits until the request is called silent.
    if (way === "SDK's client") continue;
    for (const call of Object.values(REQUESTS)) {
      const failed = await assertRejects(async () => {
        await call(store, at.path);
      }) as { code?: unknown };
      assertEquals(failed.code, "OTHER", `${way}: ${failed}`);
    }
  }
});

Deno.test("every way out reads answers without a length, with a length twice, and after further heads", async () => {
  await using at = await open();
  const bytes = "xxxxx";
  const heads = [
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
  ];
  for (const head of heads) {
    at.server.intercept = (request, response) => {
      response.socket?.end(
        `${head}etag: "e"\r\nconnection: close\r\ncontent-length: ${bytes.length}\r\n\r\n` +
          (request.method === "HEAD" ? "" : bytes),
      );
      return true;
    };
    for (const [way, store] of Object.entries(at.stores)) {
      assertEquals(await store.getObjectSize("a"), 5, way);
      await store.downloadObject("a", at.path("copy"), { overwrite: true });
      assertEquals(await Deno.readTextFile(at.path("copy")), bytes, way);
    }
  }
});

Deno.test("every way out finishes with the first body where ranges are answered oddly", async () => {
  await using at = await open({ attempts: 3 });
  const bytes = bytesOf(32 * 2 ** 20);
  const etags = { '"e"': "bytes $/*", "e": "bytes $/*", 'W/"e"': "no" };
  for (const [etag, range] of Object.entries(etags)) {
    for (const [way, store] of Object.entries(at.stores)) {
      let ranges = 0;
      const asked = Promise.withResolvers<void>();
      at.server.intercept = async (request, response) => {
        const [, from, to] = /bytes=(\d+)-(\d+)/
          .exec(request.headers.range ?? "") ?? [];
        if (from !== undefined && to !== undefined) {
          ranges++;
          asked.resolve();
          response.writeHead(206, {
            etag,
            "content-range": range.replace("$", `${from}-${to}`),
          });
          response.end(bytes.subarray(Number(from), Number(to) + 1));
          return true;
        }
        response.writeHead(200, { etag, "content-length": bytes.length });
        // So slow at first that ranges are worth it.
        response.write(bytes.subarray(0, 2 ** 20));
        if (range !== "no") await asked.promise;
        response.end(bytes.subarray(2 ** 20));
        return true;
      };
      const copy = at.path("copy");
      await store.downloadObject("a", copy, { overwrite: true });
      const got = await Deno.readFile(copy);
      assertEquals(got.length, bytes.length, way);
      assert(got.every((byte, index) => byte === bytes[index]), way);
      assertEquals(ranges > 0, range !== "no", way);
    }
  }
});

Deno.test("every way out leaves out listed names that are no text", async () => {
  await using at = await open();
  at.server.intercept = (request, response) => {
    if (!request.is("ListObjectsV2")) return false;
    const keys = ["a", "b&#xD800;c", "b&#x110000;", "d&#x1F642;"];
    response.end(
      "<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>" +
        keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("") +
        "</ListBucketResult>",
    );
    return true;
  };
  for (const [way, store] of Object.entries(at.stores)) {
    // The SDK refuses the whole listing, or leaves such names as they are.
    const names = await Array.fromAsync(store.listObjects())
      .catch((error) => error.code);
    if (!way.startsWith("SDK")) assertEquals(names, ["a", "d🙂"], way);
    else assert(!`${names}`.includes("\uFFFD"), `${way}: ${names}`);
  }
});

Deno.test("every way out tells a missing bucket, a refusal and a lost connection apart while a MiB goes out", async () => {
  await using at = await open();
  const expected: Readonly<Record<string, string>> = {
    NoSuchBucket: "BUCKET_NOT_FOUND",
    AccessDenied: "PERMISSION_DENIED",
    SlowDown: "TRANSIENT",
  };
  for (const [code, is] of Object.entries(expected)) {
    at.server.intercept = (_, response) => {
      const status = { NoSuchBucket: 404, AccessDenied: 403 }[code] ?? 503;
      sendError(response, status, code, { connection: "close" });
      return true;
    };
    for (const [way, store] of Object.entries(at.stores)) {
      // The SDK leaves timers of its own behind.
      if (way.startsWith("SDK")) continue;
      const failed = await assertRejects(() =>
        store.uploadObject("a", at.path("mid"))
      ) as { code?: unknown };
      assertEquals(failed.code, is, `${way}: ${failed}`);
    }
  }
});

Deno.test("every way out works on while the service closes connections between two requests", async () => {
  await using at = await open({ attempts: 3 });
  for (const [way, store] of Object.entries(at.stores)) {
    for (let round = 0; round < 4; round++) {
      await store.uploadObject(way, at.path("small"));
      at.server.closeIdle();
      assertEquals(await store.getObjectSize(way), 9, way);
      await store.uploadObject(way, at.path("mid"));
      // Without a turn of the event loop nobody has seen that it was closed.
      at.server.closeIdle();
      await store.uploadObject(way, at.path("large"));
      at.server.closeIdle();
      await store.downloadObject(way, at.path("copy"), { overwrite: true });
      assertEquals((await Deno.stat(at.path("copy"))).size, PART_SIZE + 1, way);
      const names = await Array.fromAsync(store.listObjects());
      assert(names.includes(way), way);
    }
  }
  assertEquals(at.server.uploads.size, 0);
});

Deno.test("every way out downloads over a slow link on which bytes flow", async () => {
  const bytes = bytesOf(30_000);
  await using server = await RawServer.start(async ({ socket, head }) => {
    await head();
    socket.write(
      'HTTP/1.1 200 OK\r\netag: "e"\r\nconnection: close\r\n' +
        `content-length: ${bytes.length}\r\n\r\n`,
    );
    for (let done = 0; !socket.destroyed && done < bytes.length; done += 2000) {
      socket.write(bytes.subarray(done, done + 2000));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    socket.end();
  });
  await using ways = openWays(`http://${server.host}`, { timeout: 300 });
  const directory = await Deno.makeTempDir();
  await Promise.all(
    Object.entries(ways.stores).map(async ([way, store]) => {
      const path = `${directory}/${way}`;
      await store.downloadObject("a", path);
      assertEquals(await Deno.readFile(path), bytes, way);
    }),
  );
  await Deno.remove(directory, { recursive: true });
});

const certificates = await makeCertificates();

Deno.test({
  name: "every way out says of a certificate that it is not trusted",
  ignore: certificates === undefined,
  async fn() {
    const { cert, key } = certificates!;
    const server = createServer({ cert, key }, (_, response) => {
      response.end();
    });
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using at = await open();
    {
      await using ways = openWays(`https://localhost:${port}`);
      for (const [way, store] of Object.entries(ways.stores)) {
        for (const [name, call] of Object.entries(REQUESTS)) {
          const failed = await assertRejects(async () => {
            await call(store, at.path);
          }) as Error & { code?: unknown };
          assertEquals(failed.code, "OTHER", `${way}, ${name}: ${failed}`);
          assert(
            failed.message.includes("certificate is not trusted"),
            `${way}, ${name}: ${failed.message}`,
          );
        }
      }
    }
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  },
});
