import { assert, assertEquals, assertRejects } from "@std/assert";
import { S3Client } from "@aws-sdk/client-s3";
import type { ServerResponse } from "node:http";
import type { ObjectStore } from "../../mod.ts";
import { settlesWithin } from "../../conformance/checks/ticks.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { openWays } from "./ways.ts";
import type { SeenRequest } from "../s3_protocol/s3_server.ts";
import {
  bytesOf,
  KEYS,
  openOnServer,
  PART_SIZE,
  type StoreOnServer,
} from "./store_on_server.ts";

type Intercept = (
  request: SeenRequest,
  response: ServerResponse,
) => boolean | Promise<boolean>;

/** Stores in every way on one server. */
async function openEvery(): Promise<
  StoreOnServer & { readonly stores: Readonly<Record<string, ObjectStore>> }
> {
  const at = await openOnServer();
  const ways = openWays(at.server.url);
  return {
    ...at,
    stores: ways.stores,
    async [Symbol.asyncDispose]() {
      await ways[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await assertRejects(() => promise) as { code?: unknown };
  return error.code;
}

Deno.test("S3ObjectStore does not take a piece for the whole object", async () => {
  await using at = await openEvery();
  at.server.set("a", bytesOf(5000));
  const piece: Intercept = (request, response) => {
    if (!request.is("GetObject") && !request.is("HeadObject")) return false;
    response.writeHead(206, {
      "content-range": "bytes 0-999/5000",
      "content-length": "1000",
      etag: '"e"',
    });
    response.end(request.method === "HEAD" ? undefined : bytesOf(1000));
    return true;
  };
  at.server.intercept = piece;
  for (const [name, store] of Object.entries(at.stores)) {
    const calls: number[][] = [];
    const path = at.path(name);
    assertEquals(
      await codeOf(store.downloadObject("a", path, {
        callback: (...numbers) => void calls.push(numbers),
      })),
      "OTHER",
      name,
    );
    assertEquals(calls, [], name);
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    assertEquals(await codeOf(store.getObjectSize("a")), "OTHER", name);
  }
});

Deno.test("S3ObjectStore takes an upload for stored only if the answer says so", async () => {
  await using at = await openEvery();
  await at.file("small", 9);
  const answers: Intercept[] = [
    (_, response) => (response.writeHead(204).end(), true),
    (_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html>Welcome to this network</html>");
      return true;
    },
  ];
  for (const answer of answers) {
    at.server.intercept = answer;
    for (const [name, store] of Object.entries(at.stores)) {
      assertEquals(
        await codeOf(store.uploadObject("a", at.path("small"))),
        "OTHER",
        name,
      );
    }
  }
});

/** Ways in which a service, or what stands before it, does not give ranges. */
const NO_RANGES: Readonly<Record<string, Intercept>> = {
  "412 to If-Match": (_, response) => (response.writeHead(412).end(), true),
  "501 to If-Match": (_, response) => (response.writeHead(501).end(), true),
  "416": (_, response) => (response.writeHead(416).end(), true),
  "503 for ever": (_, response) => (response.writeHead(503).end(), true),
  "the whole object": (_, response) => {
    response.writeHead(200, { etag: '"e"', "content-length": "10" });
    response.end(new Uint8Array(10));
    return true;
  },
  "another range": (_, response) => {
    response.writeHead(206, {
      "content-range": "bytes 0-9/10",
      "content-length": "10",
    });
    response.end(new Uint8Array(10));
    return true;
  },
};

for (const [what, refuse] of Object.entries(NO_RANGES)) {
  Deno.test(`S3ObjectStore finishes with the first body where ranges cannot be had: ${what}`, async () => {
    await using at = await openOnServer({ attempts: 2 });
    const bytes = bytesOf(64 * 2 ** 20);
    at.server.set("a", bytes);
    at.server.isSlow = true;
    let refused = 0;
    at.server.intercept = (request, response) => {
      if (request.headers.range === undefined) return false;
      refused++;
      return refuse(request, response);
    };
    const seen: number[] = [];
    await at.store.downloadObject("a", at.path("copy"), {
      callback: (done, total) => {
        assertEquals(total, bytes.length);
        seen.push(done);
      },
    });
    const copy = await Deno.readFile(at.path("copy"));
    assert(copy.every((byte, index) => byte === bytes[index]));
    assertEquals(copy.length, bytes.length);
    assert(refused > 0, "no range was asked for");
    assertEquals(seen, seen.toSorted((a, b) => a - b));
    assertEquals(seen.at(-1), bytes.length);
  });
}

Deno.test("S3ObjectStore does not ask for ranges of a version with a weak ETag", async () => {
  await using at = await openOnServer();
  const bytes = bytesOf(40 * 2 ** 20);
  at.server.intercept = (request, response) => {
    assertEquals(request.headers.range, undefined);
    response.writeHead(200, { etag: 'W/"e"', "content-length": bytes.length });
    response.end(bytes);
    return true;
  };
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals((await Deno.stat(at.path("copy"))).size, bytes.length);
});

Deno.test("S3ObjectStore asks for no checksum where the service refuses checksum headers", async () => {
  await using at = await openOnServer({ checksum: "none" });
  at.server.set("a", bytesOf(9));
  await at.store.downloadObject("a", at.path("copy"));
  const names = at.server.seen.flatMap(({ headers }) => Object.keys(headers));
  assertEquals(names.filter((name) => name.includes("checksum")), []);
});

const IN_200: Readonly<Record<string, string>> = {
  AccessDenied: "PERMISSION_DENIED",
  ExpiredToken: "PERMISSION_DENIED",
  NoSuchBucket: "BUCKET_NOT_FOUND",
  InvalidPart: "OTHER",
  SlowDown: "TRANSIENT",
  InternalError: "TRANSIENT",
};
Deno.test("S3ObjectStore judges an error within the 200 of a commit by its code, itself and through a client", async () => {
  await using at = await openEvery();
  await at.file("large", PART_SIZE + 1);
  for (const [code, expected] of Object.entries(IN_200)) {
    at.server.intercept = (request, response) => {
      if (!request.is("CompleteMultipartUpload")) return false;
      response.writeHead(200, { "content-type": "application/xml" });
      response.end(
        `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`,
      );
      return true;
    };
    for (const [name, store] of Object.entries(at.stores)) {
      assertEquals(
        await codeOf(store.uploadObject("a", at.path("large"))),
        expected,
        `${code}, ${name}`,
      );
    }
  }
});

Deno.test("S3ObjectStore is transient when a commit's answer is lost and looking it up is refused", async () => {
  for (const status of [403, 404]) {
    await using at = await openOnServer();
    await at.file("large", PART_SIZE + 1);
    let commits = 0;
    at.server.intercept = (request, response) => {
      if (request.is("HeadObject")) {
        response.writeHead(status).end();
        return true;
      }
      if (!request.is("CompleteMultipartUpload")) return false;
      commits++;
      if (commits === 1) response.socket?.destroy();
      else {
        response.writeHead(404, { "content-type": "application/xml" });
        response.end("<Error><Code>NoSuchUpload</Code></Error>");
      }
      return true;
    };
    assertEquals(
      await codeOf(at.store.uploadObject("a", at.path("large"))),
      "TRANSIENT",
      `${status}`,
    );
  }
});

Deno.test("S3ObjectStore takes a commit for done whose answer is whole and has no ETag", async () => {
  await using at = await openOnServer();
  await at.file("large", PART_SIZE + 1);
  at.server.intercept = (request, response) => {
    if (!request.is("CompleteMultipartUpload")) return false;
    response.end(
      "<CompleteMultipartUploadResult><Key>a</Key></CompleteMultipartUploadResult>",
    );
    return true;
  };
  await at.store.uploadObject("a", at.path("large"));
});

/** All that an error shows: messages, codes and stacks, down the causes. */
function textsOf(error: unknown): string {
  return Deno.inspect(error, { depth: 20, strAbbreviateSize: Infinity });
}

Deno.test("S3ObjectStore shows no key that the service repeats, and no text without bound", async () => {
  await using at = await openEvery();
  const echo = `${KEYS.sessionToken} ${KEYS.secretAccessKey}`;
  for (
    const code of [
      "InvalidRequest",
      KEYS.sessionToken,
      "X".repeat(10 ** 5),
      "A\u001b[31m",
    ]
  ) {
    at.server.intercept = (_, response) => {
      response.writeHead(400, { "content-type": "application/xml" });
      response.end(
        `<?xml version="1.0"?>\n<Error><Code>${
          code.replace("\u001b", "")
        }</Code><Message>told ${echo} ${"y".repeat(10 ** 5)}</Message></Error>`,
      );
      return true;
    };
    for (const [name, store] of Object.entries(at.stores)) {
      const error = await assertRejects(() =>
        store.downloadObject("a", at.path("copy"))
      );
      const texts = textsOf(error);
      assert(!texts.includes(KEYS.sessionToken), `${name}: ${texts}`);
      assert(!texts.includes(KEYS.secretAccessKey), `${name}: ${texts}`);
      assert(texts.length < 20_000, `${name}: ${texts.length} characters`);
    }
  }
});

Deno.test("S3ObjectStore has the service's own message in the cause", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    response.writeHead(403, { "content-type": "application/xml" });
    response.end(
      "<Error><Code>AccessDenied</Code><Message>Download cap exceeded</Message></Error>",
    );
    return true;
  };
  const error = await assertRejects(() =>
    at.store.downloadObject("a", at.path("copy"))
  ) as Error;
  assertEquals((error.cause as Error).message, "Download cap exceeded");
});

Deno.test("S3ObjectStore names the region that a wrong region's answer tells in its body", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    response.writeHead(400, { "content-type": "application/xml" });
    response.end(
      "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>",
    );
    return true;
  };
  const error = await assertRejects(() =>
    at.store.downloadObject("a", at.path("copy"))
  ) as Error;
  assert(error.message.includes('"eu-north-1"'), error.message);
});

Deno.test("S3ObjectStore waits for credentials no longer than its timeout", async () => {
  await using at = await openOnServer({
    credentials: () => new Promise(() => {}),
    timeout: 50,
  });
  const error = await assertRejects(() => at.store.getObjectSize("a")) as {
    code?: string;
    message: string;
  };
  assertEquals(error.code, "TRANSIENT");
  assert(error.message.includes("credentials"), error.message);
});

Deno.test("S3ObjectStore ends a listing whose tokens go round", async () => {
  await using at = await openOnServer();
  let page = 0;
  at.server.intercept = (request, response) => {
    if (!request.is("ListObjectsV2")) return false;
    page++;
    response.end(
      `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t${
        page % 5
      }</NextContinuationToken></ListBucketResult>`,
    );
    return true;
  };
  assertEquals(
    await codeOf(Array.fromAsync(at.store.listObjects())),
    "OTHER",
  );
});

Deno.test("S3ObjectStore finds out whether a commit was its own that a client has sent twice", async () => {
  await using at = await openEvery();
  const bytes = await at.file("large", PART_SIZE + 1);
  at.server.intercept = (request, response) => {
    if (!request.is("CompleteMultipartUpload")) return false;
    // The first request of the client has done it, and this is the answer to its second.
    const [parts] = [...at.server.uploads.values()];
    const all = [...parts!].sort(([a], [b]) => a - b).map(([, part]) => part);
    at.server.assemble("a", all);
    response.writeHead(404, { "content-type": "application/xml" });
    response.end("<Error><Code>NoSuchUpload</Code></Error>");
    return true;
  };
  await at.stores["SDK's client"]!.uploadObject("a", at.path("large"));
  assertEquals(at.server.objects.get("a")?.bytes.length, bytes.length);
});

Deno.test("S3ObjectStore is transient when a commit is refused after one whose answer was lost", async () => {
  await using at = await openOnServer();
  await at.file("large", PART_SIZE + 1);
  let commits = 0;
  at.server.intercept = (request, response) => {
    if (!request.is("CompleteMultipartUpload")) return false;
    commits++;
    if (commits === 1) response.socket?.destroy();
    else response.writeHead(403).end();
    return true;
  };
  assertEquals(
    await codeOf(at.store.uploadObject("a", at.path("large"))),
    "TRANSIENT",
  );
});

Deno.test("S3ObjectStore gives the stored bytes of an encoded object through a client on fetch", async () => {
  await using at = await openOnServer();
  const packed = new Uint8Array(
    await new Response(
      new Blob([bytesOf(9000)]).stream().pipeThrough(
        new CompressionStream("gzip"),
      ),
    ).arrayBuffer(),
  );
  let asked: string | undefined;
  at.server.intercept = (request, response) => {
    asked = `${request.headers["accept-encoding"]}`;
    response.writeHead(200, {
      "content-encoding": "gzip",
      "content-length": packed.length,
      etag: '"e"',
    });
    response.end(request.method === "HEAD" ? undefined : packed);
    return true;
  };
  const client = new S3Client({
    endpoint: at.server.url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: KEYS,
    requestHandler: {
      // As the SDK's handler on fetch does it.
      async handle(request: HandledRequest) {
        const url =
          `${request.protocol}//${request.hostname}:${request.port}${request.path}`;
        const response = await fetch(url, {
          method: request.method,
          headers: request.headers,
        });
        return {
          response: {
            statusCode: response.status,
            reason: response.statusText,
            headers: Object.fromEntries(response.headers),
            body: response.body,
          },
        };
      },
    } as never,
  });
  await using store = new S3ObjectStore({ bucket: "bucket", client });
  await store.downloadObject("a", at.path("copy"));
  assertEquals(asked, "identity");
  assertEquals(await Deno.readFile(at.path("copy")), packed);
  client.destroy();
});

interface HandledRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

Deno.test("S3ObjectStore says where to look when a page answers in the place of the service", async () => {
  await using at = await openOnServer();
  at.server.intercept = (request, response) => {
    response.writeHead(404, { "content-type": "text/html; charset=utf-8" });
    response.end(request.method === "HEAD" ? undefined : "<html>404</html>");
    return true;
  };
  for (
    const operation of [
      () => at.store.getObjectSize("a"),
      () => at.store.downloadObject("a", at.path("copy")),
    ]
  ) {
    const error = await assertRejects(operation) as Error & { code?: string };
    assertEquals(error.code, "OBJECT_NOT_FOUND");
    assert(error.message.includes("check 'endpoint'"), error.message);
  }
});

/** Has the parts of the only upload be the object, as a commit that nobody hears of does. */
function store(at: StoreOnServer): void {
  const [parts] = [...at.server.uploads.values()];
  const all = [...parts!].sort(([a], [b]) => a - b).map(([, part]) => part);
  at.server.assemble("a", all);
}

Deno.test("S3ObjectStore looks a slow commit up until it is done", async () => {
  await using at = await openOnServer({ timeout: 400 });
  const bytes = await at.file("large", PART_SIZE + 1);
  let looks = 0;
  let commits = 0;
  at.server.intercept = (request, response) => {
    if (request.is("CompleteMultipartUpload")) {
      commits++;
      return true;
    }
    if (!request.is("HeadObject")) return false;
    // It takes longer than a request may be silent.
    if (++looks === 3) store(at);
    if (looks >= 3) return false;
    response.writeHead(404).end();
    return true;
  };
  await at.store.uploadObject("a", at.path("large"));
  assertEquals(at.server.objects.get("a")?.bytes, bytes);
  assertEquals([commits, looks], [1, 3]);
});

Deno.test("S3ObjectStore ends a commit that is never answered, as transient, within three timeouts", async () => {
  for (const isSilent of [true, false]) {
    await using at = await openOnServer({ timeout: 400 });
    await at.file("large", PART_SIZE + 1);
    const began = Promise.withResolvers<void>();
    let hasBegun = false;
    at.server.intercept = (request, response) => {
      if (request.is("HeadObject") && !isSilent) {
        response.writeHead(404).end();
        return true;
      }
      if (request.is("CompleteMultipartUpload")) {
        hasBegun = true;
        began.resolve();
      }
      return hasBegun;
    };
    const code = codeOf(at.store.uploadObject("a", at.path("large")));
    await began.promise;
    // In ticks, as a busy machine is late for the store's own clock, too.
    assert(await settlesWithin(3 * 400 + 300, code));
    assertEquals(await code, "TRANSIENT");
  }
});

Deno.test("S3ObjectStore takes a commit for done that a page answers, if the object is there", async () => {
  await using at = await openEvery();
  await at.file("large", PART_SIZE + 1);
  for (const isStored of [true, false]) {
    at.server.intercept = async (request, response) => {
      if (!request.is("CompleteMultipartUpload")) return false;
      for await (const _ of response.req) {
        /* Only that it has come matters. */
      }
      if (isStored) {
        store(at);
      }
      at.server.uploads.clear();
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html>This takes long</html>");
      return true;
    };
    for (const [name, through] of Object.entries(at.stores)) {
      at.server.objects.clear();
      const uploading = through.uploadObject("a", at.path("large"));
      if (isStored) await uploading;
      else assertEquals(await codeOf(uploading), "OTHER", name);
    }
  }
});

Deno.test("S3ObjectStore waits for a client's keys that are to be hidden no longer than a second, and shows nothing meanwhile", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    response.writeHead(400, { "content-type": "application/xml" });
    response.end(
      `<Error><Code>${KEYS.sessionToken}</Code><Message>${KEYS.sessionToken}</Message></Error>`,
    );
    return true;
  };
  let asked = 0;
  const client = new S3Client({
    endpoint: at.server.url,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: KEYS,
  });
  await using store = new S3ObjectStore({
    bucket: "bucket",
    timeout: 5_000,
    client: Object.assign({
      send: (command: never, options: never) => client.send(command, options),
    }, {
      config: {
        credentials: () => {
          asked++;
          return new Promise(() => {});
        },
      },
    }),
  });
  const began = performance.now();
  const error = await assertRejects(() => store.getObjectSize("a"));
  assert(performance.now() - began < 3_000);
  assert(asked > 0);
  assertEquals((error as { code?: string }).code, "OTHER");
  assert(!textsOf(error).includes(KEYS.sessionToken), textsOf(error));
  client.destroy();
});

Deno.test("S3ObjectStore has the service's own message in the cause, whatever way it came", async () => {
  await using at = await openEvery();
  at.server.intercept = (_, response) => {
    response.writeHead(403, { "content-type": "application/xml" });
    response.end(
      "<Error><Code>AccessDenied</Code><Message>Download cap &#x1b;[31mexceeded</Message></Error>",
    );
    return true;
  };
  for (const [name, store] of Object.entries(at.stores)) {
    const error = await assertRejects(() =>
      store.downloadObject("a", at.path("copy"))
    ) as Error;
    assertEquals(
      (error.cause as Error).message.replace(/\s+/g, " "),
      "Download cap [31mexceeded",
      name,
    );
  }
});

Deno.test("S3ObjectStore refuses an encoded object that another runtime's 'fetch' unpacks", async () => {
  await using at = await openOnServer();
  const packed = new Uint8Array(
    await new Response(
      new Blob([bytesOf(9000)]).stream().pipeThrough(
        new CompressionStream("gzip"),
      ),
    ).arrayBuffer(),
  );
  at.server.intercept = (_, response) => {
    response.writeHead(200, {
      "content-encoding": "gzip",
      "content-length": packed.length,
      etag: '"e"',
    });
    response.end(packed);
    return true;
  };
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-check"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") || "[]"),
      new URL("./unpacking_main.ts", import.meta.url).pathname,
      ...[at.server.url, at.path("copy")],
    ],
  }).output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout);
  assert(printed !== "", decoder.decode(stderr));
  const { code, message } = JSON.parse(printed);
  assertEquals(code, "OTHER", message);
  assert(message.includes("the client unpacks objects"), message);
  await assertRejects(() => Deno.lstat(at.path("copy")), Deno.errors.NotFound);
});
