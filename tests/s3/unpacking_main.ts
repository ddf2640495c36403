import { S3Client } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import process from "node:process";

/**
 * Downloads through a client whose `fetch` unpacks whatever it is asked for, as it does in Node and
 * Bun; prints what that rejects with. Run by a test as a process of its own, which becomes another
 * runtime by losing `Deno`.
 */
class Unpacking extends FetchHttpHandler {
  override handle(
    ...[request, options]: Parameters<FetchHttpHandler["handle"]>
  ): ReturnType<FetchHttpHandler["handle"]> {
    delete request.headers["accept-encoding"];
    return super.handle(request, options);
  }
}

const [endpoint = "", path = ""] = process.argv.slice(2);
const runtime = Deno;
delete (globalThis as { Deno?: unknown }).Deno;
const { S3ObjectStore } = await import("../../src/s3/mod.ts");
// Deno's own modules need it.
globalThis.Deno = runtime;
const client = new S3Client({
  endpoint,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: "id", secretAccessKey: "secret" },
  requestHandler: new Unpacking(),
});
const store = new S3ObjectStore({ bucket: "bucket", client });
const failed = await store.downloadObject("a", path).then(
  () => ({ code: undefined, message: "" }),
  (error) => error,
);
console.log(JSON.stringify({ code: failed.code, message: failed.message }));
