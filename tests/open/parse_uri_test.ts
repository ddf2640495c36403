import { assertEquals, assertThrows } from "@std/assert";
import { parseUri } from "../../src/open/parse_uri.ts";

Deno.test("parseUri() tells a container of Azure from the host of an account before it", () => {
  assertEquals(parseUri("azblob://models/v1/", []), {
    kind: "opendal",
    service: "azblob",
    options: { container: "models" },
    prefix: "v1",
  });
  assertEquals(parseUri("azblob://me.blob.example/models/v1/", []), {
    kind: "opendal",
    service: "azblob",
    options: { endpoint: "https://me.blob.example", container: "models" },
    prefix: "v1",
  });
  for (const rest of ["", "/", "/m", "//models", "/a b/c"]) {
    const uri = `azblob://me.blob.example${rest}`;
    assertThrows(() => parseUri(uri, []), TypeError, "must have the form");
  }
});

Deno.test("parseUri() gives other services of OpenDAL a bucket", () => {
  for (const [scheme, service] of [["gs", "gcs"], ["b2", "b2"]] as const) {
    assertEquals(parseUri(`${scheme}://models/a/b`, []), {
      kind: "opendal",
      service,
      options: { bucket: "models" },
      prefix: "a/b",
    });
  }
});

Deno.test("parseUri() takes buckets of 2 to 255 characters", () => {
  for (const bucket of ["ab", "a".repeat(255)]) {
    const place = { kind: "s3", bucket, prefix: "" } as const;
    assertEquals(parseUri(`s3://${bucket}`, []), place);
  }
  for (const bucket of ["a", "a".repeat(256), "-ab", "a b"]) {
    assertThrows(() => parseUri(`s3://${bucket}`, []), TypeError, "the form");
  }
});

Deno.test("parseUri() says what is wrong with a URI that is none", () => {
  for (
    const [uri, message] of [
      [7, "must be a string"],
      [undefined, "must be a string"],
      ["bucket/prefix", "must begin with a scheme"],
      [new URL("s3://bucket/p"), "a URL changes names"],
    ] as const
  ) {
    assertThrows(() => parseUri(uri as string, []), TypeError, message);
  }
});
