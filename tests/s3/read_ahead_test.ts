import { assert, assertEquals } from "@std/assert";
import { Agent, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { Client } from "minio";
import { crc32 } from "node:zlib";
import { encodeCrc32 } from "../../src/s3_protocol/checksum.ts";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { makeCertificate } from "../../tools/servers/certificate.ts";
import { makeTemporaryDirectory } from "../file_system/temporary_directory.ts";
import { bytesOf, KEYS } from "./store_on_server.ts";

const MIB = 2 ** 20;
const BYTES = bytesOf(48 * MIB + 5);

/** A server over HTTPS that sends as fast as it is let, and counts. */
async function startServer(directory: string) {
  const { ca, certificate } = await makeCertificate(directory);
  const state = { sent: 0, requests: [] as (string | undefined)[] };
  const server = createServer(certificate!, async (request, response) => {
    const { range } = request.headers;
    state.requests.push(range);
    const [, from = "0", to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const end = to === undefined ? BYTES.length : Number(to) + 1;
    response.on("error", () => {}).setMaxListeners(0);
    response.writeHead(range ? 206 : 200, {
      etag: '"v1"',
      "content-length": end - Number(from),
      ...range
        ? { "content-range": `bytes ${from}-${end - 1}/${BYTES.length}` }
        : { "x-amz-checksum-crc32": encodeCrc32(crc32(BYTES)) },
    });
    for (let at = Number(from); at < end && !response.destroyed;) {
      const chunk = BYTES.subarray(at, Math.min(end, at + 65_536));
      state.sent += chunk.length;
      at += chunk.length;
      if (response.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        response.once("drain", resolve);
        response.once("close", resolve);
      });
    }
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    state,
    ca: ca!,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

for (const way of ["MinIO's", "the SDK's"]) {
  Deno.test(`a stream through ${way} client over HTTPS is not read ahead into memory`, async () => {
    await using directory = await makeTemporaryDirectory();
    await using server = await startServer(directory.path);
    const agent = new Agent({ ca: server.ca, keepAlive: true });
    const { accessKeyId, secretAccessKey } = KEYS;
    const bucket = "bucket";
    const store = way === "MinIO's"
      ? new MinioObjectStore({
        bucket,
        client: new Client({
          endPoint: "127.0.0.1",
          port: server.port,
          useSSL: true,
          accessKey: accessKeyId,
          secretKey: secretAccessKey,
          region: "us-east-1",
          transportAgent: agent,
        }),
      })
      : new S3ObjectStore({
        bucket,
        client: new S3Client({
          endpoint: `https://127.0.0.1:${server.port}`,
          region: "us-east-1",
          credentials: KEYS,
          forcePathStyle: true,
          requestHandler: { httpsAgent: agent },
        }),
      });
    const content = await store.readObject("a");
    const reader = content.stream.getReader();
    const chunks = [(await reader.read()).value!];
    const { state } = server;
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The first answer, until it was given up, and one piece.
    assert(state.sent < 24 * MIB, `${state.sent / MIB} MiB`);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
    }
    assertEquals(await new Blob(chunks).bytes(), BYTES);
    assertEquals(state.requests.length, 1 + 7);
    await store.close();
    agent.destroy();
  });
}
