import { assertEquals, assertRejects } from "@std/assert";
import { S3Client } from "@aws-sdk/client-s3";
import { Client } from "minio";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { ObjectNotFoundError } from "../../src/errors.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";
import type { TestServer } from "../../tools/servers/server.ts";
import { sendSigned } from "../../tools/servers/signed_request.ts";
import { listUnfinishedUploads } from "../../tools/servers/unfinished_uploads.ts";
import { makeBytes, openStore, PART_SIZE } from "./open_store.ts";

type AnyStore = S3ObjectStore | MinioObjectStore;

/** Every way in which a store reaches a server. */
const WAYS: Record<string, (server: TestServer) => AnyStore> = {
  S3ObjectStore: (server) => openStore("S3ObjectStore", server) as AnyStore,
  MinioObjectStore: (server) =>
    openStore("MinioObjectStore", server) as AnyStore,
  "S3ObjectStore through a client": ({ url, region, credentials, bucket }) =>
    new S3ObjectStore({
      bucket,
      partSize: PART_SIZE,
      client: new S3Client({
        endpoint: url,
        region,
        credentials,
        forcePathStyle: true,
      }),
    }),
  "MinioObjectStore through a client": (
    { url, region, credentials, bucket },
  ) => {
    const { protocol, hostname, port } = new URL(url);
    return new MinioObjectStore({
      bucket,
      partSize: PART_SIZE,
      client: new Client({
        endPoint: hostname,
        port: Number(port),
        useSSL: protocol === "https:",
        accessKey: credentials.accessKeyId,
        secretKey: credentials.secretAccessKey,
        region,
      }),
    });
  },
};

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += 100_000));
    },
  });
}

for (const name of await findServers()) {
  for (const [way, open] of Object.entries(WAYS)) {
    // Their clients would have to be made to trust its certificate.
    if (name === "minio-https" && way.includes("client")) continue;
    Deno.test(`${way} writes, reads and deletes on ${name}`, async () => {
      await using server = await startServer(name);
      await using store = open(server);
      const bytes = makeBytes();
      await store.writeObject("large", streamOf(bytes));
      await store.writeObject("sized", streamOf(bytes), {
        size: bytes.length,
      });
      await store.writeObject("bytes", bytes);
      for (const large of ["large", "sized", "bytes"]) {
        const content = await store.readObject(large);
        assertEquals(content.size, bytes.length);
        assertEquals(await content.bytes(), bytes);
      }
      await store.writeObject("text", "grün", { contentType: "text/plain" });
      await store.writeObject("empty", streamOf(new Uint8Array(0)));
      assertEquals(await (await store.readObject("text")).text(), "grün");
      assertEquals((await (await store.readObject("empty")).bytes()).length, 0);
      const seen = await sendSigned(server, {
        path: `/${server.bucket}/text`,
        method: "HEAD",
      });
      assertEquals(seen.headers.get("content-type"), "text/plain");

      for (
        const range of [
          { offset: 3, length: 100_000 },
          { offset: bytes.length - 5 },
          { offset: bytes.length - 5, length: 2 ** 40 },
          { length: 1 },
          { length: 0 },
          { offset: bytes.length },
          { offset: 2 ** 45, length: 7 },
        ]
      ) {
        const content = await store.readObject("large", range);
        const { offset = 0, length = Infinity } = range;
        assertEquals(content.size, bytes.length);
        assertEquals(
          await content.bytes(),
          bytes.slice(offset, Math.min(bytes.length, offset + length)),
        );
      }
      const nothing = await store.readObject("empty", { offset: 0, length: 5 });
      assertEquals([nothing.size, (await nothing.bytes()).length], [0, 0]);

      await store.writeObject("dir/inner", "x");
      for (const gone of ["large", "text", "dir", "none", "no/such"]) {
        await store.deleteObject(gone);
        await assertRejects(() => store.readObject(gone), ObjectNotFoundError);
      }
      assertEquals(await (await store.readObject("dir/inner")).text(), "x");
      assertEquals(
        (await Array.fromAsync(store.listObjects())).sort(),
        ["bytes", "dir/inner", "empty", "sized"],
      );

      const mine = new Error("mine");
      let count = 0;
      const failing = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (count++ === 12) return controller.error(mine);
          controller.enqueue(bytes.slice(0, 2 ** 20));
        },
      });
      assertEquals(
        await assertRejects(() => store.writeObject("failed", failing)),
        mine,
      );
      await store.close();
      assertEquals(await listUnfinishedUploads(server), []);
    });
  }
}
