import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  InvalidObjectNameError,
  ObjectNotFoundError,
  ObjectStorePermissionError,
} from "../../mod.ts";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";
import { KEYS } from "../s3/store_on_server.ts";

const CHILD = new URL("credentials_main.ts", import.meta.url);

Deno.test("MinioObjectStore refuses the names that MinIO makes others of", async () => {
  await using store = new MinioObjectStore({
    endpoint: "http://127.0.0.1:1",
    bucket: "bucket",
    credentials: KEYS,
  });
  const names = ["a__XLDIR__", "__XLDIR__/b", "a\\..\\b", "..\\x", "a/ .. /b"];
  names.push("é".repeat(128), "a//b", "/a", "a/", ".", "a/../b", "a\u0001");
  for (const name of names) {
    assertThrows(() => store.getUri(name), InvalidObjectNameError);
  }
  for (const name of ["a\\b", "__XLDIR__x", "...", "a..b", "é".repeat(127)]) {
    assertEquals(store.getUri(name), `s3://bucket/${name}`);
  }
});

Deno.test("MinioObjectStore checks its options", () => {
  const options = { endpoint: "http://127.0.0.1:1", bucket: "bucket" };
  const { endpoint: _, ...without } = options;
  assertThrows(() => new MinioObjectStore(without), TypeError, "endpoint");
  const client = { makeRequestStreamAsync: () => Promise.reject() };
  for (const own of [options, { ...without, credentials: KEYS }]) {
    assertThrows(
      () => new MinioObjectStore({ ...own, client }),
      TypeError,
      "must not be given beside 'client'",
    );
  }
  assertThrows(
    () => new MinioObjectStore({ ...without, client: {} as never }),
    TypeError,
    "must be a client of minio",
  );
  assertThrows(
    () => new MinioObjectStore({ ...options, accessKey: "secret" } as never),
    TypeError,
    "the option 'accessKey' is unknown: current value is not shown",
  );
});

Deno.test("MinioObjectStore asks a credential provider before each request", async () => {
  await using server = await S3Server.start();
  let asked = 0;
  await using store = new MinioObjectStore({
    endpoint: server.url,
    bucket: "bucket",
    credentials: {
      getCredentials() {
        asked++;
        return Promise.resolve({
          getAccessKey: () => `key-${asked}`,
          getSecretKey: () => "secret",
          getSessionToken: () => "token",
        });
      },
    },
  });
  server.set("a", new Uint8Array(3));
  for (let round = 1; round <= 2; round++) {
    assertEquals(await store.getObjectSize("a"), 3);
    const { headers } = server.seen.at(-1)!;
    assert(headers.authorization?.includes(`Credential=key-${round}/`));
    assertEquals(headers["x-amz-security-token"], "token");
  }
});

Deno.test("MinioObjectStore finds keys in the environment", async () => {
  const variables = [
    { MINIO_ACCESS_KEY: "one", MINIO_SECRET_KEY: "x" },
    { MINIO_ROOT_USER: "two", MINIO_ROOT_PASSWORD: "x" },
    { AWS_ACCESS_KEY_ID: "three", AWS_SECRET_ACCESS_KEY: "x" },
  ];
  for (const env of variables) {
    const [accessKeyId] = Object.values(env);
    assertEquals(await findKeys(env), `found ${accessKeyId}`);
  }
});

Deno.test("MinioObjectStore finds the keys of a role by minio", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () =>
      Response.json({
        Code: "Success",
        AccessKeyID: "of a role",
        SecretAccessKey: "x",
        Token: "t",
        Expiration: "2999-01-01T00:00:00Z",
      }),
  );
  const { port } = server.addr;
  const url = `http://127.0.0.1:${port}/keys`;
  assertEquals(
    (await findKeys({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }))
      .startsWith("found "),
    true,
  );
});

Deno.test("MinioObjectStore says that there are no credentials", async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/" };
  assertEquals(await findKeys(env), "PERMISSION_DENIED");
});

/** Opens a store without credentials in a process with these variables, and says what it found. */
async function findKeys(env: Record<string, string>): Promise<string> {
  await using server = await S3Server.start();
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      ...[CHILD.href, server.url],
    ],
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      ...env,
    },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  if (text !== "OBJECT_NOT_FOUND") {
    return text || new TextDecoder().decode(stderr);
  }
  const { authorization = "" } = server.seen[0]?.headers ?? {};
  return `found ${authorization.match(/Credential=([^/]*)/)?.[1]}`;
}

Deno.test("MinioObjectStore says why it was refused", async () => {
  await using server = await S3Server.start();
  server.intercept = (_, response) => {
    response.writeHead(403).end();
    return true;
  };
  await using store = new MinioObjectStore({
    endpoint: server.url,
    bucket: "bucket",
    credentials: KEYS,
  });
  await assertRejects(
    () => store.getObjectSize("a"),
    ObjectStorePermissionError,
  );
  server.intercept = undefined;
  await assertRejects(() => store.getObjectSize("a"), ObjectNotFoundError);
});
