import http from "node:http";
import { assert, assertEquals } from "@std/assert";
import { exchange } from "../../src/s3_protocol/http/exchange.ts";
import { Silence } from "../../src/s3_protocol/http/silence.ts";
import { RawServer } from "./raw_server.ts";

const SIZE = 3 * 2 ** 20;

Deno.test("exchange() does not settle while the body is being read, and reads no more after an answer", async () => {
  const read = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  await using server = await RawServer.start(async ({ socket, head }) => {
    await head();
    await reading.promise;
    socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  });
  const { hostname, port } = new URL(`http://${server.host}`);
  const request = http.request({
    ...{ hostname, port, method: "PUT", path: "/", agent: false },
    headers: { "content-length": SIZE },
  });
  const answered = new Promise((resolve) => request.on("response", resolve));
  let reads = 0;
  const silence = new Silence(new AbortController().signal, 10_000);
  let isSettled = false;
  const exchanging = exchange(request, {
    size: SIZE,
    async *chunks(into) {
      for (; reads < 3;) {
        if (++reads === 2) {
          reading.resolve();
          await read.promise;
        }
        yield into;
      }
    },
    read: () => Promise.resolve(),
  }, silence).finally(() => isSettled = true);
  await answered;
  await new Promise((resolve) => setTimeout(resolve));
  // Whoever has the file would close it under the read that is under way.
  assert(!isSettled);
  read.resolve();
  const message = await exchanging;
  assertEquals(message.statusCode, 403);
  assertEquals(reads, 2);
  silence.end();
  request.destroy();
});
