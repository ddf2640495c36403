import { assert, assertEquals, assertRejects } from "@std/assert";
import http from "node:http";
import { Client, IamAwsProvider } from "minio";
import {
  BucketNotFoundError,
  ObjectNotFoundError,
  ObjectStorePermissionError,
  ObjectStoreTransientError,
} from "../../mod.ts";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3Server, sendError } from "../s3_protocol/s3_server.ts";
import { bytesOf, KEYS, PART_SIZE } from "../s3/store_on_server.ts";

/** A store through a client of its own, with an agent of its own. */
async function open(
  { bucket = "bucket", region = "us-east-1", timeout = 30_000 } = {},
) {
  const server = await S3Server.start();
  const directory = await Deno.makeTempDir();
  const agent = new http.Agent({ keepAlive: true });
  const { hostname, port } = new URL(server.url);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: KEYS.accessKeyId,
    secretKey: KEYS.secretAccessKey,
    sessionToken: KEYS.sessionToken,
    transportAgent: agent,
    ...region === "" ? {} : { region },
  });
  const store = new MinioObjectStore({
    client,
    bucket,
    prefix: "p",
    partSize: PART_SIZE,
    timeout,
  });
  return {
    server,
    store,
    client,
    path: (name: string) => `${directory}/${name}`,
    async write(name: string, size: number) {
      const bytes = bytesOf(size);
      await Deno.writeFile(`${directory}/${name}`, bytes);
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      agent.destroy();
      await server[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test("MinioObjectStore has a given client sign everything", async () => {
  await using at = await open();
  for (const size of [0, 70_000, 2 * PART_SIZE + 1]) {
    const bytes = await at.write("source", size);
    await at.store.uploadObject("a +é'", at.path("source"));
    assertEquals(at.server.objects.get("p/a +é'")?.bytes, bytes);
    assertEquals(await at.store.getObjectSize("a +é'"), size);
    const copy = at.path("copy");
    await at.store.downloadObject("a +é'", copy, { overwrite: true });
    assertEquals(await Deno.readFile(copy), bytes);
  }
  assertEquals(await Array.fromAsync(at.store.listObjects()), ["a +é'"]);
  assertEquals(at.server.uploads.size, 0);
  for (const { headers } of at.server.seen) {
    assert(headers["user-agent"]?.startsWith("MinIO "), "not by the client");
    assertEquals(headers["x-amz-security-token"], KEYS.sessionToken);
  }
});

Deno.test("MinioObjectStore sends large bodies in parts and takes them in ranges through a client", async () => {
  await using at = await open();
  const bytes = await at.write("source", 40 * 2 ** 20 + 1);
  await at.store.uploadObject("a", at.path("source"));
  at.server.isSlow = true;
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
  const parts = at.server.seen.filter((request) => request.is("UploadPart"));
  assertEquals(parts.length, 9);
  assert(parts.every(({ headers }) => headers["x-amz-checksum-crc32"]));
  assert(at.server.seen.some(({ headers }) => headers["if-match"]));
});

Deno.test("MinioObjectStore leaves a given client as it was", async () => {
  await using at = await open();
  const before = Object.entries(at.client);
  await at.write("source", 10);
  await at.store.uploadObject("a", at.path("source"));
  await assertRejects(() => at.store.getObjectSize("b"), ObjectNotFoundError);
  await at.store.close();
  assertEquals(Object.entries(at.client), before);
  // It still works.
  const stat = await at.client.statObject("bucket", "p/a");
  assertEquals(stat.size, 10);
});

Deno.test("MinioObjectStore sees statuses and codes that a client would lose", async () => {
  await using at = await open();
  await at.write("source", 10);
  for (const status of [503, 429, 500]) {
    at.server.intercept = (_, response) => {
      sendError(response, status, "SlowDown");
      return true;
    };
    const error = await assertRejects(
      () => at.store.uploadObject("a", at.path("source")),
      ObjectStoreTransientError,
    );
    assert(error.message.includes(`status ${status}`), error.message);
  }
  // Three attempts each, none of them the client's.
  assertEquals(at.server.seen.length, 9);
  at.server.intercept = (_, response) => {
    sendError(response, 403, "AccessDenied");
    return true;
  };
  await assertRejects(
    () => at.store.uploadObject("a", at.path("source")),
    ObjectStorePermissionError,
  );
});

Deno.test("MinioObjectStore aborts a request of a client, which is not sent again", async () => {
  await using at = await open();
  await at.write("source", 6_000);
  await at.store.uploadObject("a", at.path("source"));
  const arrived = Promise.withResolvers<void>();
  at.server.intercept = () => {
    arrived.resolve();
    return true;
  };
  const controller = new AbortController();
  const uploading = at.store.uploadObject("b", at.path("source"), {
    signal: controller.signal,
  });
  await arrived.promise;
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await uploading.catch((error) => error), reason);
  at.server.intercept = undefined;
  // Whatever was under way has come by now, as this goes over a connection of its own.
  assertEquals(await at.store.getObjectSize("a"), 6_000);
  await assertRejects(() => at.store.getObjectSize("b"), ObjectNotFoundError);
  const puts = at.server.seen.filter(({ url }) => url.endsWith("/p/b"))
    .filter(({ method }) => method === "PUT");
  assertEquals(puts.length, 1);
});

Deno.test("MinioObjectStore ends a silent request of a client as transient", async () => {
  await using at = await open({ timeout: 200 });
  at.server.intercept = () => true;
  await assertRejects(
    () => at.store.getObjectSize("a"),
    ObjectStoreTransientError,
  );
  assertEquals(at.server.seen.length, 1);
});

Deno.test("MinioObjectStore asks where the bucket is when a client does not know", async () => {
  await using at = await open({ region: "" });
  let asked = 0;
  at.server.intercept = ({ query }, response) => {
    if (!query.has("location")) return false;
    asked++;
    if (asked === 1) {
      sendError(response, 503, "SlowDown");
      return true;
    }
    response.end(
      "<LocationConstraint xmlns='x'>eu-central-1</LocationConstraint>",
    );
    return true;
  };
  at.server.set("p/a", new Uint8Array(3));
  // After a failure it goes on as the client does.
  assertEquals(await at.store.getObjectSize("a"), 3);
  assertEquals(asked, 1);
  at.server.seen.length = 0;
  assertEquals(await at.store.getObjectSize("a"), 3);
  assertEquals(await at.store.getObjectSize("a"), 3);
  assertEquals(asked, 2);
  const [first, ...others] = at.server.seen;
  assert(first?.headers.authorization?.includes("/us-east-1/s3/"));
  assert(others.length > 0);
  for (const { headers, query } of others) {
    assert(headers.authorization?.includes("/eu-central-1/s3/"));
    assert(!query.has("location"), "asked twice");
  }
});

Deno.test("MinioObjectStore tells a missing bucket through a client", async () => {
  await using at = await open({ bucket: "missing" });
  await assertRejects(() => at.store.getObjectSize("a"), BucketNotFoundError);
});

Deno.test("MinioObjectStore shows no key of a client's provider that the service repeats", async () => {
  await using server = await S3Server.start();
  const { hostname, port } = new URL(server.url);
  const agent = new http.Agent();
  const keys = {
    getAccessKey: () => KEYS.accessKeyId,
    getSecretKey: () => KEYS.secretAccessKey,
    getSessionToken: () => KEYS.sessionToken,
  };
  class Provider extends IamAwsProvider {
    override getCredentials() {
      return Promise.resolve(keys as never);
    }
  }
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    transportAgent: agent,
    region: "us-east-1",
    // Until it is asked, there are others.
    accessKey: "before",
    secretKey: "secret before",
    credentialsProvider: new Provider({}),
  });
  await using store = new MinioObjectStore({ client, bucket: "bucket" });
  server.intercept = ({ headers }, response) => {
    assertEquals(headers["x-amz-security-token"], KEYS.sessionToken);
    response.writeHead(400, { "content-type": "application/xml" });
    response.end(
      `<Error><Code>Odd</Code><Message>told ${KEYS.sessionToken} ${KEYS.secretAccessKey}</Message></Error>`,
    );
    return true;
  };
  const directory = await Deno.makeTempDir();
  const error = await assertRejects(() =>
    store.downloadObject("a", `${directory}/copy`)
  );
  const texts = Deno.inspect(error, { depth: 20 });
  assert(texts.includes("[not shown]"), texts);
  assert(!texts.includes(KEYS.sessionToken), texts);
  assert(!texts.includes(KEYS.secretAccessKey), texts);
  agent.destroy();
  await Deno.remove(directory);
});
