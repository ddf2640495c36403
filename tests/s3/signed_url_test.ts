import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Client } from "minio";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { ObjectStoreClosedError } from "../../src/errors.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { FakeDate } from "./fake_date.ts";
import { KEYS } from "./store_on_server.ts";

const NAMES = ["a", "dir/b c", "ünï/('!*).txt", "a+b&c=d?e#f", "%41/~x"];
const METHODS = ["GET", "HEAD", "PUT", "DELETE"] as const;
const COMMANDS: Record<string, unknown> = {
  GET: GetObjectCommand,
  HEAD: HeadObjectCommand,
  PUT: PutObjectCommand,
  DELETE: DeleteObjectCommand,
};
const { sessionToken: _, ...LASTING } = KEYS;

/** The URL in parts, whose order does not matter. */
function partsOf(url: string): unknown {
  const { origin, pathname, searchParams } = new URL(url);
  return [origin, pathname, [...searchParams].sort()];
}

function makeClient(
  options: ConstructorParameters<typeof S3Client>[0] = {},
): S3Client {
  return new S3Client({
    region: "eu-central-1",
    credentials: KEYS,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...options,
  });
}

for (const credentials of [KEYS, LASTING]) {
  const kind = "sessionToken" in credentials ? "temporary" : "lasting";
  Deno.test(`getSignedUrl() of the S3 store is that of the SDK, with ${kind} keys`, async () => {
    using _date = new FakeDate();
    const client = makeClient({ credentials });
    await using store = new S3ObjectStore({
      bucket: "bucket",
      prefix: "p",
      region: "eu-central-1",
      credentials,
    });
    await using through = new S3ObjectStore({
      bucket: "bucket",
      prefix: "p",
      client,
    });
    for (const name of NAMES) {
      for (const method of METHODS) {
        const Command = COMMANDS[method] as typeof GetObjectCommand;
        const command = new Command({ Bucket: "bucket", Key: `p/${name}` });
        const expected = partsOf(
          await getSignedUrl(client, command, { expiresIn: 600 }),
        );
        for (const each of [store, through]) {
          const url = await each.getSignedUrl(name, { method, expiresIn: 600 });
          assertEquals(partsOf(url), expected);
        }
      }
    }
  });

  Deno.test(`getSignedUrl() of the MinIO store is that of its client, with ${kind} keys`, async () => {
    using _date = new FakeDate();
    const client = new Client({
      endPoint: "minio.test",
      port: 9000,
      useSSL: true,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      region: "us-east-1",
      ..."sessionToken" in credentials
        ? { sessionToken: KEYS.sessionToken }
        : {},
    });
    await using store = new MinioObjectStore({
      bucket: "bucket",
      endpoint: "https://minio.test:9000",
      credentials,
    });
    await using through = new MinioObjectStore({ bucket: "bucket", client });
    for (const name of NAMES) {
      for (const method of METHODS) {
        const expected = partsOf(
          await client.presignedUrl(method, "bucket", name, 600),
        );
        for (const each of [store, through]) {
          const url = await each.getSignedUrl(name, { method, expiresIn: 600 });
          assertEquals(partsOf(url), expected);
        }
      }
    }
  });
}

Deno.test("getSignedUrl() signs the media type, as the SDK does when it is told to", async () => {
  using _date = new FakeDate();
  const client = makeClient();
  await using store = new S3ObjectStore({
    bucket: "bucket",
    region: "eu-central-1",
    credentials: KEYS,
  });
  const command = new PutObjectCommand({
    Bucket: "bucket",
    Key: "a",
    ContentType: "image/jpeg",
  });
  const expected = await getSignedUrl(client, command, {
    expiresIn: 900,
    signableHeaders: new Set(["content-type"]),
  });
  const url = await store.getSignedUrl("a", {
    method: "PUT",
    contentType: "image/jpeg",
  });
  assertEquals(partsOf(url), partsOf(expected));
});

Deno.test("getSignedUrl() refuses what cannot be signed", async () => {
  await using store = new S3ObjectStore({
    bucket: "bucket",
    region: "eu-central-1",
    credentials: KEYS,
  });
  for (
    const [options, Class] of [
      [{ method: "POST" }, TypeError],
      [{ method: "get" }, TypeError],
      [{ expiresIn: 0 }, RangeError],
      [{ expiresIn: 604_801 }, RangeError],
      [{ expiresIn: 1.5 }, RangeError],
      [{ expiresIn: "60" }, TypeError],
      [{ contentType: "a/b" }, TypeError],
      [{ method: "PUT", contentType: "a\nb" }, TypeError],
      [{ expires: 5 }, TypeError],
      [null, TypeError],
    ] as const
  ) {
    await assertRejects(
      () => store.getSignedUrl("a", options as object),
      Class as typeof Error,
    );
  }
  await assertRejects(() => store.getSignedUrl(""), Error, "empty");
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => store.getSignedUrl("a", { signal })),
    reason,
  );
  await store.close();
  await assertRejects(() => store.getSignedUrl("a"), ObjectStoreClosedError);
});

Deno.test("getSignedUrl() tells that there are no credentials, and shows nothing of those that there are", async () => {
  await using store = new S3ObjectStore({
    bucket: "bucket",
    region: "eu-central-1",
    credentials: () =>
      Promise.reject(
        Object.assign(new Error("no"), { name: "CredentialsProviderError" }),
      ),
  });
  const error = await assertRejects(
    () => store.getSignedUrl("a"),
    Error,
    'Cannot sign a URL of "s3://bucket/a": no credentials were found',
  );
  assert(!Deno.inspect(error).includes("X-Amz"));
  const { client } = { client: { send: () => Promise.resolve({}) } };
  await using through = new S3ObjectStore({ bucket: "bucket", client });
  await assertRejects(() => through.getSignedUrl("a"), TypeError, "config");
});
