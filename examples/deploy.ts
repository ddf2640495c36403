/**
 * A service as one runs it on Deno Deploy: it keeps what is `PUT` to
 * `/objects/<name>` in a bucket and gives it back on `GET`. The credentials
 * are those of the platform: the SDK's default chain finds them.
 *
 * `S3_BUCKET` names the bucket, `AWS_REGION` its region; `S3_ENDPOINT` a
 * service other than AWS.
 *
 * @module
 */

import {
  isObjectStoreError,
  type ObjectStoreErrorCode,
} from "@storekit/object-store";
import { S3ObjectStore } from "@storekit/object-store/s3";

const STATUSES: Partial<Record<ObjectStoreErrorCode, number>> = {
  OBJECT_NOT_FOUND: 404,
  INVALID_OBJECT_NAME: 400,
  TRANSIENT: 503,
};
const ROUTE = new URLPattern({ pathname: "/objects/*" });

const endpoint = Deno.env.get("S3_ENDPOINT");
const store = new S3ObjectStore({
  bucket: Deno.env.get("S3_BUCKET") ?? "",
  ...endpoint ? { endpoint } : {},
});
/** Fires when the service is told to stop. */
const stopping = new AbortController();
const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 8000),
  signal: stopping.signal,
  onListen: ({ port }) => console.log(`listening on port ${port}`),
}, handle);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stopping.abort(new Error(signal)));
}

await server.finished;
// It waits for what is still under way, and for what discards unfinished uploads.
await store.close();
Deno.exit(0);

async function handle(request: Request): Promise<Response> {
  const name = ROUTE.exec(request.url)?.pathname.groups[0];
  if (name === undefined) return new Response("no such page", { status: 404 });
  const path = await Deno.makeTempFile({ prefix: "deploy_" });
  // The client may go away, and the service may be stopped.
  const signal = AbortSignal.any([request.signal, stopping.signal]);
  try {
    const objectName = decodeURIComponent(name);
    if (request.method === "PUT") {
      using file = await Deno.open(path, { write: true });
      await request.body?.pipeTo(file.writable, { signal });
      await store.uploadObject(objectName, path, { signal });
      return new Response(null, { status: 204 });
    }
    await store.downloadObject(objectName, path, { overwrite: true, signal });
    const file = await Deno.open(path);
    const { size } = await file.stat();
    return new Response(file.readable, {
      headers: { "content-length": String(size) },
    });
  } catch (error) {
    if (signal.aborted) return new Response(null, { status: 499 });
    if (!isObjectStoreError(error)) throw error;
    console.error(error.message);
    return new Response(error.code, { status: STATUSES[error.code] ?? 500 });
  } finally {
    // The response reads it to its end all the same.
    await Deno.remove(path);
  }
}
