// deno-lint-ignore-file no-explicit-any -- s3rver has no types.
import { AsyncLocalStorage } from "node:async_hooks";
import crypto from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import {
  type AskedRange,
  findKeys,
  keepAtOnce,
  openObject,
} from "./s3rver_reads.ts";
import {
  type Placing,
  receiveWhole,
  Refusal,
  UPLOADS,
} from "./s3rver_writes.ts";

/**
 * Makes s3rver keep what S3 promises and it does not: an object is replaced in
 * one step and only by a whole body, `If-Match`, `AbortMultipartUpload`,
 * `ListMultipartUploads`, `NoSuchUpload`, `encoding-type=url`, listings in
 * order, and refusals where it would fail or store something else.
 *
 * @param server The server, before it runs.
 * @param directory Its directory.
 */
export function repair(server: any, directory: string): void {
  const { store } = server;
  // It hides the last name of a page with a cipher that Deno lacks.
  Object.assign(crypto, { createCipheriv: plain, createDecipheriv: plain });
  const locks = new Map<string, Promise<unknown>>();
  /** The request that is answered. */
  const asked = new AsyncLocalStorage<{ method: string; ifMatch?: string }>();

  /** Runs one action on an object after the other. */
  function exclusively<T>(key: string, action: () => Promise<T>): Promise<T> {
    const result = (locks.get(key) ?? Promise.resolve()).then(action);
    const settled = result.then(() => {}, () => {});
    locks.set(key, settled);
    settled.then(() => {
      if (locks.get(key) === settled) locks.delete(key);
    });
    return result;
  }

  /** Puts a whole body in the place of an object. */
  const place: Placing = ({ bucket, key, metadata }, { path, etag }) =>
    exclusively(`${bucket}/${key}`, async () => {
      const target = store.getResourcePath(bucket, key, "object");
      try {
        fs.mkdirSync(join(target, ".."), { recursive: true });
        fs.renameSync(path, target);
      } catch (error) {
        fs.rmSync(path, { force: true });
        throw error;
      }
      await store.putMetadata(bucket, key, metadata, etag);
    });
  receiveWhole(store, { directory, place });

  keepAtOnce(store, join(directory, ".objects"));
  store.getObject = (bucket: string, key: string, range: AskedRange = {}) =>
    exclusively(`${bucket}/${key}`, async () => {
      const metadata = await store.getMetadata(bucket, key)
        .catch(ignoreMissing);
      if (!metadata) return null;
      const { method, ifMatch } = asked.getStore() ?? {};
      if (ifMatch && metadata.etag !== ifMatch) {
        throw new Refusal(412, "PreconditionFailed");
      }
      const size: number = metadata["content-length"];
      const path = store.getResourcePath(bucket, key, "object");
      const isHead = method === "HEAD";
      return {
        metadata: { "content-type": "binary/octet-stream", ...metadata },
        size,
        lastModifiedDate: new Date(metadata["last-modified"]),
        ...await openObject(path, { size, asked: range, isHead }),
      };
    });

  // Directories stay: others may be about to put something there.
  store.deleteObject = (bucket: string, key: string) =>
    exclusively(`${bucket}/${key}`, () => {
      const path = store.getResourcePath(bucket, key, "object");
      fs.rmSync(path, { force: true });
      return Promise.resolve();
    });

  store.listObjects = async (bucket: string, options: any) => {
    const { delimiter = "", startAfter = "", prefix = "", maxKeys = Infinity } =
      options;
    const prefixes = new Set<string>();
    const keys: string[] = [];
    for (const key of findKeys(join(directory, bucket), prefix)) {
      if (compare(key, startAfter) <= 0) continue;
      const end = delimiter && key.indexOf(delimiter, prefix.length);
      if (delimiter && end >= 0) prefixes.add(key.slice(0, end + 1));
      else keys.push(key);
    }
    keys.sort(compare);
    const page = keys.slice(0, maxKeys);
    const objects = await Promise.all(page.map(async (key) => {
      const metadata = await store.getMetadata(bucket, key).catch(() =>
        undefined
      );
      return metadata && {
        key,
        metadata,
        size: Number(metadata["content-length"]),
        lastModifiedDate: new Date(metadata["last-modified"]),
      };
    }));
    return {
      objects: objects.filter(Boolean),
      commonPrefixes: [...prefixes].sort(compare),
      isTruncated: keys.length > page.length,
    };
  };

  // After s3rver's own logger and its writer of XML.
  server.middleware.splice(2, 0, async (ctx: any, next: any) => {
    try {
      const [, bucket = "", ...segments] = ctx.path.split("/");
      const key = segments.map(decodeURIComponent).join("/");
      if (answer(ctx, { bucket, key })) return;
      const ifMatch = ctx.headers["if-match"];
      await asked.run({ method: ctx.method, ifMatch }, next);
      encodeListing(ctx);
    } catch (error: any) {
      const refusal = toRefusal(error);
      if (!refusal) throw error;
      // What is left of the request's body is not read.
      if (ctx.method === "PUT") ctx.set("connection", "close");
      ctx.status = refusal.status;
      ctx.body = {
        Error: { Code: refusal.code, Message: `Refused: ${refusal.code}` },
      };
    }
  });

  /** Answers what s3rver cannot, and refuses what it would take in a wrong way. */
  function answer(
    ctx: any,
    { bucket, key }: { bucket: string; key: string },
  ): boolean {
    const uploads = join(directory, bucket, UPLOADS);
    const { uploadId } = ctx.query;
    if (ctx.headers["x-amz-content-sha256"]?.startsWith("STREAMING-")) {
      // It would store the framing.
      throw new Refusal(501, "NotImplemented");
    }
    if (new TextEncoder().encode(key).length > 1024) {
      throw new Refusal(400, "KeyTooLongError");
    }
    if (uploadId !== undefined && !fs.existsSync(join(uploads, uploadId))) {
      throw new Refusal(404, "NoSuchUpload");
    }
    if (ctx.method === "DELETE" && uploadId !== undefined) {
      fs.rmSync(join(uploads, uploadId), { recursive: true, force: true });
      ctx.status = 204;
      return true;
    }
    if (ctx.method === "GET" && key === "" && "uploads" in ctx.query) {
      const ids = fs.existsSync(uploads) ? fs.readdirSync(uploads) : [];
      ctx.body = {
        ListMultipartUploadsResult: {
          Bucket: bucket,
          IsTruncated: false,
          Upload: ids.map((id) => ({
            Key: readIfThere(join(uploads, id, "key")),
            UploadId: id,
          })),
        },
      };
      return true;
    }
    return false;
  }
}

/** A cipher that changes nothing. */
function plain() {
  return {
    update: (data: any) => Buffer.from(data),
    final: () => Buffer.alloc(0),
  };
}

function ignoreMissing(error: any): void {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}

function toRefusal(error: any): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error?.code === "ENAMETOOLONG") {
    return new Refusal(400, "KeyTooLongError");
  }
  return undefined;
}

/** What is just begun has no key yet. */
function readIfThere(path: string): string {
  return fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "";
}

function encodeListing(ctx: any): void {
  const result = ctx.body?.ListBucketResult;
  if (!result || ctx.query["encoding-type"] !== "url") return;
  result.EncodingType = "url";
  for (const name of ["Prefix", "Delimiter", "StartAfter", "Marker"]) {
    if (result[name]) result[name] = encodeURIComponent(result[name]);
  }
  for (const item of result.Contents) item.Key = encodeURIComponent(item.Key);
  for (const item of result.CommonPrefixes) {
    item.Prefix = encodeURIComponent(item.Prefix);
  }
}

/** The order of UTF-8 bytes. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
