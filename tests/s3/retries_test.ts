// How retries stack, as the doc comment of `S3CommonOptions.attempts` tells it.
import { assertEquals, assertRejects } from "@std/assert";
import { ObjectStoreTransientError, withRetry } from "../../mod.ts";
import { openOnServer, PART_SIZE } from "./store_on_server.ts";

const QUICK = { maxAttempts: 3, minTimeout: 0, jitter: 0 };

Deno.test("a service that is always busy is asked 'attempts' times 'maxAttempts'", async () => {
  await using on = await openOnServer({ attempts: 2 });
  on.server.intercept = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  await using store = withRetry(on.store, QUICK);
  const download = () => store.downloadObject("a", on.path("a"));
  await assertRejects(download, ObjectStoreTransientError);
  assertEquals(on.server.seen.length, 2 * 3);
});

Deno.test("an upload in parts whose parts are refused begins anew with each attempt of withRetry(), and leaves nothing", async () => {
  await using on = await openOnServer({ attempts: 2, parallel: 1 });
  await on.file("source", 2 * PART_SIZE);
  on.server.intercept = (request, response) => {
    if (!request.is("UploadPart")) return false;
    response.writeHead(503, { connection: "close" }).end();
    return true;
  };
  await using store = withRetry(on.store, QUICK);
  const upload = () => store.uploadObject("a", on.path("source"));
  await assertRejects(upload, ObjectStoreTransientError);
  const count = (operation: string) =>
    on.server.seen.filter((request) => request.is(operation)).length;
  assertEquals(count("CreateMultipartUpload"), 3);
  assertEquals(count("AbortMultipartUpload"), 3);
  assertEquals(on.server.uploads.size, 0);
});
