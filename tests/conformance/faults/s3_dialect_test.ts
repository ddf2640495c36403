import { assertEquals } from "@std/assert";
import { s3Dialect } from "../../../conformance/mod.ts";
import { requestOf } from "./request_of.ts";

Deno.test("s3Dialect isCommit() and isDiscard() tell what a request does", () => {
  const kinds = ["commit", "discard", "other"] as const;
  const requests: Record<typeof kinds[number], string[]> = {
    commit: [
      "PUT /bucket/a",
      "PUT /bucket/a/b%20c?x-id=PutObject",
      "PUT /bucket/a?X-Amz-Date=1&X-Amz-SignedHeaders=host&X-Amz-Signature=2",
      "POST /bucket/a?uploadId=1",
    ],
    discard: ["DELETE /bucket/a?uploadId=1&x-id=AbortMultipartUpload"],
    other: [
      "PUT /bucket",
      "PUT /bucket/",
      "PUT /bucket/a?partNumber=1&uploadId=1",
      "PUT /bucket/a?tagging",
      "PUT /bucket/a?tagging&X-Amz-Signature=2",
      "PUT /bucket/a copied",
      "POST /bucket/a?uploads",
      "POST /bucket?delete",
      "DELETE /bucket/a",
      "GET /bucket/a",
      "GET /bucket/a?uploadId=1",
      "HEAD /bucket/a",
    ],
  };
  for (const kind of kinds) {
    for (const line of requests[kind]) {
      const [method, target, copied] = line.split(" ");
      const headers = copied ? ["x-amz-copy-source: /b/c"] : [];
      const request = requestOf(`${method} ${target}`, ...headers);
      const found = s3Dialect.isCommit(request)
        ? "commit"
        : s3Dialect.isDiscard(request)
        ? "discard"
        : "other";
      assertEquals(found, kind, line);
    }
  }
});

Deno.test("s3Dialect errorBody() is XML, whatever the code", () => {
  const body = s3Dialect.errorBody(503, "<&>") as string;
  assertEquals(body.match(/<Code>(.*)<\/Code>/)?.[1], "&#60;&#38;&#62;");
  assertEquals(s3Dialect.codeOf?.(503), "SlowDown");
  assertEquals(s3Dialect.codeOf?.(418), undefined);
});
