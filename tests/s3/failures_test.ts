import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { ObjectStoreError, ObjectStoreTransientError } from "../../mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import {
  reset,
  type SeenRequest,
  sendError,
} from "../s3_protocol/s3_server.ts";
import { bytesOf, KEYS, openOnServer, PART_SIZE } from "./store_on_server.ts";

/** Counts the calls of one kind, and says which are to go wrong. */
function nth(operation: string, ...numbers: number[]) {
  let count = 0;
  return (request: SeenRequest) =>
    request.is(operation) && numbers.includes(++count);
}

Deno.test("S3ObjectStore tries a request again that failed in passing", async () => {
  for (const fail of ["reset", "status", "code"]) {
    await using at = await openOnServer();
    const isFirst = [
      ...["HeadObject", "GetObject", "PutObject", "CreateMultipartUpload"],
      ...["UploadPart", "CompleteMultipartUpload"],
    ].map((operation) => nth(operation, 1));
    at.server.intercept = (request, response) => {
      if (!isFirst.some((is) => is(request))) return false;
      if (fail === "reset") return reset(response);
      // An answer to a HEAD has no body, and so no code.
      if (fail === "status" || request.method === "HEAD") {
        response.writeHead(503).end();
      } else sendError(response, 400, "RequestTimeout");
      return true;
    };
    const small = await at.file("small", 9);
    const large = await at.file("large", PART_SIZE + 1);
    await at.store.uploadObject("a", at.path("small"));
    await at.store.uploadObject("b", at.path("large"));
    assertEquals(await at.store.getObjectSize("a"), 9);
    await at.store.downloadObject("a", at.path("copy"));
    assertEquals(await Deno.readFile(at.path("copy")), small);
    assertEquals(at.server.objects.get("b")?.bytes, large);
  }
});

Deno.test("S3ObjectStore gives up after 'attempts', as transient, and works again", async () => {
  await using at = await openOnServer({ attempts: 2 });
  at.server.set("a", bytesOf(3));
  at.server.intercept = (_, response) => {
    sendError(response, 503, "SlowDown");
    return true;
  };
  await at.file("source", 1);
  const calls = [
    () => at.store.getObjectSize("a"),
    () => at.store.downloadObject("a", at.path("copy")),
    () => at.store.uploadObject("a", at.path("source")),
    () => Array.fromAsync(at.store.listObjects()),
  ];
  for (const call of calls) {
    at.server.seen.length = 0;
    const error = await assertRejects(call, ObjectStoreTransientError);
    assertStringIncludes(error.message, "status 503");
    assertEquals(at.server.seen.length, 2);
  }
  at.server.intercept = undefined;
  assertEquals(await at.store.getObjectSize("a"), 3);
});

Deno.test("S3ObjectStore does not try again what will not change", async () => {
  await using at = await openOnServer();
  for (const status of [400, 401, 403, 405, 409, 411, 412, 416, 501]) {
    at.server.intercept = (_, response) => {
      sendError(response, status, `Status${status}`);
      return true;
    };
    at.server.seen.length = 0;
    await at.file("source", 1);
    const error = await at.store.uploadObject("a", at.path("source"))
      .catch((error) => error);
    assert(
      error instanceof Error && !(error instanceof ObjectStoreTransientError),
    );
    assertEquals(at.server.seen.length, 1);
  }
});

Deno.test("S3ObjectStore waits for a short Retry-After and not for a long one", async () => {
  await using at = await openOnServer();
  at.server.set("a", bytesOf(3));
  const times: number[] = [];
  at.server.intercept = (_, response) => {
    times.push(performance.now());
    if (times.length !== 1) return false;
    sendError(response, 503, "SlowDown", { "retry-after": "1" });
    return true;
  };
  await at.store.getObjectSize("a");
  assert(times[1]! - times[0]! >= 950);

  at.server.seen.length = 0;
  at.server.intercept = (_, response) => {
    sendError(response, 503, "SlowDown", { "retry-after": "3600" });
    return true;
  };
  await assertRejects(
    () => at.store.getObjectSize("a"),
    ObjectStoreTransientError,
  );
  assertEquals(at.server.seen.length, 1);
});

Deno.test("S3ObjectStore asks for what is missing of a body that was cut off", async () => {
  await using at = await openOnServer();
  const bytes = bytesOf(1_000_000);
  at.server.set("a", bytes);
  const isFirst = nth("GetObject", 1);
  at.server.intercept = (request, response) => {
    if (!isFirst(request)) return false;
    response.writeHead(200, {
      "content-length": bytes.length,
      etag: at.server.objects.get("a")!.etag,
    });
    response.write(bytes.subarray(0, 400_000), () => reset(response));
    return true;
  };
  const counts: number[] = [];
  await at.store.downloadObject("a", at.path("copy"), {
    callback: (count) => void counts.push(count),
  });
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
  const range = /^bytes=(\d+)-999999$/.exec(at.server.seen[1]!.headers.range!);
  assert(Number(range?.[1]) <= 400_000);
  assertEquals(counts.toSorted((a, b) => a - b), counts);
  assertEquals(counts.at(-1), bytes.length);
});

Deno.test("S3ObjectStore never takes a cut off body for a whole one", async () => {
  await using at = await openOnServer();
  at.server.set("a", bytesOf(1000));
  for (const sent of [0, 1, 500, 999]) {
    at.server.intercept = (_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.flushHeaders();
      response.write(bytesOf(sent), () => response.socket?.end());
      return true;
    };
    await assertRejects(
      () => at.store.downloadObject("a", at.path("copy")),
      ObjectStoreTransientError,
    );
    await assertRejects(() => Deno.stat(at.path("copy")));
  }
});

Deno.test("S3ObjectStore gives the old version whole when the object is replaced or deleted meanwhile", async () => {
  for (const change of ["replace", "delete", "shorten"]) {
    await using at = await openOnServer();
    const old = bytesOf(40 * 2 ** 20);
    at.server.set("a", old);
    at.server.isSlow = true;
    at.server.intercept = ({ headers }) => {
      if (headers.range === undefined) return false;
      if (change === "delete") at.server.objects.delete("a");
      else at.server.set("a", bytesOf(change === "replace" ? 4e7 : 10));
      return false;
    };
    // The first body is of the old version, and goes on to its end.
    await at.store.downloadObject("a", at.path("copy"));
    const copy = await Deno.readFile(at.path("copy"));
    assertEquals(copy.length, old.length);
    assert(copy.every((byte, index) => byte === old[index]));
  }
});

Deno.test("S3ObjectStore is transient when the object is replaced before a lost body is asked for again", async () => {
  await using at = await openOnServer();
  const bytes = bytesOf(10 ** 6);
  at.server.set("a", bytes);
  at.server.intercept = ({ headers }, response) => {
    if (headers.range !== undefined) return false;
    response.writeHead(200, {
      "content-length": bytes.length,
      etag: at.server.objects.get("a")!.etag,
    });
    at.server.set("a", bytesOf(10));
    response.write(bytes.subarray(0, 400_000), () => reset(response));
    return true;
  };
  const error = await assertRejects(
    () => at.store.downloadObject("a", at.path("copy")),
    ObjectStoreTransientError,
  );
  assertStringIncludes(error.message, "replaced");
  assertEquals([...Deno.readDirSync(at.path("."))], []);
});

Deno.test("S3ObjectStore does not mix versions where the service ignores If-Match", async () => {
  await using at = await openOnServer();
  const old = bytesOf(40 * 2 ** 20);
  at.server.set("a", old);
  at.server.isSlow = true;
  at.server.intercept = ({ headers }) => {
    if (headers.range === undefined) return false;
    delete headers["if-match"];
    at.server.set("a", bytesOf(40 * 2 ** 20 + 1).subarray(1));
    return false;
  };
  await at.store.downloadObject("a", at.path("copy"));
  const copy = await Deno.readFile(at.path("copy"));
  assertEquals(copy.length, old.length);
  assert(copy.every((byte, index) => byte === old[index]));
});

Deno.test("S3ObjectStore looks whether a lost commit has taken effect", async () => {
  await using at = await openOnServer();
  const bytes = await at.file("source", PART_SIZE + 1);
  const isFirst = nth("CompleteMultipartUpload", 1);
  at.server.intercept = async (request, response) => {
    if (!isFirst(request)) return false;
    // The server does it, and its answer is lost.
    const parts = [...at.server.uploads.values()][0]!;
    at.server.set(
      "a",
      new Uint8Array(
        await new Blob(
          [...parts].sort(([a], [b]) => a - b).map(([, part]) =>
            part
          ) as BlobPart[],
        ).arrayBuffer(),
      ),
    );
    const stored = at.server.objects.get("a")!;
    at.server.objects.set("a", { ...stored, etag: await composite(parts) });
    at.server.uploads.clear();
    return reset(response);
  };
  await at.store.uploadObject("a", at.path("source"));
  assertEquals(at.server.objects.get("a")?.bytes, bytes);
  assertEquals(at.server.calls.slice(-2), ["POST uploadId", "HEAD"]);
});

Deno.test("S3ObjectStore is transient when a lost commit cannot be told from another's", async () => {
  await using at = await openOnServer();
  await at.file("source", PART_SIZE + 1);
  const isFirst = nth("CompleteMultipartUpload", 1);
  at.server.intercept = (request, response) => {
    if (!isFirst(request)) return false;
    // Somebody else's object, of the same size.
    at.server.set("a", new Uint8Array(PART_SIZE + 1));
    at.server.uploads.clear();
    return reset(response);
  };
  const error = await assertRejects(
    () => at.store.uploadObject("a", at.path("source")),
    ObjectStoreTransientError,
  );
  assertStringIncludes(error.message, "not certain");
});

Deno.test("S3ObjectStore says that an upload is gone that nobody has committed", async () => {
  await using at = await openOnServer();
  await at.file("source", PART_SIZE + 1);
  at.server.intercept = (request) => {
    if (request.is("CompleteMultipartUpload")) at.server.uploads.clear();
    return false;
  };
  const error = await assertRejects(
    () => at.store.uploadObject("a", at.path("source")),
    ObjectStoreError,
  );
  assertStringIncludes(error.message, "gone");
  assertEquals(at.server.objects.size, 0);
});

Deno.test("S3ObjectStore takes an error within a 200 for what it says", async () => {
  const codes = { InternalError: "TRANSIENT", InvalidPart: "OTHER" };
  for (const [code, expected] of Object.entries(codes)) {
    await using at = await openOnServer({ attempts: 2 });
    await at.file("source", PART_SIZE + 1);
    at.server.intercept = (request, response) => {
      if (!request.is("CompleteMultipartUpload")) return false;
      sendError(response, 200, code);
      return true;
    };
    const error = await at.store.uploadObject("a", at.path("source"))
      .catch((error) => error);
    assertEquals(error.code, expected);
    assertEquals(at.server.objects.size, 0);
    assertEquals(at.server.uploads.size, 0);
  }
});

Deno.test("S3ObjectStore discards an upload that fails or is aborted", async () => {
  for (const operation of ["UploadPart", "CompleteMultipartUpload"]) {
    for (const isAborted of [false, true]) {
      await using at = await openOnServer();
      await at.file("source", 3 * PART_SIZE);
      const controller = new AbortController();
      at.server.intercept = (request, response) => {
        if (!request.is(operation)) return false;
        if (isAborted) controller.abort("stop");
        else sendError(response, 403, "AccessDenied");
        return true;
      };
      const error = await at.store.uploadObject("a", at.path("source"), {
        signal: controller.signal,
      }).catch((error) => error);
      if (isAborted) assertStrictEquals(error, "stop");
      else assertEquals(error.code, "PERMISSION_DENIED");
      await at.store.close();
      assertEquals(at.server.uploads.size, 0);
      assertEquals(at.server.calls.at(-1), "DELETE uploadId");
    }
  }
});

Deno.test("S3ObjectStore discards an upload that is aborted while it begins", async () => {
  await using at = await openOnServer();
  await at.file("source", 3 * PART_SIZE);
  const controller = new AbortController();
  at.server.intercept = (request) => {
    if (request.is("CreateMultipartUpload")) controller.abort("stop");
    return false;
  };
  const error = await at.store.uploadObject("a", at.path("source"), {
    signal: controller.signal,
  }).catch((error) => error);
  assertStrictEquals(error, "stop");
  await at.store.close();
  assertEquals(at.server.uploads.size, 0);
});

Deno.test("S3ObjectStore ends a silent request by its timeout, once", async () => {
  await using at = await openOnServer({ timeout: 200 });
  at.server.set("a", bytesOf(1000));
  await at.file("small", 1);
  await at.file("large", 2 * PART_SIZE);
  const calls = [
    () => at.store.getObjectSize("a"),
    () => at.store.downloadObject("a", at.path("copy")),
    () => at.store.uploadObject("b", at.path("small")),
  ];
  at.server.intercept = () => true;
  for (const call of calls) {
    at.server.seen.length = 0;
    const error = await assertRejects(call, ObjectStoreTransientError);
    assertStringIncludes(error.message, "ETIMEDOUT");
    assertEquals(at.server.seen.length, 1);
  }
  at.server.intercept = (request) => request.is("UploadPart");
  await assertRejects(
    () => at.store.uploadObject("c", at.path("large")),
    ObjectStoreTransientError,
  );
  assertEquals(at.server.uploads.size, 0);
});

Deno.test("S3ObjectStore ends a body that falls silent by its timeout", async () => {
  await using at = await openOnServer({ timeout: 200 });
  at.server.intercept = (_, response) => {
    response.writeHead(200, { "content-length": 1000, etag: '"e"' });
    response.write(bytesOf(500));
    return true;
  };
  const error = await assertRejects(
    () => at.store.downloadObject("a", at.path("copy")),
    ObjectStoreTransientError,
  );
  assertStringIncludes(error.message, "ETIMEDOUT");
  assertEquals([...Deno.readDirSync(at.path("."))], []);
});

Deno.test("S3ObjectStore does not take a slow callback for a silent server", async () => {
  await using at = await openOnServer({ timeout: 100 });
  const bytes = bytesOf(2 ** 20);
  at.server.set("a", bytes);
  await at.store.downloadObject("a", at.path("copy"), {
    callback: (count) =>
      new Promise((resolve) => setTimeout(resolve, count === 0 ? 250 : 0)),
  });
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
});

Deno.test("S3ObjectStore stops at an abort while the server is silent", async () => {
  await using at = await openOnServer();
  await at.file("source", 1);
  const calls = [
    (signal: AbortSignal) => at.store.getObjectSize("a", { signal }),
    (signal: AbortSignal) =>
      at.store.downloadObject("a", at.path("copy"), { signal }),
    (signal: AbortSignal) =>
      at.store.uploadObject("a", at.path("source"), { signal }),
  ];
  for (const call of calls) {
    const controller = new AbortController();
    const reason = new Error("stop");
    at.server.intercept = () => {
      controller.abort(reason);
      return true;
    };
    const error = await call(controller.signal).catch((error) => error);
    assertStrictEquals(error, reason);
  }
});

Deno.test("S3ObjectStore takes the answer that comes before a body has gone", async () => {
  await using at = await openOnServer();
  await at.file("source", PART_SIZE);
  at.server.intercept = (_, response) => {
    sendError(response, 403, "AccessDenied");
    return true;
  };
  const error = await at.store.uploadObject("a", at.path("source"))
    .catch((error) => error);
  assertEquals(error.code, "PERMISSION_DENIED");
  // The connection, which the rest of the body is owed to, is not used again.
  at.server.intercept = undefined;
  await at.store.uploadObject("a", at.path("source"));
  assertEquals(at.server.objects.get("a")?.bytes.length, PART_SIZE);
});

Deno.test("S3ObjectStore sends again on a new connection what an idle one has lost", async () => {
  await using at = await openOnServer({ attempts: 1 });
  await at.file("source", 9);
  await at.store.uploadObject("a", at.path("source"));
  const isFirst = nth("PutObject", 1);
  at.server.intercept = (request, response) =>
    isFirst(request) && reset(response);
  await at.store.uploadObject("a", at.path("source"));
  assertEquals(at.server.seen.length, 3);
});

Deno.test("S3ObjectStore uses connections again, and closes them", async () => {
  await using at = await openOnServer();
  await at.file("source", 9);
  for (let round = 0; round < 5; round++) {
    await at.store.uploadObject("a", at.path("source"));
    await at.store.downloadObject("a", at.path("copy"), { overwrite: true });
    await at.store.getObjectSize("a");
  }
  assert(await at.server.countConnections() <= 2);
  await at.store.close();
  const count = await at.server.countConnections();
  assert(count <= 2);
});

Deno.test("S3ObjectStore is transient where nobody listens or no name is known", async () => {
  const hosts = ["http://127.0.0.1:2", "http://name.invalid"];
  await using at = await openOnServer();
  await at.file("source", 1);
  for (const endpoint of hosts) {
    await using store = new S3ObjectStore({
      bucket: "bucket",
      endpoint,
      credentials: KEYS,
      attempts: 1,
    });
    const calls = [
      () => store.getObjectSize("a"),
      () => store.downloadObject("a", at.path("copy")),
      () => store.uploadObject("a", at.path("source")),
    ];
    for (const call of calls) {
      await assertRejects(call, ObjectStoreTransientError);
    }
  }
});

async function composite(
  parts: ReadonlyMap<number, Uint8Array>,
): Promise<string> {
  const { createHash } = await import("node:crypto");
  const sums = createHash("md5");
  for (const [, part] of [...parts].sort(([a], [b]) => a - b)) {
    sums.update(createHash("md5").update(part).digest());
  }
  return `"${sums.digest("hex")}-${parts.size}"`;
}
