import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { assertEquals } from "@std/assert";
import { makeCertificates } from "../conformance/faults/certificates.ts";
import { runStore } from "./run_store.ts";
import { KEYS, openOnServer, PART_SIZE } from "./store_on_server.ts";

// The lines that the README documents.

const certificates = await makeCertificates();

Deno.test("S3ObjectStore needs nothing but the host and the files when keys are given", async () => {
  await using at = await openOnServer();
  for (const size of [9, PART_SIZE + 1]) {
    await at.file("source", size);
    const output = await runStore({
      options: {
        bucket: "bucket",
        endpoint: at.server.url,
        credentials: KEYS,
        partSize: PART_SIZE,
      },
      permissions: [
        `--allow-net=${new URL(at.server.url).host}`,
        `--allow-read=${at.path(".")}`,
        `--allow-write=${at.path(".")}`,
      ],
      source: at.path("source"),
      copy: at.path("copy"),
    });
    assertEquals(output, `${size}`);
  }
});

Deno.test({
  name: "S3ObjectStore needs no more for HTTPS and 'caCerts'",
  ignore: certificates === undefined,
  async fn() {
    await using at = await openOnServer();
    await at.file("source", 9);
    const server = createServer(
      { cert: certificates!.cert, key: certificates!.key },
      (request, response) => {
        request.resume();
        response.setHeader("content-length", 9);
        request.on("end", () => response.end("123456789"));
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const output = await runStore({
      options: {
        bucket: "bucket",
        endpoint: `https://${host}`,
        credentials: KEYS,
        caCerts: [certificates!.ca],
      },
      permissions: [
        `--allow-net=${host}`,
        `--allow-read=${at.path(".")}`,
        `--allow-write=${at.path(".")}`,
      ],
      source: at.path("source"),
      copy: at.path("copy"),
    });
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    assertEquals(output, "9");
  },
});

Deno.test("S3ObjectStore needs the environment and the system's release for the default chain", async () => {
  await using at = await openOnServer();
  await at.file("source", 9);
  const output = await runStore({
    options: { bucket: "bucket", endpoint: at.server.url },
    env: {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    },
    permissions: [
      `--allow-net=${new URL(at.server.url).host}`,
      `--allow-read=${at.path(".")},/nonexistent`,
      `--allow-write=${at.path(".")}`,
      "--allow-env",
      "--allow-sys=osRelease",
    ],
    source: at.path("source"),
    copy: at.path("copy"),
  });
  assertEquals(output, "9");
});
