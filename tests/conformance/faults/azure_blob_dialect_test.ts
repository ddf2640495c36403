import { assertEquals } from "@std/assert";
import { azureBlobDialect, FaultProxy } from "../../../conformance/mod.ts";
import { requestOf } from "./request_of.ts";
import { Service } from "./service.ts";

const BLOCK = "x-ms-blob-type: BlockBlob";

Deno.test("azureBlobDialect isCommit() tells what makes a blob visible", () => {
  const requests: [boolean, string, ...string[]][] = [
    [true, "PUT /account/container/a", BLOCK],
    [true, "PUT /container/a/b%20c?timeout=30", BLOCK],
    [true, "PUT /container/a?comp=blocklist"],
    [false, "PUT /container/a?comp=block&blockid=MQ%3D%3D"],
    [false, "PUT /container/a?comp=metadata"],
    [false, "PUT /container/a?comp=lease"],
    [false, "PUT /account/container?restype=container"],
    [false, "PUT /container/a", "x-ms-copy-source: http://host/b"],
    [false, "PUT /container/a", BLOCK, "x-ms-copy-source: http://host/b"],
    [false, "GET /container/a?comp=blocklist"],
    [false, "GET /container?restype=container&comp=list"],
    [false, "HEAD /container/a"],
    [false, "DELETE /container/a"],
  ];
  for (const [isCommit, line, ...headers] of requests) {
    const request = requestOf(line, ...headers);
    assertEquals(azureBlobDialect.isCommit(request), isCommit, line);
  }
});

Deno.test("azureBlobDialect says an error in XML and in a header, whatever the code", () => {
  const { body, headers } = azureBlobDialect.errorBody(404, "<&>", "a < b") as {
    body: string;
    headers: Record<string, string>;
  };
  assertEquals(body.match(/<Code>(.*)<\/Code>/)?.[1], "&#60;&#38;&#62;");
  assertEquals(body.match(/<Message>(.*)<\/Message>/)?.[1], "a &#60; b");
  assertEquals(headers["x-ms-error-code"], "<&>");
});

Deno.test("azureBlobDialect tells a HEAD the code, which has no body", async () => {
  await using service = await Service.start();
  await using proxy = await FaultProxy.open(service.url, {
    dialect: azureBlobDialect,
  });
  await using _faults = proxy.inject({
    action: { kind: "status", status: 404 },
  });
  const answer = await fetch(`${proxy.url}/container/a`, { method: "HEAD" });
  assertEquals(answer.status, 404);
  assertEquals(answer.headers.get("x-ms-error-code"), "BlobNotFound");
  assertEquals(await answer.text(), "");
});
