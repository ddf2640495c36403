import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { ObjectStoreError } from "../../src/errors.ts";
import { OpendalObjectStore } from "../../src/opendal/mod.ts";
import { MemoryOperator } from "./memory_operator.ts";

const MIB = 2 ** 20;
const LARGE = new Uint8Array(9 * MIB).fill(1);

function open(operator: MemoryOperator, scheme?: string): OpendalObjectStore {
  const known = scheme === undefined ? {} : { scheme };
  return new OpendalObjectStore({ operator, uri: "memory://m", ...known });
}

/** An operator whose ETags are sums, as those of S3, and which tells nothing of what a writer is answered. */
function likeS3(): MemoryOperator {
  const operator = new MemoryOperator();
  operator.told = { etag: '"told"' };
  operator.etagOf = (value) =>
    `"${createHash("md5").update(value).digest("hex")}"`;
  return operator;
}

Deno.test("a large object is gathered by the operator, and goes out by one request", async () => {
  for (const scheme of ["webdav", "gcs", "s3", "redis"]) {
    const operator = scheme === "s3"
      ? likeS3()
      : new MemoryOperator({ writeCanMulti: scheme === "gcs" });
    await using store = open(operator, scheme);
    await store.writeObject("a", LARGE);
    const { chunk = 0n, sizes = [] } = operator.pieces ?? {};
    assert(chunk > LARGE.length, `${scheme}: it is cut at ${chunk} bytes`);
    assertEquals(Math.max(...sizes), MIB, scheme);
    assertEquals(
      operator.requests.filter((request) => /^(write|close) /.test(request))
        .length,
      1,
      scheme,
    );
    assertEquals(await store.getObjectSize("a"), LARGE.length);
  }
});

Deno.test("a large object is given again to a service that was busy", async () => {
  const operator = likeS3();
  let failures = 2;
  operator.before = (request) =>
    request === "close a" && failures-- > 0
      ? Promise.reject(new Error("Unexpected (temporary) at close => busy"))
      : Promise.resolve();
  await using store = open(operator, "s3");
  await store.writeObject("a", LARGE);
  assertEquals(operator.values.get("a"), LARGE);
});

Deno.test("an upload of which nothing is told rejects unless the object has changed", async () => {
  for (const before of [undefined, new Uint8Array(LARGE.length)]) {
    const operator = likeS3();
    if (before) operator.values.set("a", before);
    operator.swallows = true;
    await using store = open(operator, "s3");
    const error = await assertRejects(
      () => store.writeObject("a", LARGE),
      ObjectStoreError,
      "it was not the service",
    );
    assertEquals(error.code, "OTHER");
  }
});

Deno.test("an upload of the bytes that are there is known by their sum", async () => {
  const operator = likeS3();
  operator.values.set("a", LARGE);
  await using store = open(operator, "s3");
  await store.writeObject("a", LARGE);
});

Deno.test("an upload in pieces rejects, too, unless the object has changed", async () => {
  const operator = likeS3();
  operator.swallows = true;
  await using store = open(operator, "azblob");
  await assertRejects(
    () => store.writeObject("a", LARGE),
    ObjectStoreError,
    "it was not the service",
  );
  operator.swallows = false;
  await store.writeObject("a", LARGE);
  assertEquals(operator.values.get("a"), LARGE);
});

Deno.test("who may not look gives a large object at once, of which the service tells", async () => {
  const operator = likeS3();
  operator.before = (request) =>
    request.startsWith("stat ")
      ? Promise.reject(new Error("PermissionDenied (permanent) at stat => no"))
      : Promise.resolve();
  await using store = open(operator, "s3");
  await store.writeObject("a", LARGE);
  assertEquals(operator.requests.at(-1), "write a");
});

Deno.test("a deletion on GCS rejects while the object is there as it was", async () => {
  const operator = likeS3();
  operator.values.set("a", LARGE);
  const erase = operator.delete.bind(operator);
  operator.delete = () => Promise.resolve();
  await using store = open(operator, "gcs");
  await assertRejects(
    () => store.deleteObject("a"),
    ObjectStoreError,
    "the object is still there",
  );
  operator.delete = erase;
  await store.deleteObject("a");
  assertEquals(operator.values.has("a"), false);
});
