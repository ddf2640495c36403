import { assertEquals, assertMatch } from "@std/assert";
import { createServer } from "node:net";
import { ObjectStoreTransientError } from "../../../src/errors.ts";
import { harnessWith, runOne } from "../tiny_store.ts";

/** A service that takes connections and ends them. */
async function startRefusing(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((done) => server.close(done));
    },
  };
}

for (
  const [says, status] of [["transient", "error"], ["missing", "fail"]] as const
) {
  Deno.test(`a case whose service refuses by itself, and whose store says ${says}, is ${status}`, async () => {
    await using service = await startRefusing();
    const endpoint = Promise.withResolvers<string>();
    const harness = harnessWith({
      async getObjectSize(objectName: string) {
        await fetch(await endpoint.promise).catch(() => {});
        if (says === "missing") throw new Error("not found");
        throw new ObjectStoreTransientError("no answer", { objectName });
      },
    });
    const { open } = harness;
    const result = await runOne(
      async ({ store }) => void await store.getObjectSize("a"),
      {
        ...harness,
        upstream: service.url,
        open(ctx) {
          endpoint.resolve(String(ctx.endpoint));
          return open(ctx);
        },
      },
    );
    assertEquals(result.status, status);
    if (status === "error") {
      assertMatch(result.reason ?? "", /the service left 1 requests without/);
    }
  });
}
