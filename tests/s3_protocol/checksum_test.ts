import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import {
  checksumHeaders,
  combineEtags,
  decodeCrc32,
  encodeCrc32,
} from "../../src/s3_protocol/checksum.ts";

const CHECK = new TextEncoder().encode("123456789");

function bodyOf(bytes: Uint8Array<ArrayBuffer>) {
  return {
    size: bytes.length,
    async *chunks() {
      yield await Promise.resolve(bytes);
    },
    read(buffer: Uint8Array, position: number) {
      buffer.set(bytes.subarray(position, position + buffer.length));
      return Promise.resolve();
    },
  };
}

Deno.test("checksumHeaders() sums a body as its mode says", async () => {
  const body = bodyOf(CHECK);
  // The published check value of CRC-32 is CBF43926.
  assertEquals(await checksumHeaders(body, "crc32"), {
    "x-amz-checksum-crc32": "y/Q5Jg==",
  });
  assertEquals(await checksumHeaders(body, "md5"), {
    "content-md5": createHash("md5").update(CHECK).digest("base64"),
  });
  assertEquals(await checksumHeaders(body, "none"), {});
  assertEquals(await checksumHeaders(bodyOf(new Uint8Array()), "crc32"), {
    "x-amz-checksum-crc32": "AAAAAA==",
  });
});

Deno.test("checksumHeaders() sums a body larger than its buffer", async () => {
  const bytes = new Uint8Array(700_001).map((_, index) => index % 251);
  const md5 = createHash("md5").update(bytes).digest("base64");
  assertEquals(await checksumHeaders(bodyOf(bytes), "md5"), {
    "content-md5": md5,
  });
});

Deno.test("decodeCrc32() takes the sum of a whole object, not one over parts", () => {
  assertEquals(encodeCrc32(0xCBF43926), "y/Q5Jg==");
  assertEquals(decodeCrc32("y/Q5Jg=="), 0xCBF43926);
  for (const text of [undefined, "", "y/Q5Jg==-2", "AAAA", "not a sum"]) {
    assertEquals(decodeCrc32(text), undefined);
  }
});

Deno.test("combineEtags() is the MD5 of the parts' MD5s, and their number", async () => {
  const sums = ["a", "b"].map((text) =>
    createHash("md5").update(text).digest("hex")
  );
  const whole = createHash("md5").update(sums.join(""), "hex").digest("hex");
  assertEquals(await combineEtags(sums.map((sum) => `"${sum}"`)), `${whole}-2`);
  assertEquals(await combineEtags(['"no-sum"']), undefined);
});
