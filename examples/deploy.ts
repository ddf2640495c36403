/**
 * A service as one runs it on Deno Deploy: it keeps what is `PUT` to `/objects/<name>` in a bucket, and
 * gives it back on `GET` and `HEAD`, also in ranges, until it is `DELETE`d. Bytes go through as they come:
 * no file is written, and no object is held in memory.
 *
 * `STORE` names the place, such as `s3://my-bucket/objects`; `S3_ENDPOINT` a service other than AWS. The
 * credentials are those of the platform: the SDK's default chain finds them.
 *
 * @module
 */

import {
  checkAccess,
  isObjectStoreError,
  type ObjectStoreErrorCode,
} from "@storekit/object-store";
import { openObjectStore } from "@storekit/object-store/open";

const PREFIX = "/objects/";
const METHODS = "GET, HEAD, PUT, DELETE";
/** Milliseconds that requests have to end once the service is to stop: Deploy gives five seconds in all. */
const GRACE = 3000;
const STATUSES: Partial<Record<ObjectStoreErrorCode, number>> = {
  OBJECT_NOT_FOUND: 404,
  INVALID_OBJECT_NAME: 400,
  OBJECT_NAME_CONFLICT: 409,
  TRANSIENT: 503,
  CLOSED: 503,
};

const endpoint = Deno.env.get("S3_ENDPOINT");
const store = await openObjectStore(Deno.env.get("STORE") ?? "", {
  ...endpoint ? { s3: { endpoint } } : {},
});
// Better now than with the first request.
await checkAccess(store, { write: true });

/** Fires when the service cannot wait any longer for what is under way. */
const stopping = new AbortController();
const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 8000),
  onListen: ({ port }) => console.log(`listening on port ${port}`),
}, handle);
const stopped = new Promise<void>((resolve) =>
  stopping.signal.addEventListener("abort", () => resolve())
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    setTimeout(() => stopping.abort(new Error(signal)), GRACE);
    server.shutdown();
  });
}
// A client may go on sending for longer than there is time.
await Promise.race([server.finished, stopped]);
// It waits for what discards unfinished uploads.
await store.close();
Deno.exit(0);

async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const name = pathname.startsWith(PREFIX)
    ? decode(pathname.slice(PREFIX.length))
    : "";
  if (name === undefined) return new Response("bad escapes", { status: 400 });
  if (name === "") return new Response("no such page", { status: 404 });
  // When the client goes away, its body errors, and the one that it was sent is cancelled.
  const { signal } = stopping;
  try {
    switch (request.method) {
      case "GET":
        return await get(name, request, signal);
      case "HEAD":
        return new Response(null, {
          headers: headersOf(await store.getObjectSize(name, { signal })),
        });
      case "PUT":
        return await put(name, request, signal);
      case "DELETE":
        await store.deleteObject(name, { signal });
        return new Response(null, { status: 204 });
      default:
        await request.body?.cancel();
        return new Response(null, { status: 405, headers: { allow: METHODS } });
    }
  } catch (error) {
    if (signal.aborted) return new Response(null, { status: 503 });
    if (!isObjectStoreError(error)) {
      // A body that was cut off, or that is not as long as it said.
      if (request.method === "PUT") return new Response(null, { status: 400 });
      throw error;
    }
    console.error(error.message);
    return new Response(error.code, { status: STATUSES[error.code] ?? 500 });
  }
}

async function get(
  name: string,
  request: Request,
  signal: AbortSignal,
): Promise<Response> {
  const range = await readRange(name, request.headers, signal);
  const { size, stream } = await store.readObject(name, { ...range, signal });
  if (!range) return new Response(stream, { headers: headersOf(size) });
  const { offset, length = Infinity } = range;
  if (offset >= size) {
    await stream.cancel();
    const headers = { "content-range": `bytes */${size}` };
    return new Response(null, { status: 416, headers });
  }
  const end = Math.min(size, offset + length);
  return new Response(stream, {
    status: 206,
    headers: {
      ...headersOf(end - offset),
      "content-range": `bytes ${offset}-${end - 1}/${size}`,
    },
  });
}

async function put(
  name: string,
  { headers, body }: Request,
  signal: AbortSignal,
): Promise<Response> {
  const length = headers.get("content-length");
  const contentType = headers.get("content-type");
  await store.writeObject(name, body ?? "", {
    signal,
    // Then a body that is cut off is not stored as a short one.
    ...length === null ? {} : { size: Number(length) },
    ...contentType === null ? {} : { contentType },
  });
  return new Response(null, { status: 204 });
}

function headersOf(length: number): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    "content-length": String(length),
    "content-type": "application/octet-stream",
  };
}

/** The one range that is asked for. Several, other units, and conditions are left out, as they may be. */
async function readRange(
  name: string,
  headers: Headers,
  signal: AbortSignal,
): Promise<{ offset: number; length?: number } | undefined> {
  const [, first, last] =
    /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
  const isLeftOut = first === undefined || headers.has("if-range") ||
    (first === "" && last === "");
  if (isLeftOut) return undefined;
  if (first === "") {
    const size = await store.getObjectSize(name, { signal });
    return { offset: Math.max(0, size - Number(last)) };
  }
  const offset = Number(first);
  if (last === "") return { offset };
  // One that ends before it begins is none.
  return Number(last) < offset
    ? undefined
    : { offset, length: Number(last) + 1 - offset };
}

function decode(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
