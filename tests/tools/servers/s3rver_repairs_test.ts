import { assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
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

Deno.test("s3rver, repaired, puts parts together in order, with the ETag of S3", async () => {
  await using server = await startS3rver();
  const path = `/${server.bucket}/object`;
  const begun = await sendSigned(server, {
    method: "POST",
    path,
    query: { uploads: "" },
  });
  const uploadId = begun.text.match(/<UploadId>(.*?)</)?.[1] ?? "";
  // The last comes first, and the second is as large as what is not written at once.
  const bodies = ["a".repeat(9), "b".repeat(300_000), "c"];
  const etags = bodies.map((body) =>
    createHash("md5").update(body).digest("hex")
  );
  for (const number of [3, 1, 2]) {
    const body = bodies[number - 1] ?? "";
    const query = { uploadId, partNumber: `${number}` };
    const part = { method: "PUT", path, query, body } as const;
    const { status, headers } = await sendSigned(server, part);
    assertEquals(status, 200);
    assertEquals(headers.get("etag"), `"${etags[number - 1]}"`);
  }
  const list = etags.map((etag, i) =>
    `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`
  );
  const body = `<CompleteMultipartUpload>${
    list.join("")
  }</CompleteMultipartUpload>`;
  const complete = { method: "POST", path, query: { uploadId }, body } as const;
  assertEquals((await ask(server, complete))[0], 200);
  assertEquals((await ask(server, complete))[0], 404);
  const { text, headers } = await sendSigned(server, { path });
  assertEquals(text, bodies.join(""));
  const whole = createHash("md5").update(etags.join(""), "hex").digest("hex");
  assertEquals(headers.get("etag"), `"${whole}-3"`);
});

Deno.test("s3rver, repaired, gives the same headers after a kill, a copy too, and of a range and of nothing what S3 gives", async () => {
  await using server = await startS3rver();
  const put = async (name: string, body: string, headers = {}) => {
    const path = `/${server.bucket}/${name}`;
    return await ask(server, { method: "PUT", path, body, headers });
  };
  await put("object", "0123456789", { "content-type": "text/x" });
  await put("nothing", "");
  const source = { "x-amz-copy-source": `/${server.bucket}/object` };
  assertEquals((await put("copy", "", source))[0], 200);
  const get = async (name: string, range?: string) => {
    const { status, text, headers } = await sendSigned(server, {
      path: `/${server.bucket}/${name}`,
      headers: range === undefined ? {} : { range },
    });
    const shown = ["content-type", "etag", "content-range"].map((header) =>
      headers.get(header)
    );
    return [status, status < 400 ? text : "", ...status < 400 ? shown : []];
  };
  const etag = `"${createHash("md5").update("0123456789").digest("hex")}"`;
  await server.restart();
  for (const name of ["object", "copy"]) {
    const whole = [200, "0123456789", "text/x", etag, null];
    assertEquals(await get(name), whole);
    const [, , ...headers] = await get(name, "bytes=0-0");
    assertEquals(headers, ["text/x", etag, "bytes 0-0/10"]);
    assertEquals((await get(name, "bytes=0-0")).slice(0, 2), [206, "0"]);
    assertEquals((await get(name, "bytes=7-"))[1], "789");
    assertEquals(await get(name, "bytes=10-"), [416, ""]);
  }
  assertEquals((await get("nothing")).slice(0, 2), [200, ""]);
  assertEquals(await get("nothing", "bytes=0-0"), [416, ""]);
});

async function ask(
  server: TestServer,
  request: SignedRequest,
): Promise<[status: number, text: string]> {
  const { status, text } = await sendSigned(server, request);
  return [status, text];
}
