import { assertEquals } from "@std/assert";
import { findPlace } from "../../src/s3_protocol/place.ts";

function find(
  bucket: string,
  endpoint?: string,
  pathStyle?: boolean,
  region = "eu-west-1",
): string {
  const { origin, path } = findPlace({
    bucket,
    region,
    endpoint: endpoint === undefined ? undefined : new URL(endpoint),
    pathStyle,
  });
  return origin + path;
}

Deno.test("findPlace() names a bucket in AWS's hosts, unless it has a dot", () => {
  assertEquals(find("b"), "https://b.s3.eu-west-1.amazonaws.com");
  assertEquals(find("b.c"), "https://s3.eu-west-1.amazonaws.com/b.c");
  assertEquals(
    find("b", undefined, true),
    "https://s3.eu-west-1.amazonaws.com/b",
  );
  assertEquals(
    find("b", undefined, undefined, "cn-north-1"),
    "https://b.s3.cn-north-1.amazonaws.com.cn",
  );
});

Deno.test("findPlace() names a bucket in an endpoint's path, unless told otherwise", () => {
  assertEquals(find("b", "http://127.0.0.1:9000"), "http://127.0.0.1:9000/b");
  assertEquals(find("b", "http://[::1]:9000/"), "http://[::1]:9000/b");
  assertEquals(find("b", "https://host/s3/"), "https://host/s3/b");
  assertEquals(find("b", "https://host:443"), "https://host/b");
  assertEquals(find("b", "https://host:8443", false), "https://b.host:8443");
});
