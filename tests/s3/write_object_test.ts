import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32 } from "node:zlib";
import { ObjectStoreTransientError } from "../../src/errors.ts";
import { encodeCrc32 } from "../../src/s3_protocol/checksum.ts";
import { reset, sendError } from "../s3_protocol/s3_server.ts";
import { bytesOf, openOnServer, PART_SIZE } from "./store_on_server.ts";

const BYTES = bytesOf(3 * PART_SIZE + 5);

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += 1 << 18));
      at = Math.min(at, bytes.length);
    },
  });
}

Deno.test("writeObject() is one PUT of what is small, with its sum and its own media type", async () => {
  await using on = await openOnServer({ upload: { contentType: "a/b" } });
  const { store, server } = on;
  await store.writeObject("text", "grün");
  await store.writeObject("page", new Blob(["<p>"]), {
    contentType: "text/html; charset=utf-8",
  });
  await store.writeObject("stream", streamOf(new Uint8Array(9)), {
    contentType: "x/y",
  });
  await store.writeObject("empty", "");
  assertEquals(server.calls, ["PUT", "PUT", "PUT", "PUT"]);
  const types = [...server.objects].map(([name, { contentType }]) =>
    `${name}: ${contentType}`
  );
  assertEquals(types, [
    "text: a/b",
    "page: text/html; charset=utf-8",
    "stream: x/y",
    "empty: a/b",
  ]);
  assertEquals(await (await store.readObject("text")).text(), "grün");
  const { bytes, crc32: sum } = server.objects.get("page")!;
  assertEquals(sum, encodeCrc32(crc32(bytes)));
});

for (const size of [undefined, BYTES.length]) {
  Deno.test(`writeObject() sends a large stream ${size ? "with" : "without"} its size in parts, with a sum of the whole`, async () => {
    await using on = await openOnServer();
    await on.store.writeObject("a", streamOf(BYTES), {
      contentType: "text/plain",
      ...size ? { size } : {},
    });
    const { bytes, crc32: sum } = on.server.objects.get("a")!;
    assertEquals(bytes, BYTES);
    assertEquals(sum, encodeCrc32(crc32(BYTES)));
    assertEquals(on.server.seen[0]?.headers["content-type"], "text/plain");
    assertEquals(on.server.uploads.size, 0);
    const [begin, ...others] = on.server.calls;
    assertEquals([begin, others.length], ["POST uploads", 5]);
  });
}

Deno.test("writeObject() sends large bytes and blobs in parts", async () => {
  for (const data of [BYTES, new Blob([BYTES])]) {
    await using on = await openOnServer();
    await on.store.writeObject("a", data);
    assertEquals(on.server.objects.get("a")?.bytes, BYTES);
    assert(on.server.calls.includes("POST uploads"));
  }
});

Deno.test("a part of a stream that is lost or refused is sent again", async () => {
  await using on = await openOnServer();
  let lost = 0;
  on.server.intercept = (request, response) => {
    if (!request.is("UploadPart") || lost >= 2) return false;
    lost++;
    if (lost === 1) return reset(response);
    sendError(response, 503, "SlowDown");
    return true;
  };
  await on.store.writeObject("a", streamOf(BYTES));
  assertEquals(on.server.objects.get("a")?.bytes, BYTES);
  assertEquals(lost, 2);
});

Deno.test("a lost answer to the commit of a stream without size is found out", async () => {
  await using on = await openOnServer();
  let isLost = false;
  on.server.intercept = (request, response) => {
    if (!request.is("CompleteMultipartUpload") || isLost) return false;
    isLost = true;
    const [parts] = on.server.uploads.values();
    on.server.assemble(
      "a",
      [...parts!].sort(([a], [b]) => a - b).map(([, part]) => part),
    );
    on.server.uploads.clear();
    return reset(response);
  };
  await on.store.writeObject("a", streamOf(BYTES));
  assertEquals(on.server.objects.get("a")?.bytes, BYTES);
});

Deno.test("a stream that errors leaves no object and no upload", async () => {
  await using on = await openOnServer();
  const mine = new Error("mine");
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= 2 * PART_SIZE) return controller.error(mine);
      controller.enqueue(BYTES.slice(at, at += 1 << 18));
    },
  });
  const error = await assertRejects(() => on.store.writeObject("a", stream));
  assertEquals(error, mine);
  await on.store.close();
  assertEquals([on.server.objects.size, on.server.uploads.size], [0, 0]);
});

Deno.test("deleteObject() removes one object, and is content if there was none", async () => {
  await using on = await openOnServer();
  for (const name of ["a", "a/b", "b c"]) await on.store.writeObject(name, "x");
  await on.store.deleteObject("a");
  await on.store.deleteObject("a");
  await on.store.deleteObject("b c");
  assertEquals([...on.server.objects.keys()], ["a/b"]);
  on.server.intercept = (_, response) => {
    sendError(response, 404, "NoSuchKey");
    return true;
  };
  await on.store.deleteObject("none");
});

Deno.test("a deletion that fails leaves the object, and says why", async () => {
  await using on = await openOnServer({ attempts: 2 });
  await on.store.writeObject("a", "x");
  for (
    const [status, code, expected] of [
      [503, "SlowDown", "TRANSIENT"],
      [403, "AccessDenied", "PERMISSION_DENIED"],
      [404, "NoSuchBucket", "BUCKET_NOT_FOUND"],
    ] as const
  ) {
    on.server.intercept = (_, response) => {
      sendError(response, status, code);
      return true;
    };
    const error = await assertRejects(
      () => on.store.deleteObject("a"),
      Error,
      'Cannot delete "s3://bucket/a"',
    ) as Error & { code?: string };
    assertEquals(error.code, expected);
  }
  on.server.intercept = (_, response) => reset(response);
  await assertRejects(
    () => on.store.deleteObject("a"),
    ObjectStoreTransientError,
  );
  on.server.intercept = undefined;
  assertEquals(on.server.objects.size, 1);
});

Deno.test("a deletion that is aborted is not made", async () => {
  await using on = await openOnServer();
  await on.store.writeObject("a", "x");
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => on.store.deleteObject("a", { signal }),
    Error,
    "enough",
  );
  assertEquals(on.server.calls, ["PUT"]);
});
