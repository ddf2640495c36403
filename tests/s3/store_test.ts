import { crc32 } from "node:zlib";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  BucketNotFoundError,
  InvalidObjectNameError,
  ObjectNotFoundError,
  ObjectStoreError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../mod.ts";
import { encodeCrc32 } from "../../src/s3_protocol/checksum.ts";
import { sendError } from "../s3_protocol/s3_server.ts";
import { bytesOf, KEYS, openOnServer, PART_SIZE } from "./store_on_server.ts";

const MIB = 2 ** 20;

Deno.test("S3ObjectStore takes objects there and back, in one request each", async () => {
  await using at = await openOnServer({ prefix: "p/q" });
  for (const size of [0, 1, 65_537, PART_SIZE]) {
    const bytes = await at.file("source", size);
    await at.store.uploadObject("a b", at.path("source"));
    await at.store.downloadObject("a b", at.path("copy"), { overwrite: true });
    assertEquals(await Deno.readFile(at.path("copy")), bytes);
    assertEquals(await at.store.getObjectSize("a b"), size);
    assertEquals(at.server.calls.splice(0), ["PUT", "GET", "HEAD"]);
    at.server.seen.length = 0;
  }
  assertEquals([...at.server.objects.keys()], ["p/q/a b"]);
});

Deno.test("S3ObjectStore uploads a large file in parts, each with its sum", async () => {
  await using at = await openOnServer();
  const bytes = await at.file("source", 2 * PART_SIZE + 1);
  const counts: number[] = [];
  await at.store.uploadObject("a", at.path("source"), {
    callback: (count) => void counts.push(count),
  });
  assertEquals(at.server.objects.get("a")?.bytes, bytes);
  assertEquals(at.server.uploads.size, 0);
  assertEquals(at.server.calls.sort(), [
    "POST uploadId",
    "POST uploads",
    ...Array(3).fill("PUT partNumber uploadId"),
  ]);
  const parts = at.server.seen.filter((request) => request.is("UploadPart"));
  assert(parts.every(({ headers }) => headers["x-amz-checksum-crc32"]));
  assertEquals(counts.at(-1), bytes.length);
  assert(counts.length > 8);
});

Deno.test("S3ObjectStore downloads a large object in ranges of one version", async () => {
  await using at = await openOnServer();
  const bytes = bytesOf(40 * MIB);
  at.server.isSlow = true;
  at.server.set("a", bytes);
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
  const [first, ...ranges] = at.server.seen;
  assertEquals(first?.headers.range, undefined);
  assert(ranges.length >= 1);
  const etag = at.server.objects.get("a")!.etag;
  for (const { headers } of ranges) assertEquals(headers["if-match"], etag);
});

Deno.test("S3ObjectStore sends what is to be stored with an object", async () => {
  await using at = await openOnServer({
    upload: {
      contentType: "text/plain",
      metadata: { "Run-Id": "a b" },
      storageClass: "STANDARD_IA",
      serverSideEncryption: "aws:kms",
      kmsKeyId: "k1",
    },
  });
  await at.file("small", 1);
  await at.file("large", PART_SIZE + 1);
  await at.store.uploadObject("a", at.path("small"));
  await at.store.uploadObject("b", at.path("large"));
  const carriers = at.server.seen.filter((request) =>
    request.is("PutObject") || request.is("CreateMultipartUpload")
  );
  assertEquals(carriers.length, 2);
  for (const { headers } of carriers) {
    assertEquals(headers["content-type"], "text/plain");
    assertEquals(headers["x-amz-meta-run-id"], "a b");
    assertEquals(headers["x-amz-storage-class"], "STANDARD_IA");
    assertEquals(headers["x-amz-server-side-encryption"], "aws:kms");
    assertEquals(headers["x-amz-server-side-encryption-aws-kms-key-id"], "k1");
    assertEquals(headers["x-amz-security-token"], KEYS.sessionToken);
  }
});

Deno.test("S3ObjectStore sums bodies as 'checksum' says", async () => {
  for (const checksum of ["crc32", "md5", "none"] as const) {
    await using at = await openOnServer({ checksum });
    await at.file("source", 9);
    await at.store.uploadObject("a", at.path("source"));
    const { headers } = at.server.seen[0]!;
    assertEquals("x-amz-checksum-crc32" in headers, checksum === "crc32");
    assertEquals("content-md5" in headers, checksum === "md5");
  }
});

Deno.test("S3ObjectStore refuses a body that is not what its sum says", async () => {
  await using at = await openOnServer();
  at.server.set("a", bytesOf(5 * MIB));
  const stored = at.server.objects.get("a")!;
  at.server.objects.set("a", { ...stored, crc32: "y/Q5Jg==" });
  const error = await assertRejects(
    () => at.store.downloadObject("a", at.path("copy")),
    ObjectStoreTransientError,
  );
  assertStringIncludes(error.message, "checksum");
  await assertRejects(() => Deno.stat(at.path("copy")), Deno.errors.NotFound);
});

Deno.test("S3ObjectStore gives an upload in parts one sum, by which ranges are checked", async () => {
  await using at = await openOnServer();
  at.server.isSlow = true;
  const bytes = await at.file("source", 40 * MIB);
  await at.store.uploadObject("a", at.path("source"));
  const stored = at.server.objects.get("a")!;
  assertEquals(stored.crc32, encodeCrc32(crc32(bytes)));
  await at.store.downloadObject("a", at.path("copy"));

  const wrong = bytes.slice();
  wrong[39 * MIB]! ^= 1;
  at.server.objects.set("a", { ...stored, bytes: wrong });
  const error = await assertRejects(
    () => at.store.downloadObject("a", at.path("wrong")),
    ObjectStoreTransientError,
  );
  assertStringIncludes(error.message, "checksum");
});

Deno.test("S3ObjectStore uploads in parts where the service knows no sum of them all", async () => {
  await using at = await openOnServer();
  at.server.sumsWhole = false;
  await at.file("source", PART_SIZE + 1);
  await at.store.uploadObject("a", at.path("source"));
  const { headers } = at.server.seen.at(-1)!;
  assertEquals(headers["x-amz-checksum-crc32"], undefined);
});

Deno.test("S3ObjectStore lists page by page, odd names as they are", async () => {
  await using at = await openOnServer({ prefix: "p" });
  const names = ["a b", "a+b", "a%2Fb", "é/😀", "&<>\"'", "\n", "x/y", "_"];
  for (const name of names) at.server.set(`p/${name}`, bytesOf(1));
  // Neither of another store, nor one that no store can have made.
  for (const key of ["pp/a", "p2", "p/folder/"]) at.server.set(key, bytesOf(0));
  at.server.pageSize = 2;
  const listed = await Array.fromAsync(at.store.listObjects());
  assertEquals(listed.sort(), names.toSorted());
  assertEquals(at.server.seen.length, 5);
  assertEquals(await Array.fromAsync(at.store.listObjects("a")), [
    ...["a b", "a%2Fb", "a+b"],
  ]);
});

Deno.test("S3ObjectStore listObjects() is transient when a page is cut off", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    response.end("<ListBucketResult><Contents><Key>a</Key></Contents>");
    return true;
  };
  await assertRejects(
    () => Array.fromAsync(at.store.listObjects()),
    ObjectStoreTransientError,
  );
});

Deno.test("S3ObjectStore getObjectSize() tells a missing bucket from a missing object", async () => {
  await using at = await openOnServer();
  await assertRejects(() => at.store.getObjectSize("a"), ObjectNotFoundError);
  await using other = await openOnServer({
    bucket: "another",
    endpoint: at.server.url,
  });
  await assertRejects(
    () => other.store.getObjectSize("a"),
    BucketNotFoundError,
  );
});

Deno.test("S3ObjectStore getObjectSize() names both when telling is forbidden", async () => {
  await using at = await openOnServer();
  at.server.intercept = ({ method }, response) => {
    if (method === "HEAD") response.writeHead(404).end();
    else sendError(response, 403, "AccessDenied");
    return true;
  };
  const error = await assertRejects(
    () => at.store.getObjectSize("a"),
    ObjectNotFoundError,
  );
  assertStringIncludes(error.message, "object not found, or its bucket");
});

Deno.test("S3ObjectStore getObjectSize() finds out what a bare 400 or 403 means", async () => {
  await using at = await openOnServer();
  at.server.intercept = ({ method }, response) => {
    if (method === "HEAD") response.writeHead(400).end();
    else sendError(response, 400, "ExpiredToken");
    return true;
  };
  const error = await assertRejects(
    () => at.store.getObjectSize("a"),
    ObjectStorePermissionError,
  );
  assertStringIncludes(error.message, "renew");
});

Deno.test("S3ObjectStore tells where a bucket is that has been asked for elsewhere", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    sendError(response, 301, "PermanentRedirect", {
      "x-amz-bucket-region": "eu-west-1",
      "location": "http://127.0.0.1:1/",
    });
    return true;
  };
  await at.file("source", 1);
  const calls = [
    () => at.store.downloadObject("a", at.path("copy")),
    () => at.store.getObjectSize("a"),
    () => at.store.uploadObject("a", at.path("source")),
  ];
  for (const call of calls) {
    const error = await assertRejects(call, ObjectStoreError);
    assertStringIncludes(error.message, `set 'region' to "eu-west-1"`);
  }
});

Deno.test("S3ObjectStore refuses names that servers would change, and has literal URIs", async () => {
  await using at = await openOnServer({ prefix: "p" });
  for (const name of ["a//b", "/a", "a/", "./a", "a/..", "\x01"]) {
    await assertRejects(
      () => at.store.getObjectSize(name),
      InvalidObjectNameError,
    );
  }
  assertEquals(at.server.seen, []);
  assertEquals(at.store.getUri("a b%20?#é"), "s3://bucket/p/a b%20?#é");
});

Deno.test("S3ObjectStore shows no secret", async () => {
  await using at = await openOnServer();
  at.server.intercept = (_, response) => {
    const { accessKeyId, secretAccessKey } = KEYS;
    sendError(response, 403, "SignatureDoesNotMatch", {
      "x-amz-request-id": "r1",
    });
    return Boolean(accessKeyId && secretAccessKey);
  };
  await at.file("source", 1);
  const calls = [
    () => at.store.getObjectSize("a"),
    () => at.store.downloadObject("a", at.path("copy")),
    () => at.store.uploadObject("a", at.path("source")),
  ];
  for (const call of calls) {
    const error = await assertRejects(call, ObjectStorePermissionError);
    const shown = Deno.inspect(error, { depth: 20, showHidden: true }) +
      error.stack + Deno.inspect(at.store, { depth: 20, showHidden: true });
    for (const secret of Object.values(KEYS)) {
      assertEquals(shown.includes(secret), false);
    }
  }
});

Deno.test("S3ObjectStore speaks to [::1]", async () => {
  await using at = await openOnServer({}, "::1");
  await at.file("source", 3);
  await at.store.uploadObject("a", at.path("source"));
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await at.store.getObjectSize("a"), 3);
  for (const { headers } of at.server.seen) {
    assertEquals(`http://${headers.host}`, at.server.url);
  }
});
