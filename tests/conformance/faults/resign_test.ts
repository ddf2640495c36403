import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { resign } from "../../../conformance/faults/resign.ts";
import { FaultProxy } from "../../../conformance/mod.ts";
import { findServers, startServer } from "../../../tools/servers/mod.ts";
import { ask } from "./client.ts";
import { Service } from "./service.ts";

const EMPTY =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** Of the examples in Amazon's documentation of the signature. */
const EXAMPLE = {
  url: new URL("https://examplebucket.s3.amazonaws.com"),
  credentials: {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  date: new Date("2013-05-24T00:00:00Z"),
};

Deno.test("resign() makes the signatures of the documented examples", async () => {
  const examples = [
    [
      "/?lifecycle",
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ],
    [
      "/?prefix=J&max-keys=2",
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ] as const;
  for (const [target, signature] of examples) {
    const headers = [
      ["Host", "127.0.0.1:1"],
      ["Authorization", "of another host"],
      ["X-Amz-Date", "19700101T000000Z"],
      ["x-amz-content-sha256", EMPTY],
      ["Connection", "keep-alive"],
    ] as const;
    const signed = await signExample({ target, headers });
    assertEquals(signed.target, target);
    const sent = Object.fromEntries(signed.headers);
    assertEquals(sent["host"], EXAMPLE.url.host);
    assertEquals(sent["x-amz-date"], "20130524T000000Z");
    assertEquals(sent["Connection"], "keep-alive");
    assertEquals(sent["Authorization"], undefined);
    assertStringIncludes(sent["authorization"]!, `Signature=${signature}`);
  }
});

Deno.test("resign() replaces a signature in the query", async () => {
  const { target, headers } = await signExample({
    target: "/a%20b?X-Amz-Signature=0&partNumber=1&X-Amz-Credential=x",
    headers: [["host", "127.0.0.1:1"]],
  });
  assertEquals(target, "/a%20b?partNumber=1");
  const sent = Object.fromEntries(headers);
  assertEquals(sent["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
});

Deno.test("resign() refuses a body in signed chunks, and the proxy says so", async () => {
  const hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  const headers = [["x-amz-content-sha256", hash]] as const;
  await assertRejects(
    () => signExample({ target: "/", headers }),
    TypeError,
    "Cannot sign anew a body in signed chunks",
  );
  await using service = await Service.start();
  const { credentials } = EXAMPLE;
  const options = { resign: credentials };
  await using proxy = await FaultProxy.open(service.url, options);
  const seen = await ask(proxy.url, { headers: Object.fromEntries(headers) });
  assertEquals(seen.code, "ECONNRESET");
  assertStringIncludes(proxy.findProblems().failed[0]!, "in signed chunks");
});

for (const name of await findServers()) {
  // The first does not look at signatures, the second wants TLS.
  if (name === "s3rver" || name === "minio-https") continue;
  Deno.test(`FaultProxy with 'resign' signs for ${name}`, async () => {
    await using server = await startServer(name);
    const { bucket, credentials, url } = server;
    const target = `/${bucket}?list-type=2&prefix=a%20b%2F~*`;
    await using plain = await FaultProxy.open(url);
    assertEquals((await ask(plain.url + target)).status, 403);
    await using proxy = await FaultProxy.open(url, { resign: credentials });
    const { status, body } = await ask(proxy.url + target);
    assertEquals([status, body.includes("ListBucketResult")], [200, true]);
    const object = `${proxy.url}/${bucket}/a%20b/%C3%A9`;
    const put = await ask(object, { method: "PUT", body: "abc" });
    assertEquals(put.status, 200);
    assertEquals((await ask(object)).body, "abc");
  });
}

function signExample(
  { target, headers }: {
    target: string;
    headers: readonly (readonly [string, string])[];
  },
): ReturnType<typeof resign> {
  const { url, credentials, date } = EXAMPLE;
  const head = { method: "GET", version: "HTTP/1.1", target, headers };
  return resign(head, url, credentials, date);
}
