import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { findFreePort } from "../../tools/servers/process.ts";
import { startS3rver } from "../../tools/servers/s3rver.ts";
import { sendSigned } from "../../tools/servers/signed_request.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";

const EXAMPLE = fromFileUrl(
  new URL("../../examples/deploy.ts", import.meta.url),
);

/** The example, as a process of its own, on an embedded server. */
async function startExample() {
  const server = await startS3rver();
  const directory = await makeTemporaryDirectory();
  const port = findFreePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      EXAMPLE,
    ],
    env: {
      PORT: String(port),
      TMPDIR: directory.path,
      S3_ENDPOINT: server.url,
      S3_BUCKET: server.bucket,
      AWS_REGION: server.region,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // It says that it listens.
  const reader = child.stdout.getReader();
  await reader.read();
  const ended = child.status;
  return {
    server,
    directory,
    child,
    ended,
    url: `http://127.0.0.1:${port}/objects`,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await ended;
      await reader.cancel();
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

Deno.test("examples/deploy.ts keeps and gives back what it is sent", async () => {
  await using example = await startExample();
  const { url, directory, server } = example;
  const bytes = new Uint8Array(20 * 2 ** 20 + 7);
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = at / 4096;
  const put = await fetch(`${url}/runs/a%20b`, { method: "PUT", body: bytes });
  assertEquals(put.status, 204);
  const path = `/${server.bucket}/runs/a b`;
  assertEquals((await sendSigned(server, { path })).bytes, bytes);
  const got = await fetch(`${url}/runs/a%20b`);
  assertEquals(await got.bytes(), bytes);

  const missing = await fetch(`${url}/missing`);
  assertEquals([missing.status, await missing.text()], [
    404,
    "OBJECT_NOT_FOUND",
  ]);
  const odd = await fetch(`${url}/a//b`);
  assertEquals(odd.status, 400);
  await odd.body?.cancel();
  assertEquals(await directory.list(), []);
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
});

Deno.test("examples/deploy.ts stops when the client goes away", async () => {
  await using example = await startExample();
  const { url, directory, server } = example;
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  const body = new ReadableStream({
    pull(stream) {
      stream.enqueue(new Uint8Array(65_536));
      begun.resolve();
      // Nothing more comes.
      return new Promise(() => {});
    },
  }, { highWaterMark: 0 });
  const putting = fetch(`${url}/gone`, {
    method: "PUT",
    body,
    signal: controller.signal,
  });
  await begun.promise;
  controller.abort(new Error("gone"));
  assert(await putting.catch((error) => error) instanceof Error);
  // It goes on for others.
  const put = await fetch(`${url}/other`, { method: "PUT", body: "x" });
  assertEquals(put.status, 204);
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
  assertEquals(await directory.list(), []);
  const { status } = await sendSigned(server, {
    path: `/${server.bucket}/gone`,
  });
  assertEquals(status, 404);
});

Deno.test("examples/deploy.ts aborts uploads on SIGINT and leaves nothing", async () => {
  await using example = await startExample();
  const { url, directory, server } = example;
  const bytes = new Uint8Array(64 * 2 ** 20 + 7);
  const putting = fetch(`${url}/stopped`, { method: "PUT", body: bytes })
    .then((response) => response.body?.cancel(), () => {});
  // As soon as the upload to the bucket has begun.
  while ((await listUnfinishedUploads(server)).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
  await putting;
  assertEquals(await listUnfinishedUploads(server), []);
  assertEquals(await directory.list(), []);
  const path = `/${server.bucket}/stopped`;
  assertEquals((await sendSigned(server, { path })).status, 404);
});
