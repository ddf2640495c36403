import { assertEquals } from "@std/assert";
import { startBufferingFront } from "../../tools/services/buffering_front.ts";

Deno.test("the front passes on a whole request and its answer, and no body that is cut", async () => {
  const seen: string[] = [];
  const behind = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      seen.push(`${request.method} ${pathname}${search} ${body}`);
      return new Response(`got ${body}`, {
        status: 201,
        headers: { "x-told": request.headers.get("x-asked") ?? "" },
      });
    },
  );
  const front = await startBufferingFront(behind.addr.port);
  try {
    await cutInTheMiddle(front.port);
    const answer = await fetch(
      `http://127.0.0.1:${front.port}/a%2Fb%20c?name=d%2Fe`,
      { method: "PUT", body: "whole", headers: { "x-asked": "yes" } },
    );
    assertEquals(await answer.text(), "got whole");
    assertEquals([answer.status, answer.headers.get("x-told")], [201, "yes"]);
    const missing = await fetch(`http://127.0.0.1:${front.port}/none`);
    assertEquals(await missing.text(), "got ");
    assertEquals(seen, ["PUT /a%2Fb%20c?name=d%2Fe whole", "GET /none "]);
  } finally {
    await front.close();
    await behind.shutdown();
  }
});

/** Sends half of the body that it has announced. */
async function cutInTheMiddle(port: number): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = "PUT /cut HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n";
  await connection.write(new TextEncoder().encode(`${head}12345`));
}
