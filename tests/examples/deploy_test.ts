import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { IncomingMessage } from "node:http";
import { findFreePort } from "../../tools/servers/process.ts";
import { startS3rver } from "../../tools/servers/s3rver.ts";
import { sendSigned } from "../../tools/servers/signed_request.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";
import { S3Server } from "../s3_protocol/s3_server.ts";

const MIB = 2 ** 20;
const EXAMPLE = new URL("../../examples/deploy.ts", import.meta.url).pathname;

/** The bucket that an example works on. */
interface Place {
  readonly url: string;
  readonly bucket: string;
  readonly region?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** The example, as a process of its own that may write no file. */
async function startExample(place: Place) {
  const port = findFreePort();
  const { accessKeyId = "key", secretAccessKey = "secret" } =
    place.credentials ?? {};
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--quiet", "--no-prompt"],
      ...["--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
      ...JSON.parse(Deno.env.get("STOREKIT_DENO_ARGS") ?? "[]"),
      EXAMPLE,
    ],
    env: {
      PORT: String(port),
      STORE: `s3://${place.bucket}/kept`,
      S3_ENDPOINT: place.url,
      AWS_REGION: place.region ?? "us-east-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  // It says that it listens, or ends.
  await reader.read();
  const ended = child.status;
  return {
    child,
    ended,
    stderr,
    url: `http://127.0.0.1:${port}/objects`,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await ended;
      await reader.cancel();
      await stderr;
    },
  };
}

/** The most memory that a process has had so far, in MiB; 0 where the system does not tell. */
async function peakMemory(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
}

async function see(response: Promise<Response>) {
  const { status, headers, body } = await response;
  return { status, headers, bytes: await new Response(body).bytes() };
}

Deno.test("examples/deploy.ts keeps, gives back and removes what it is sent", async () => {
  await using server = await startS3rver();
  await using example = await startExample(server);
  const { url } = example;
  const bytes = new Uint8Array(20 * MIB + 7);
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = at / 4096;
  const name = "runs/a%20b";
  const put = await see(
    fetch(`${url}/${name}`, { method: "PUT", body: bytes }),
  );
  assertEquals(put.status, 204);
  const path = `/${server.bucket}/kept/runs/a b`;
  assertEquals((await sendSigned(server, { path })).bytes, bytes);
  const got = await see(fetch(`${url}/${name}`));
  assertEquals([got.status, got.bytes], [200, bytes]);
  const head = await see(fetch(`${url}/${name}`, { method: "HEAD" }));
  assertEquals([head.status, head.headers.get("content-length")], [
    ...[200, `${bytes.length}`],
  ]);
  for (
    const [range, from, to] of [
      ["bytes=0-0", 0, 1],
      ["bytes=5-999", 5, 1000],
      [`bytes=${bytes.length - 2}-`, bytes.length - 2, bytes.length],
      ["bytes=-3", bytes.length - 3, bytes.length],
      [`bytes=9-${2 ** 40}`, 9, bytes.length],
    ] as const
  ) {
    const piece = await see(
      fetch(`${url}/${name}`, { headers: { range } }),
    );
    assertEquals(
      [piece.status, piece.headers.get("content-range")],
      [206, `bytes ${from}-${to - 1}/${bytes.length}`],
    );
    assertEquals(piece.bytes, bytes.slice(from, to));
  }
  for (const range of ["bytes=5-1", "bytes=-", "lines=1-2", "bytes=0-1,4-5"]) {
    const whole = await see(fetch(`${url}/${name}`, { headers: { range } }));
    assertEquals([whole.status, whole.bytes.length], [200, bytes.length]);
  }
  const beyond = await see(
    fetch(`${url}/${name}`, { headers: { range: `bytes=${bytes.length}-` } }),
  );
  assertEquals([beyond.status, beyond.headers.get("content-range")], [
    ...[416, `bytes */${bytes.length}`],
  ]);
  const empty = await see(fetch(`${url}/empty`, { method: "PUT" }));
  assertEquals(empty.status, 204);
  assertEquals((await see(fetch(`${url}/empty`))).bytes.length, 0);

  const remove = () => see(fetch(`${url}/${name}`, { method: "DELETE" }));
  assertEquals((await remove()).status, 204);
  assertEquals((await remove()).status, 204);
  const missing = await see(fetch(`${url}/${name}`));
  assertEquals([missing.status, new TextDecoder().decode(missing.bytes)], [
    ...[404, "OBJECT_NOT_FOUND"],
  ]);
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
});

Deno.test("examples/deploy.ts answers what it does not do", async () => {
  await using server = await S3Server.start();
  await using example = await startExample({
    url: server.url,
    bucket: "bucket",
  });
  const { url } = example;
  for (
    const [path, method, status] of [
      ["/%E0%A4", "GET", 400],
      ["/a//b", "GET", 400],
      ["/a%00", "PUT", 400],
      ["/", "GET", 404],
      ["/none", "HEAD", 404],
      ["/a", "POST", 405],
      ["/a", "PATCH", 405],
    ] as const
  ) {
    const answer = await see(
      fetch(url + path, {
        method,
        ...method === "GET" || method === "HEAD" ? {} : { body: "x" },
      }),
    );
    assertEquals([path, method, answer.status], [path, method, status]);
    if (status === 405) {
      assertEquals(answer.headers.get("allow"), "GET, HEAD, PUT, DELETE");
    }
  }
  server.intercept = (_, response) => {
    response.writeHead(503, { "retry-after": "60" }).end();
    return true;
  };
  assertEquals((await see(fetch(`${url}/a`))).status, 503);
});

Deno.test("examples/deploy.ts says at its start that it cannot work", async () => {
  await using server = await S3Server.start();
  await using example = await startExample({
    url: server.url,
    bucket: "other",
  });
  assertEquals((await example.ended).success, false);
  assertStringIncludes(await example.stderr, "create it");
});

Deno.test("examples/deploy.ts sends the first byte of 512 MiB long before the last, and holds little of it", async () => {
  const size = 512 * MIB;
  await using server = await S3Server.start();
  const gate = Promise.withResolvers<void>();
  const chunk = new Uint8Array(MIB);
  server.intercept = async (request, response) => {
    if (request.is("UploadPart")) {
      for await (const _ of response.req as AsyncIterable<Uint8Array>);
      response.writeHead(200, { etag: '"part"' }).end();
      return true;
    }
    if (request.is("CompleteMultipartUpload")) {
      response.end("<R><ETag>x</ETag></R>");
      return true;
    }
    if (!request.is("GetObject") || !request.url.endsWith("/large")) {
      return false;
    }
    response.writeHead(200, { "content-length": size, etag: '"v1"' });
    response.write(chunk);
    await gate.promise;
    for (let sent = MIB; sent < size; sent += MIB) {
      if (response.write(chunk)) continue;
      await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
    return true;
  };
  await using example = await startExample({
    url: server.url,
    bucket: "bucket",
  });
  const response = await fetch(`${example.url}/large`);
  const reader = response.body!.getReader();
  let count = (await reader.read()).value!.length;
  assert(count <= MIB);
  // Nothing more has been sent by then.
  gate.resolve();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    count += value.length;
  }
  assertEquals(count, size);

  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent === size) return controller.close();
      controller.enqueue(chunk);
      sent += MIB;
    },
  });
  const put = await see(
    fetch(`${example.url}/large`, { method: "PUT", body }),
  );
  assertEquals(put.status, 204);
  const peak = await peakMemory(example.child.pid);
  assert(peak < 300, `${peak} MiB`);
});

Deno.test("examples/deploy.ts lets go of the bucket when the client of a GET goes away", async () => {
  await using server = await S3Server.start();
  const closed = Promise.withResolvers<void>();
  server.intercept = (request, response) => {
    if (!request.is("GetObject") || !request.url.endsWith("/a")) return false;
    (response.req as IncomingMessage).socket.on(
      "close",
      () => closed.resolve(),
    );
    response.writeHead(200, { "content-length": 10 * MIB, etag: '"v1"' });
    response.write(new Uint8Array(MIB));
    return true;
  };
  await using example = await startExample({
    url: server.url,
    bucket: "bucket",
  });
  const response = await fetch(`${example.url}/a`);
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  await closed.promise;
});

Deno.test("examples/deploy.ts stores nothing when the client of a PUT goes away", async () => {
  await using server = await startS3rver();
  await using example = await startExample(server);
  const { url } = example;
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  let isSent = false;
  const body = new ReadableStream({
    pull(stream) {
      if (isSent) {
        begun.resolve();
        // Nothing more comes.
        return new Promise(() => {});
      }
      stream.enqueue(new Uint8Array(65_536));
      isSent = true;
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
  const put = await see(fetch(`${url}/other`, { method: "PUT", body: "x" }));
  assertEquals(put.status, 204);
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
  const { status } = await sendSigned(server, {
    path: `/${server.bucket}/kept/gone`,
  });
  assertEquals(status, 404);
});

Deno.test("examples/deploy.ts ends uploads that do not end by themselves on SIGINT, and leaves nothing", async () => {
  await using server = await startS3rver();
  await using example = await startExample(server);
  let sent = 0;
  const body = new ReadableStream({
    pull(stream) {
      if (sent === 24) return new Promise(() => {});
      stream.enqueue(new Uint8Array(MIB));
      sent++;
    },
  });
  const putting = fetch(`${example.url}/stopped`, { method: "PUT", body })
    .then((response) => response.body?.cancel(), () => {});
  // As soon as the upload to the bucket has begun.
  while ((await listUnfinishedUploads(server)).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  example.child.kill("SIGINT");
  assertEquals((await example.ended).code, 0);
  await putting;
  assertEquals(await listUnfinishedUploads(server), []);
  const path = `/${server.bucket}/kept/stopped`;
  assertEquals((await sendSigned(server, { path })).status, 404);
});
