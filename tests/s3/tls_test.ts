import { once } from "node:events";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ObjectStoreError, ObjectStoreTransientError } from "../../mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { makeCertificates } from "../conformance/faults/certificates.ts";
import { KEYS } from "./store_on_server.ts";

// Without `openssl` there is no certificate to try.
const certificates = await makeCertificates();
const ignore = certificates === undefined;

/** A server that answers everything with 3 bytes. */
async function serve() {
  const server = createServer({
    cert: certificates!.cert,
    key: certificates!.key,
  }, (request, response) => {
    request.resume();
    request.on("end", () => {
      response.setHeader("content-length", 3);
      response.end("abc");
    });
  });
  let connections = 0;
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `https://localhost:${port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function open(endpoint: string, caCerts: string[] = []): S3ObjectStore {
  return new S3ObjectStore({
    bucket: "bucket",
    endpoint,
    credentials: KEYS,
    caCerts,
    attempts: 2,
  });
}

async function withFiles(
  action: (source: string, copy: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/source`, "abc");
    await action(`${directory}/source`, `${directory}/copy`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "S3ObjectStore trusts the authorities of 'caCerts', both ways",
  ignore,
  async fn() {
    await using server = await serve();
    await using store = open(server.endpoint, [certificates!.ca]);
    await withFiles(async (source, copy) => {
      await store.uploadObject("a", source);
      await store.downloadObject("a", copy);
      assertEquals(await Deno.readTextFile(copy), "abc");
      assertEquals(await store.getObjectSize("a"), 3);
    });
  },
});

Deno.test({
  name:
    "S3ObjectStore says that a certificate is not trusted, and not to try again",
  ignore,
  async fn() {
    await using server = await serve();
    await using store = open(server.endpoint);
    await withFiles(async (source, copy) => {
      const calls = [
        () => store.getObjectSize("a"),
        () => store.downloadObject("a", copy),
        () => store.uploadObject("a", source),
      ];
      for (const call of calls) {
        const error = await assertRejects(call, ObjectStoreError);
        assertStringIncludes(error.message, "certificate is not trusted");
      }
    });
  },
});

Deno.test("S3ObjectStore is transient when a connection ends before TLS has begun", async () => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await using store = open(`https://127.0.0.1:${port}`);
    await withFiles(async (source, copy) => {
      const calls = [
        () => store.getObjectSize("a"),
        () => store.downloadObject("a", copy),
        () => store.uploadObject("a", source),
      ];
      for (const call of calls) {
        await assertRejects(call, ObjectStoreTransientError);
      }
    });
  } finally {
    server.close();
    await once(server, "close");
  }
});

Deno.test({
  name: "S3ObjectStore uses connections again over TLS, too",
  ignore,
  async fn() {
    const atOnce = 4;
    await using server = await serve();
    await using store = open(server.endpoint, [certificates!.ca]);
    await withFiles(async (source, copy) => {
      for (let round = 0; round < 5; round++) {
        const all = Array.from({ length: atOnce }, async (_, index) => {
          await store.uploadObject("a", source);
          await store.getObjectSize("a");
          await store.downloadObject("a", `${copy}-${round}-${index}`);
        });
        await Promise.all(all);
      }
    });
    // Of 60 operations; one may begin before the connection of the last is free.
    const { connections } = server;
    assert(connections <= 2 * atOnce, `${connections} connections`);
  },
});
