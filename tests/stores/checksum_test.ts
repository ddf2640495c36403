import { assertEquals, assertMatch } from "@std/assert";
import { encodeCrc32 } from "../../src/s3_protocol/checksum.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import { sendSigned } from "../../tools/servers/signed_request.ts";

/** Servers that take whatever comes: `README.md` says so. */
const BLIND = ["s3rver"];

for (const name of await findServers()) {
  const verb = BLIND.includes(name) ? "takes" : "refuses";
  Deno.test(`${name} ${verb} a body with a wrong CRC-32 or Content-MD5`, async () => {
    await using server = await startServer(name);
    const path = `/${server.bucket}/object`;
    const wrong = [
      { "x-amz-checksum-crc32": encodeCrc32(12345) },
      { "content-md5": btoa("0123456789abcdef") },
    ];
    for (const headers of wrong) {
      const answer = await sendSigned(server, {
        method: "PUT",
        path,
        body: "some bytes",
        headers,
      });
      assertEquals(answer.status, BLIND.includes(name) ? 200 : 400);
      if (BLIND.includes(name)) continue;
      assertMatch(
        answer.text,
        /<Code>(BadDigest|XAmzContentChecksumMismatch|InvalidRequest)</,
      );
      assertEquals((await sendSigned(server, { path })).status, 404);
    }

    const begun = await sendSigned(server, {
      method: "POST",
      path,
      query: { uploads: "" },
      headers: { "x-amz-checksum-algorithm": "CRC32" },
    });
    const uploadId = begun.text.match(/<UploadId>(.*?)</)?.[1] ?? "";
    const part = await sendSigned(server, {
      method: "PUT",
      path,
      query: { uploadId, partNumber: "1" },
      body: "some bytes",
      headers: { "x-amz-checksum-crc32": encodeCrc32(12345) },
    });
    assertEquals(part.status, BLIND.includes(name) ? 200 : 400, part.text);
  });
}
