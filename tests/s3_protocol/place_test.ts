import { assertEquals, assertThrows } from "@std/assert";
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

Deno.test("findPlace() knows the partitions of AWS by their regions", () => {
  const hosts: Readonly<Record<string, string>> = {
    "us-gov-west-1": "amazonaws.com",
    "eusc-de-east-1": "amazonaws.eu",
    "us-iso-east-1": "c2s.ic.gov",
    "us-isob-east-1": "sc2s.sgov.gov",
    "eu-isoe-west-1": "cloud.adc-e.uk",
    "us-isof-south-1": "csp.hci.ic.gov",
  };
  for (const [region, suffix] of Object.entries(hosts)) {
    assertEquals(
      find("b", undefined, undefined, region),
      `https://b.s3.${region}.${suffix}`,
    );
  }
});

Deno.test("findPlace() names a bucket in the path that no host can be named after", () => {
  for (const bucket of ["Big", "under_score", "do.t"]) {
    assertEquals(find(bucket), `https://s3.eu-west-1.amazonaws.com/${bucket}`);
  }
});

Deno.test("findPlace() refuses to name a host after a bucket that it would become another host with", () => {
  const places = [
    ["Big", "https://host"],
    ["Big", undefined],
    ["b", "http://127.0.0.1:9000"],
    ["b", "http://[::1]:9000"],
  ] as const;
  for (const [bucket, endpoint] of places) {
    assertThrows(
      () => find(bucket, endpoint, false),
      TypeError,
      "'pathStyle' must not be false",
    );
  }
  assertEquals(find("a_b", "https://host", false), "https://a_b.host");
  assertEquals(find("a.b", "https://host", false), "https://a.b.host");
});
