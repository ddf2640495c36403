import { assertEquals } from "@std/assert";
import { FaultProxy, gcsDialect } from "../../../conformance/mod.ts";
import { requestOf } from "./request_of.ts";
import { Service } from "./service.ts";

const JSON_UPLOAD = "/upload/storage/v1/b/bucket/o";
const SESSION = `${JSON_UPLOAD}?uploadType=resumable&name=a&upload_id=1`;

Deno.test("gcsDialect isCommit() and isDiscard() tell what a request of the JSON API does", () => {
  expectKinds([
    ["commit", `POST ${JSON_UPLOAD}?uploadType=media&name=a`],
    ["commit", `POST ${JSON_UPLOAD}?uploadType=multipart`],
    ["commit", "POST /storage/v1/b/bucket/o/a/compose"],
    ["commit", `PUT ${SESSION}`],
    ["commit", `PUT ${SESSION}`, "content-range: bytes 256-511/512"],
    ["commit", `PUT ${SESSION}`, "content-range: bytes 0-*/512"],
    ["commit", `PUT ${SESSION}`, "content-range: bytes 0-*/*"],
    ["other", `PUT ${SESSION}`, "content-range: bytes 0-255/512"],
    ["other", `PUT ${SESSION}`, "content-range: bytes 0-255/*"],
    ["other", `PUT ${SESSION}`, "content-range: bytes */512"],
    ["other", `PUT ${SESSION}`, "content-range: bytes */*"],
    ["discard", `DELETE ${SESSION}`],
    ["other", `POST ${JSON_UPLOAD}?uploadType=resumable&name=a`],
    ["other", "POST /storage/v1/b?project=p"],
    ["other", "GET /storage/v1/b/bucket/o/a?alt=media"],
    ["other", "GET /storage/v1/b/bucket/o?prefix=a"],
    ["other", "DELETE /storage/v1/b/bucket/o/a"],
  ]);
});

Deno.test("gcsDialect isCommit() and isDiscard() tell what a request of the XML API does", () => {
  expectKinds([
    ["commit", "PUT /bucket/a"],
    ["commit", "PUT /bucket/a?X-Goog-Signature=1&X-Goog-Expires=60"],
    ["commit", "POST /bucket/a?uploadId=1"],
    ["discard", "DELETE /bucket/a?uploadId=1"],
    ["other", "PUT /bucket/a?partNumber=1&uploadId=1"],
    ["other", "PUT /bucket/a?acl"],
    ["other", "PUT /bucket/a", "x-goog-copy-source: bucket/b"],
    ["other", "PUT /bucket"],
    ["other", "POST /bucket/a?uploads"],
    ["other", "GET /bucket/a"],
    ["other", "HEAD /bucket/a"],
    ["other", "DELETE /bucket/a"],
  ]);
});

Deno.test("gcsDialect says errors as the API that was asked does", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url, {
    dialect: gcsDialect,
  });
  await using _faults = proxy.inject({
    action: { kind: "status", status: 404, message: "no <such> object" },
  });
  const ask = async (path: string) => {
    const answer = await fetch(`${proxy.url}${path}`);
    return [answer.headers.get("content-type"), await answer.text()] as const;
  };

  const [type, document] = await ask("/storage/v1/b/bucket/o/a");
  assertEquals(type, "application/json; charset=UTF-8");
  const message = "no <such> object";
  assertEquals(JSON.parse(document), {
    error: {
      code: 404,
      message,
      errors: [{ message, domain: "global", reason: "notFound" }],
    },
  });

  const [, xml] = await ask("/bucket/a");
  assertEquals(xml.match(/<Code>(.*)<\/Code>/)?.[1], "NoSuchKey");
  assertEquals(
    xml.match(/<Message>(.*)<\/Message>/)?.[1],
    "no &#60;such&#62; object",
  );

  const media = await ask("/storage/v1/b/bucket/o/a?alt=media");
  assertEquals(media, ["text/html; charset=UTF-8", message]);
});

function expectKinds(
  requests: readonly (readonly [string, string, ...string[]])[],
): void {
  for (const [kind, line, ...headers] of requests) {
    const request = requestOf(line, ...headers);
    const found = gcsDialect.isCommit(request)
      ? "commit"
      : gcsDialect.isDiscard?.(request)
      ? "discard"
      : "other";
    assertEquals(found, kind, [line, ...headers].join(", "));
  }
}
