import { assert, assertEquals } from "@std/assert";
import { findServers, startServer } from "../../../tools/servers/mod.ts";
import type { TestServer } from "../../../tools/servers/server.ts";
import {
  sendSigned,
  type SignedRequest,
} from "../../../tools/servers/signed_request.ts";
import { listUnfinishedUploads } from "../../../tools/servers/unfinished_uploads.ts";

for (const name of await findServers()) {
  Deno.test(`startServer() starts ${name}, keeps its data over a kill, and leaves nothing`, async () => {
    await using server = await startServer(name);
    const path = `/${server.bucket}/a/b ~'c`;
    assertEquals(await send(server, { method: "PUT", path, body: "x" }), 200);
    assertEquals((await sendSigned(server, { path })).text, "x");
    await server.kill();
    const answer = await sendSigned(server, { path }).catch((error) => error);
    assert(answer instanceof TypeError, "a killed server answers");
    await server.restart();
    assertEquals((await sendSigned(server, { path })).text, "x");

    await server[Symbol.asyncDispose]();
    const error = await Deno.stat(server.dataDirectory).catch((error) => error);
    assert(error instanceof Deno.errors.NotFound, "its data is still there");
    // What `await using` does again has to be harmless.
  });

  Deno.test(`startServer() gives credentials that may do nothing on ${name}`, async () => {
    await using server = await startServer(name);
    const path = `/${server.bucket}/a`;
    const forbidden = { ...server, credentials: server.forbidden };
    for (const method of ["GET", "HEAD", "PUT"]) {
      assertEquals(await send(forbidden, { method, path }), 403, method);
    }
    assertEquals(await send(server, { method: "GET", path }), 404);
  });

  Deno.test(`listUnfinishedUploads() finds what was begun on ${name}, until it is discarded`, async () => {
    await using server = await startServer(name);
    assertEquals(await listUnfinishedUploads(server), []);
    const path = `/${server.bucket}/a`;
    const { text } = await sendSigned(server, {
      method: "POST",
      path,
      query: { uploads: "" },
    });
    const uploadId = text.match(/<UploadId>(.*?)<\/UploadId>/)?.[1] ?? "";
    assertEquals((await listUnfinishedUploads(server)).length, 1);
    const query = { uploadId };
    assertEquals(await send(server, { method: "DELETE", path, query }), 204);
    assertEquals(await listUnfinishedUploads(server), []);
  });
}

async function send(
  server: Pick<TestServer, "url" | "region" | "credentials" | "ca">,
  request: SignedRequest,
): Promise<number> {
  return (await sendSigned(server, request)).status;
}
