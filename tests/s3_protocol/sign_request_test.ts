import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  type SignedParts,
  signRequest,
} from "../../src/s3_protocol/sign_request.ts";

/** The keys, the time and the answers of the examples that AWS publishes for S3. */
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const date = new Date("2013-05-24T00:00:00Z");
const region = "us-east-1";
const host = "examplebucket.s3.amazonaws.com";
const NOTHING =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

async function signatureOf(parts: SignedParts): Promise<string | undefined> {
  const { authorization } = await signRequest(parts, {
    credentials,
    region,
    date,
  });
  return authorization?.split("Signature=")[1];
}

Deno.test("signRequest() signs AWS's example of GET Object", async () => {
  const signature = await signatureOf({
    method: "GET",
    path: "/test.txt",
    query: "",
    headers: { host, range: "bytes=0-9", "x-amz-content-sha256": NOTHING },
  });
  assertEquals(
    signature,
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

Deno.test("signRequest() signs AWS's example of PUT Object", async () => {
  const signature = await signatureOf({
    method: "PUT",
    path: "/test%24file.text",
    query: "",
    headers: {
      host,
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-content-sha256":
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    },
  });
  assertEquals(
    signature,
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

Deno.test("signRequest() signs AWS's examples with a query", async () => {
  const headers = { host, "x-amz-content-sha256": NOTHING };
  const signatures = await Promise.all(
    ["lifecycle=", "max-keys=2&prefix=J"].map((query) =>
      signatureOf({ method: "GET", path: "/", query, headers })
    ),
  );
  assertEquals(signatures, [
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  ]);
});

Deno.test("signRequest() signs the token of temporary credentials", async () => {
  const signed = await signRequest({
    method: "GET",
    path: "/a",
    query: "",
    headers: { host, "x-amz-content-sha256": NOTHING },
  }, { credentials: { ...credentials, sessionToken: "t" }, region, date });
  assertEquals(signed["x-amz-security-token"], "t");
  assertEquals(
    signed.authorization?.includes("x-amz-date;x-amz-security-token,"),
    true,
  );
});

Deno.test("signRequest() leaves the given headers as they are", async () => {
  const headers = Object.freeze({ host, "x-amz-content-sha256": NOTHING });
  const parts = { method: "GET", path: "/a", query: "", headers };
  const first = await signRequest(parts, { credentials, region, date });
  const later = await signRequest(parts, {
    credentials,
    region,
    date: new Date("2013-05-25T00:00:00Z"),
  });
  assertEquals(Object.keys(headers).length, 2);
  assertStrictEquals(first["x-amz-date"], "20130524T000000Z");
  // The day is part of the key that signs, which is kept for a day.
  assertStrictEquals(later["x-amz-date"], "20130525T000000Z");
  assertEquals(first.authorization === later.authorization, false);
});
