import { assertEquals, assertMatch } from "@std/assert";
import { startS3rver } from "../../../tools/servers/s3rver.ts";
import type { TestServer } from "../../../tools/servers/server.ts";
import {
  sendSigned,
  type SignedRequest,
} from "../../../tools/servers/signed_request.ts";

Deno.test("s3rver, repaired, keeps the old object when an upload breaks off", async () => {
  await using server = await startS3rver();
  const path = `/${server.bucket}/object`;
  await ask(server, { method: "PUT", path, body: "the old bytes" });
  const { hostname, port } = new URL(server.url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `PUT ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 1000\r\n` +
      "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n\r\nnew bytes",
  ));
  connection.close();
  // It answers the next request after it has seen the end of this one.
  for (let round = 0; round < 3; round++) {
    assertEquals(await ask(server, { path }), [200, "the old bytes"]);
  }
});

Deno.test("s3rver, repaired, honours If-Match", async () => {
  await using server = await startS3rver();
  const path = `/${server.bucket}/object`;
  await ask(server, { method: "PUT", path, body: "old" });
  const { headers } = await sendSigned(server, { path });
  const condition = { "if-match": headers.get("etag") ?? "" };
  assertEquals(await ask(server, { path, headers: condition }), [200, "old"]);
  await ask(server, { method: "PUT", path, body: "new" });
  const [status, text] = await ask(server, { path, headers: condition });
  assertEquals(status, 412);
  assertMatch(text, /<Code>PreconditionFailed<\/Code>/);
});

Deno.test("s3rver, repaired, lists page by page in order, with encoded names", async () => {
  await using server = await startS3rver();
  const keys = ["a", "a b", "a-c", "a/b", "a/b/c", "é", "😀", "\u0001"];
  for (const key of keys) {
    const path = `/${server.bucket}/${key}`;
    await ask(server, { method: "PUT", path, body: key });
  }
  const found: string[] = [];
  let token = "";
  do {
    const query = {
      "list-type": "2",
      "encoding-type": "url",
      "max-keys": "3",
      ...token ? { "continuation-token": token } : {},
    };
    const [, text] = await ask(server, { path: `/${server.bucket}`, query });
    found.push(
      ...[...text.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) =>
        decodeURIComponent(key ?? "")
      ),
    );
    token = text.match(/<NextContinuationToken>(.*?)</)?.[1] ?? "";
  } while (token);
  const encoder = new TextEncoder();
  const order = (key: string) => encoder.encode(key).toHex();
  assertEquals(found, keys.sort((a, b) => order(a) < order(b) ? -1 : 1));
});

Deno.test("s3rver, repaired, lists what begins with a prefix, and nothing for one that no key has", async () => {
  await using server = await startS3rver();
  for (const key of ["a", "a/b", "a/bc/d", "a/c", "ab", "b/c"]) {
    const path = `/${server.bucket}/${key}`;
    await ask(server, { method: "PUT", path, body: key });
  }
  const expected: Record<string, string[]> = {
    "": ["a", "a/b", "a/bc/d", "a/c", "ab", "b/c"],
    "a": ["a", "a/b", "a/bc/d", "a/c", "ab"],
    "a/": ["a/b", "a/bc/d", "a/c"],
    "a/b": ["a/b", "a/bc/d"],
    "a/bc/": ["a/bc/d"],
    "a/b/": [],
    "a//": [],
    "./a": [],
    "b/../a/": [],
    "none/": [],
    [`${"x".repeat(300)}/`]: [],
    "a._S3rver_object/": [],
  };
  const found: Record<string, string[]> = {};
  for (const prefix of Object.keys(expected)) {
    const query = { "list-type": "2", prefix };
    const [, text] = await ask(server, { path: `/${server.bucket}`, query });
    found[prefix] = [...text.matchAll(/<Key>(.*?)<\/Key>/g)]
      .map(([, key = ""]) => key);
  }
  assertEquals(found, expected);
});

Deno.test("s3rver, repaired, refuses what it would store in a wrong way", async () => {
  await using server = await startS3rver();
  const long = `/${server.bucket}/${"x".repeat(250)}`;
  const [status, text] = await ask(server, {
    method: "PUT",
    path: long,
    body: "x",
  });
  assertEquals(status, 400);
  assertMatch(text, /<Code>KeyTooLongError<\/Code>/);
  const unknown = await ask(server, {
    method: "PUT",
    path: `/${server.bucket}/object`,
    query: { uploadId: "unknown", partNumber: "1" },
    body: "x",
  });
  assertEquals(unknown[0], 404);
  assertMatch(unknown[1], /<Code>NoSuchUpload<\/Code>/);
});

async function ask(
  server: TestServer,
  request: SignedRequest,
): Promise<[status: number, text: string]> {
  const { status, text } = await sendSigned(server, request);
  return [status, text];
}
