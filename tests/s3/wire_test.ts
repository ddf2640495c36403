import { assert, assertEquals, assertRejects } from "@std/assert";
import { ObjectStoreTransientError } from "../../mod.ts";
import { S3ObjectStore, type S3ObjectStoreOptions } from "../../src/s3/mod.ts";
import { RawServer, type Serve } from "../s3_protocol/raw_server.ts";
import { bytesOf, KEYS } from "./store_on_server.ts";

const MIB = 2 ** 20;

/** A store on a server that does not speak HTTP by itself, and a directory. */
async function open(
  serve: Serve,
  options: Partial<S3ObjectStoreOptions> = {},
) {
  const server = await RawServer.start(serve);
  const directory = await Deno.makeTempDir();
  const store = new S3ObjectStore({
    bucket: "bucket",
    endpoint: `http://${server.host}`,
    credentials: KEYS,
    attempts: 1,
    ...options,
  });
  return {
    server,
    store,
    path: (name: string) => `${directory}/${name}`,
    async [Symbol.asyncDispose]() {
      await store.close();
      await server[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function refusal(status: number, code: string, more = ""): string {
  const body = `<Error><Code>${code}</Code></Error>`;
  return `HTTP/1.1 ${status} No\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const REFUSALS = [
  [403, "AccessDenied", "PERMISSION_DENIED"],
  [404, "NoSuchBucket", "BUCKET_NOT_FOUND"],
  [503, "SlowDown", "TRANSIENT"],
  [502, "BadGateway", "TRANSIENT"],
] as const;

Deno.test("S3ObjectStore takes a refusal for what it says that comes while the body goes out", async () => {
  const sizes = [1, 1.5, 2, 3, 5, 8, 16].map((size) => size * MIB + 1);
  for (const [status, code, expected] of REFUSALS) {
    for (const isClosed of [false, true]) {
      let after = 0;
      await using at = await open(async ({ socket, head, received }) => {
        await head();
        await received(after);
        socket.write(refusal(status, code, "connection: close\r\n"), () => {
          if (isClosed) socket.end();
        });
      }, { partSize: 32 * MIB });
      for (const size of sizes) {
        await Deno.writeFile(at.path("source"), bytesOf(size));
        for (after of [0, 65_536, MIB / 2, MIB]) {
          const error = await assertRejects(() =>
            at.store.uploadObject("a", at.path("source"))
          );
          assertEquals((error as { code?: string }).code, expected);
        }
      }
    }
  }
});

Deno.test("S3ObjectStore asks first if a body is wanted whose sending a service has cut off", async () => {
  const heads: string[] = [];
  await using at = await open(async ({ socket, head, received }) => {
    const text = await head();
    heads.push(text);
    if (text.includes("100-continue")) {
      socket.write(refusal(403, "AccessDenied"));
    } else {
      // The answer is lost with the connection.
      await received(MIB / 2);
      socket.resetAndDestroy?.();
      socket.destroy();
    }
  });
  await Deno.writeFile(at.path("source"), bytesOf(6 * MIB));
  const error = await assertRejects(() =>
    at.store.uploadObject("a", at.path("source"))
  );
  assertEquals((error as { code?: string }).code, "PERMISSION_DENIED");
  assertEquals(heads.length, 2);
});

Deno.test("S3ObjectStore sends a body after all where nobody says that it is wanted", async () => {
  let count = 0;
  await using at = await open(async ({ socket, head, received }) => {
    const length = (await head()).length + 4;
    if (++count === 1) {
      await received(MIB);
      return void socket.destroy();
    }
    await received(length + 2 * MIB);
    socket.write('HTTP/1.1 200 OK\r\netag: "e"\r\ncontent-length: 0\r\n\r\n');
  });
  await Deno.writeFile(at.path("source"), bytesOf(2 * MIB));
  await at.store.uploadObject("a", at.path("source"));
  assertEquals(count, 2);
});

Deno.test("S3ObjectStore does not take a success for one that comes before the body has gone", async () => {
  await using at = await open(async ({ socket, head }) => {
    await head();
    socket.pause();
    socket.write('HTTP/1.1 200 OK\r\netag: "e"\r\ncontent-length: 0\r\n\r\n');
  }, { partSize: 16 * MIB });
  await Deno.writeFile(at.path("source"), bytesOf(16 * MIB));
  await assertRejects(
    () => at.store.uploadObject("a", at.path("source")),
    ObjectStoreTransientError,
  );
});

Deno.test("S3ObjectStore downloads over a slow link on which bytes flow", async () => {
  const bytes = bytesOf(40_000);
  await using at = await open(async ({ socket, head }) => {
    await head();
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n`);
    for (let done = 0; !socket.destroyed && done < bytes.length; done += 2000) {
      socket.write(bytes.subarray(done, done + 2000));
      await sleep(75);
    }
  }, { timeout: 300 });
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
});

Deno.test("S3ObjectStore lists over a slow link on which bytes flow", async () => {
  const xml = "<ListBucketResult>" +
    "<Contents><Key>a</Key></Contents>".repeat(20) + "</ListBucketResult>";
  await using at = await open(async ({ socket, head }) => {
    await head();
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${xml.length}\r\n\r\n`);
    for (let done = 0; !socket.destroyed && done < xml.length; done += 50) {
      socket.write(xml.slice(done, done + 50));
      await sleep(75);
    }
  }, { timeout: 300 });
  assertEquals((await Array.fromAsync(at.store.listObjects())).length, 20);
});

Deno.test("S3ObjectStore uploads over a slow link on which bytes flow", async () => {
  const size = 16 * MIB;
  await using at = await open(async ({ socket, head, received }) => {
    const length = (await head()).length + 4;
    // Far more than buffers hold, which is up to some MiB on loopback, and the last of it long after it was sent.
    for (let done = 0; done < size; done += 2 ** 17) {
      await received(done);
      socket.pause();
      await sleep(50);
      socket.resume();
    }
    await received(length + size);
    socket.write('HTTP/1.1 200 OK\r\netag: "e"\r\ncontent-length: 0\r\n\r\n');
  }, { timeout: 3000, partSize: size });
  await Deno.writeFile(at.path("source"), bytesOf(size));
  const began = performance.now();
  await at.store.uploadObject("a", at.path("source"));
  assert(performance.now() - began > 4000);
});

Deno.test("S3ObjectStore asks for the rest of a body that has fallen silent", async () => {
  const bytes = bytesOf(3 * MIB);
  const ranges: string[] = [];
  await using at = await open(async ({ socket, head }) => {
    const text = await head();
    const from = Number(/range: bytes=(\d+)-/i.exec(text)?.[1] ?? 0);
    ranges.push(/range: (\S+)/i.exec(text)?.[1] ?? "");
    const rest = bytes.subarray(from);
    const status = from > 0
      ? `206 Partial\r\ncontent-range: bytes ${from}-${
        bytes.length - 1
      }/${bytes.length}`
      : "200 OK";
    socket.write(
      `HTTP/1.1 ${status}\r\netag: "e"\r\ncontent-length: ${rest.length}\r\n\r\n`,
    );
    socket.write(from > 0 ? rest : rest.subarray(0, MIB));
  }, { timeout: 300, attempts: 2 });
  await at.store.downloadObject("a", at.path("copy"));
  assertEquals(await Deno.readFile(at.path("copy")), bytes);
  assertEquals(ranges.length, 2);
});

Deno.test("S3ObjectStore ends with a refusal whose body does not end", async () => {
  await using at = await open(async ({ socket, head }) => {
    await head();
    socket.write(
      "HTTP/1.1 403 Forbidden\r\ncontent-length: 1000000\r\n\r\n" +
        "<Error><Code>InvalidAccessKeyId</Code>",
    );
    while (!socket.destroyed) {
      socket.write(" ");
      await sleep(50);
    }
  }, { timeout: 500 });
  await Deno.writeFile(at.path("small"), bytesOf(9));
  await Deno.writeFile(at.path("large"), bytesOf(2 * MIB));
  const calls = [
    () => at.store.uploadObject("a", at.path("small")),
    () => at.store.uploadObject("a", at.path("large")),
    () => at.store.downloadObject("a", at.path("copy")),
    () => Array.fromAsync(at.store.listObjects()),
  ];
  for (const call of calls) {
    const error = await assertRejects(call);
    assertEquals((error as { code?: string }).code, "PERMISSION_DENIED");
    assert((error as Error).message.includes("InvalidAccessKeyId"));
  }
});

Deno.test("S3ObjectStore reads no more of a refusal than its beginning", async () => {
  let sent = 0;
  await using at = await open(async ({ socket, head }) => {
    await head();
    socket.write(
      `HTTP/1.1 403 Forbidden\r\ncontent-length: ${400 * MIB}\r\n\r\n`,
    );
    const chunk = new Uint8Array(MIB).fill(32);
    while (!socket.destroyed && sent < 400 * MIB) {
      sent += MIB;
      await new Promise((resolve) => {
        socket.once("close", resolve);
        socket.write(chunk, resolve);
      });
    }
  });
  await Deno.writeFile(at.path("large"), bytesOf(2 * MIB));
  for (
    const call of [
      () => at.store.downloadObject("a", at.path("copy")),
      () => at.store.uploadObject("a", at.path("large")),
    ]
  ) {
    sent = 0;
    const error = await assertRejects(call);
    assertEquals((error as { code?: string }).code, "PERMISSION_DENIED");
    assert(sent < 100 * MIB, `${sent / MIB} MiB were sent`);
  }
});

Deno.test("S3ObjectStore takes statuses that nobody knows for errors of the service", async () => {
  for (const status of [600, 999]) {
    await using at = await open(async ({ socket, head }) => {
      await head();
      socket.end(
        `HTTP/1.1 ${status} Odd\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
    });
    await Deno.writeFile(at.path("small"), bytesOf(9));
    await Deno.writeFile(at.path("large"), bytesOf(2 * MIB));
    const calls = [
      () => at.store.getObjectSize("a"),
      () => at.store.downloadObject("a", at.path("copy")),
      () => at.store.uploadObject("a", at.path("small")),
      () => at.store.uploadObject("a", at.path("large")),
    ];
    for (const call of calls) {
      const error = await assertRejects(call);
      assertEquals((error as { code?: string }).code, "OTHER");
    }
  }
});
