import { assertEquals } from "@std/assert";
import { MinioObjectStore } from "../../src/minio/mod.ts";
import { S3ObjectStore } from "../../src/s3/mod.ts";
import { findServers, startServer } from "../../tools/servers/mod.ts";

/** Those that look at a signed URL and speak plain HTTP. */
const JUDGES = ["minio", "versitygw"];

for (const name of (await findServers()).filter((it) => JUDGES.includes(it))) {
  for (const Store of [S3ObjectStore, MinioObjectStore]) {
    Deno.test(`a URL that ${Store.name} has signed does on ${name} what it is for, and nothing else`, async () => {
      await using server = await startServer(name);
      const { url: endpoint, bucket, region, credentials } = server;
      await using store = new Store({ endpoint, bucket, region, credentials });
      const object = "dir/ü b(1)'.txt";
      const type = "text/plain";
      const put = await store.getSignedUrl(object, {
        method: "PUT",
        contentType: type,
      });
      const send = (contentType: string) =>
        fetch(put, {
          method: "PUT",
          body: "grün",
          headers: { "content-type": contentType },
        });
      const statuses: number[] = [];
      async function see(response: Promise<Response>): Promise<Response> {
        const { status, headers, body } = await response;
        const text = await new Response(body).text();
        statuses.push(status);
        return new Response(text, { headers });
      }
      await see(send("image/png"));
      await see(send(type));
      const get = await store.getSignedUrl(object);
      const got = await see(fetch(get));
      assertEquals(await got.text(), "grün");
      assertEquals(got.headers.get("content-type"), type);
      const head = await store.getSignedUrl(object, { method: "HEAD" });
      await see(fetch(head, { method: "HEAD" }));
      await see(fetch(get, { method: "DELETE" }));
      await see(fetch(get.replace("Expires=900", "Expires=901")));
      const gone = await store.getSignedUrl(object, { method: "DELETE" });
      await see(fetch(gone, { method: "DELETE" }));
      await see(fetch(get));
      assertEquals(statuses, [403, 200, 200, 200, 403, 403, 204, 404]);
    });
  }
}
