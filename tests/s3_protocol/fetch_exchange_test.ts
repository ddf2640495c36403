import { assertEquals } from "@std/assert";
import { FetchExchange } from "../../src/s3_protocol/http/fetch_exchange.ts";

/** The sizes of the buffers that are given to the body of an answer, which is read as text. */
async function bufferSizes(
  text: string,
  headers: Record<string, string>,
): Promise<number[]> {
  const sizes: number[] = [];
  const bytes = new TextEncoder().encode(text);
  let done = 0;
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const view = controller.byobRequest!.view as Uint8Array;
      sizes.push(view.byteLength);
      const chunk = bytes.subarray(done, done + view.byteLength);
      done += chunk.length;
      view.set(chunk);
      if (done === bytes.length && chunk.length === 0) controller.close();
      controller.byobRequest!.respond(chunk.length);
    },
  });
  const { fetch } = globalThis;
  globalThis.fetch = () => Promise.resolve(new Response(body, { headers }));
  const exchange = new FetchExchange({ timeout: 10_000, caCerts: [] }, {
    send: () => Promise.reject(new Error("nothing is sent again")),
    close: () => Promise.resolve(),
  });
  try {
    const answer = await exchange.send({
      ...{ method: "PUT", origin: "http://127.0.0.1:1", target: "/a" },
      isOnce: false,
      ...{ headers: {}, signal: new AbortController().signal },
    });
    assertEquals(await answer.text(), text);
  } finally {
    globalThis.fetch = fetch;
    await exchange.close();
  }
  return sizes;
}

Deno.test("FetchExchange reads a text into a buffer of the announced size, and never into one for an object", async () => {
  const KIB = 2 ** 10;
  assertEquals(await bufferSizes("", { "content-length": "0" }), [KIB]);
  assertEquals(
    await bufferSizes("a".repeat(3 * KIB), { "content-length": `${3 * KIB}` }),
    [3 * KIB, 3 * KIB],
  );
  assertEquals(await bufferSizes("a", {}), [64 * KIB, 64 * KIB]);
  assertEquals(
    await bufferSizes("a", { "content-length": `${5 * KIB * KIB}` }),
    [64 * KIB, 64 * KIB],
  );
});
