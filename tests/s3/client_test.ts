import { S3Client } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BucketNotFoundError,
  ObjectNotFoundError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { reset, S3Server, sendError } from "../s3_protocol/s3_server.ts";
import { bytesOf, KEYS, PART_SIZE } from "./store_on_server.ts";

/** A store through a client of its own. */
async function open(bucket = "bucket") {
  const server = await S3Server.start();
  const directory = await Deno.makeTempDir();
  const client = new S3Client({
    region: "us-east-1",
    endpoint: server.url,
    forcePathStyle: true,
    credentials: KEYS,
    maxAttempts: 2,
  });
  let sent = 0;
  const store = new S3ObjectStore({
    bucket,
    partSize: PART_SIZE,
    prefix: "p",
    client: {
      send(command, options) {
        sent++;
        return client.send(command, options);
      },
    },
  });
  return {
    server,
    store,
    client,
    get sent() {
      return sent;
    },
    path: (name: string) => `${directory}/${name}`,
    async [Symbol.asyncDispose]() {
      await store.close();
      // The store has not closed it.
      client.destroy();
      await server[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test("S3ObjectStore sends everything through a given client", async () => {
  await using at = await open();
  for (const size of [0, 70_000, 2 * PART_SIZE + 1]) {
    const bytes = bytesOf(size);
    await Deno.writeFile(at.path("source"), bytes);
    await at.store.uploadObject("a +é", at.path("source"));
    assertEquals(at.server.objects.get("p/a +é")?.bytes, bytes);
    assertEquals(await at.store.getObjectSize("a +é"), size);
    await at.store.downloadObject("a +é", at.path("copy"), { overwrite: true });
    assertEquals(await Deno.readFile(at.path("copy")), bytes);
  }
  assertEquals(await Array.fromAsync(at.store.listObjects()), ["a +é"]);
  assertEquals(at.sent, at.server.seen.length);
  assertEquals(at.server.uploads.size, 0);
  const parts = at.server.seen.filter((request) => request.is("UploadPart"));
  assert(parts.every(({ headers }) => headers["x-amz-checksum-crc32"]));
});

Deno.test("S3ObjectStore downloads in ranges through a given client", async () => {
  await using at = await open();
  const bytes = bytesOf(40 * 2 ** 20);
  at.server.isSlow = true;
  at.server.set("p/a", bytes);
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
  assert(at.server.seen.some(({ headers }) => headers["if-match"]));
});

Deno.test("S3ObjectStore says the same through a given client when something is wrong", async () => {
  await using at = await open();
  await Deno.writeFile(at.path("source"), bytesOf(9));
  await assertRejects(() => at.store.getObjectSize("a"), ObjectNotFoundError);
  const calls = [
    () => at.store.getObjectSize("a"),
    () => at.store.downloadObject("a", at.path("copy")),
    () => at.store.uploadObject("a", at.path("source")),
  ];
  at.server.intercept = (_, response) => {
    sendError(response, 403, "AccessDenied");
    return true;
  };
  for (const call of calls) {
    await assertRejects(call, ObjectStorePermissionError);
  }
  at.server.intercept = (_, response) => reset(response);
  for (const call of calls) {
    const error = await assertRejects(call, ObjectStoreTransientError);
    const shown = Deno.inspect(error, { depth: 20, showHidden: true });
    assertEquals(shown.includes(KEYS.accessKeyId), false);
  }
  await using missing = await open("missing");
  await assertRejects(
    () => missing.store.getObjectSize("a"),
    BucketNotFoundError,
  );
});

Deno.test("S3ObjectStore is transient when a given client finds a wrong checksum", async () => {
  await using at = await open();
  at.server.set("p/a", bytesOf(70_000));
  const stored = at.server.objects.get("p/a")!;
  at.server.objects.set("p/a", { ...stored, crc32: "y/Q5Jg==" });
  await assertRejects(
    () => at.store.downloadObject("a", at.path("copy")),
    ObjectStoreTransientError,
  );
});

Deno.test("S3ObjectStore discards an upload that fails through a given client", async () => {
  await using at = await open();
  await Deno.writeFile(at.path("source"), bytesOf(2 * PART_SIZE));
  for (const operation of ["UploadPart", "CompleteMultipartUpload"]) {
    at.server.intercept = (request, response) => {
      if (!request.is(operation)) return false;
      sendError(
        response,
        200 + 300 * Number(operation === "UploadPart"),
        "InternalError",
      );
      return true;
    };
    await assertRejects(
      () => at.store.uploadObject("a", at.path("source")),
      ObjectStoreTransientError,
    );
    await at.store.getObjectSize("a").catch(() => {});
    assertEquals(at.server.uploads.size, 0);
    assertEquals(at.server.objects.size, 0);
  }
});

Deno.test("S3ObjectStore() refuses a client that is none, and options beside it that are the client's", () => {
  const client = { send: () => Promise.resolve() };
  assertThrows(
    () => new S3ObjectStore({ bucket: "bucket", client: {} as typeof client }),
    TypeError,
    "'client'",
  );
  assertThrows(
    () => new S3ObjectStore({ bucket: "bucket", client, region: "x" }),
    TypeError,
    "'region'",
  );
});

Deno.test("S3ObjectStore leaves it to a client where an access point is", async () => {
  const arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";
  const hosts: string[] = [];
  const client = new S3Client({
    region: "eu-west-1",
    credentials: KEYS,
    maxAttempts: 1,
    requestHandler: {
      handle(request: { hostname: string }) {
        hosts.push(request.hostname);
        const headers = { "content-length": "5", etag: '"e"' };
        return Promise.resolve({ response: { statusCode: 200, headers } });
      },
    } as never,
  });
  await using store = new S3ObjectStore({ bucket: arn, client });
  assertEquals(await store.getObjectSize("a"), 5);
  assertEquals(hosts, [
    "mine-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
  ]);
  assertEquals(store.getUri("a"), `s3://${arn}/a`);
  assertThrows(
    () => new S3ObjectStore({ bucket: arn, credentials: KEYS }),
    TypeError,
    "must be the name of a bucket",
  );
  client.destroy();
});
