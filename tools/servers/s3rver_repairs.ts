// deno-lint-ignore-file no-explicit-any -- s3rver has no types.
import { AsyncLocalStorage } from "node:async_hooks";
import crypto, { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { findKeys, readAtOnce } from "./s3rver_reads.ts";

const UPLOADS = "._S3rver_uploads";
/** Beside the buckets; no bucket's name may begin with a dot. */
const TEMPORARY = ".temporary";

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
  /** The `If-Match` of the request that is answered. */
  const condition = new AsyncLocalStorage<string | undefined>();
  fs.mkdirSync(join(directory, TEMPORARY), { recursive: true });

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

  /** Saves a whole body to a temporary file. */
  async function receive(content: any) {
    const path = join(directory, TEMPORARY, randomUUID());
    const md5 = createHash("md5");
    let size = 0;
    const count = new Transform({
      transform(chunk, _encoding, callback) {
        md5.update(chunk);
        size += chunk.length;
        callback(null, chunk);
      },
    });
    try {
      await pipeline(content, count, fs.createWriteStream(path));
      const length = content.headers?.["content-length"];
      if (content.complete === false || (length && Number(length) !== size)) {
        throw new Refusal(400, "IncompleteBody");
      }
      return { path, size, md5: md5.digest("hex") };
    } catch (error) {
      fs.rmSync(path, { force: true });
      throw error;
    }
  }

  store.putObject = async (object: any) => {
    const { bucket, key, content, metadata } = object;
    const target = store.getResourcePath(bucket, key, "object");
    const { path, size, md5 } = await receive(content);
    await exclusively(`${bucket}/${key}`, async () => {
      try {
        fs.mkdirSync(join(target, ".."), { recursive: true });
        fs.renameSync(path, target);
      } catch (error) {
        fs.rmSync(path, { force: true });
        throw error;
      }
      await store.putMetadata(bucket, key, metadata, md5);
    });
    return { size, md5 };
  };

  store.putPart = async (
    bucket: string,
    uploadId: string,
    partNumber: string,
    content: any,
  ) => {
    const upload = join(directory, bucket, UPLOADS, uploadId);
    const { path, size, md5 } = await receive(content);
    try {
      fs.renameSync(path, join(upload, String(partNumber)));
    } catch {
      fs.rmSync(path, { force: true });
      throw new Refusal(404, "NoSuchUpload");
    }
    return { size, md5 };
  };

  const getObject = store.getObject.bind(store);
  store.getObject = (bucket: string, key: string, options: any) =>
    exclusively(`${bucket}/${key}`, async () => {
      const object = await getObject(bucket, key, options);
      if (object?.range) repairRange(object, options);
      const expected = condition.getStore();
      if (!object || !expected || object.metadata.etag === expected) {
        return object;
      }
      object.content?.destroy();
      throw new Refusal(412, "PreconditionFailed");
    });

  /** It gives the first byte of nothing, and everything to who asks for the first byte. */
  function repairRange(object: any, { end }: { end?: number }): void {
    const { bucket, key, range, content } = object;
    const isEmpty = Number(object.size) === 0;
    if (!content || (!isEmpty && end !== 0)) return;
    content.destroy();
    if (isEmpty) return void (object.content = null);
    range.end = 0;
    const path = store.getResourcePath(bucket, key, "object");
    object.content = fs.createReadStream(path, { start: 0, end: 0 });
  }

  // Directories stay: others may be about to put something there.
  store.deleteObject = (bucket: string, key: string) =>
    exclusively(`${bucket}/${key}`, () => {
      for (const file of ["object", "object.md5", "metadata.json"]) {
        const path = store.getResourcePath(bucket, key, file);
        fs.rmSync(path, { force: true });
      }
      return Promise.resolve();
    });

  readAtOnce(store);
  const getMetadata = store.getMetadata.bind(store);
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
      const metadata = await getMetadata(bucket, key).catch(() => undefined);
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
      await condition.run(ctx.headers["if-match"], next);
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

/** An answer other than s3rver's. */
class Refusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(code);
  }
}

/** A cipher that changes nothing. */
function plain() {
  return {
    update: (data: any) => Buffer.from(data),
    final: () => Buffer.alloc(0),
  };
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
