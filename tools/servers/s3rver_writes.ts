// deno-lint-ignore-file no-explicit-any -- s3rver has no types.
import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The directory of a bucket with the uploads in parts that are not finished. */
export const UPLOADS = "._S3rver_uploads";
/** Beside the buckets; no bucket's name may begin with a dot. */
const TEMPORARY = ".temporary";
/** A body of at most so many bytes is written at once: a stream of a file hands each of its steps to another thread. */
const SMALL = 256 * 2 ** 10;
const BUFFERED = 2 ** 20;

/** An answer other than s3rver's. */
export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(code);
  }
}

/** A whole body in a temporary file. */
export interface Received {
  /** The file. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The object's ETag, without quotes. */
  readonly etag: string;
}

/** Puts what was received in the place of an object, or removes it. */
export type Placing = (
  object: { bucket: string; key: string; metadata: any },
  received: Received,
) => Promise<void>;

/**
 * Makes s3rver replace an object, or a part, only by a whole body. An upload in
 * parts is put together as it is on S3: the parts follow one another in the file
 * of the first, and the ETag is that of their ETags.
 *
 * @param store The server's store.
 * @param options `directory`: the server's. `place`: puts a body in the place of an object.
 */
export function receiveWhole(
  store: any,
  { directory, place }: { directory: string; place: Placing },
): void {
  fs.mkdirSync(join(directory, TEMPORARY), { recursive: true });

  async function receive(content: any): Promise<Received> {
    const path = join(directory, TEMPORARY, randomUUID());
    const declared = content.headers?.["content-length"];
    const md5 = createHash("md5");
    let size = 0;
    function count(chunk: Uint8Array): void {
      md5.update(chunk);
      size += chunk.length;
    }
    try {
      if (Number(declared) <= SMALL) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of content) {
          count(chunk);
          chunks.push(chunk);
        }
        fs.writeFileSync(path, Buffer.concat(chunks));
      } else {
        const counting = new Transform({
          highWaterMark: BUFFERED,
          transform(chunk, _encoding, callback) {
            count(chunk);
            callback(null, chunk);
          },
        });
        const file = fs.createWriteStream(path, { highWaterMark: BUFFERED });
        await pipeline(content, counting, file);
      }
      if (
        content.complete === false || (declared && Number(declared) !== size)
      ) {
        throw new Refusal(400, "IncompleteBody");
      }
      return { path, size, etag: md5.digest("hex") };
    } catch (error) {
      fs.rmSync(path, { force: true });
      throw error;
    }
  }

  store.putObject = async (object: any) => {
    const received = await receive(object.content);
    await place(object, received);
    return { size: received.size, md5: received.etag };
  };

  store.putPart = async (
    bucket: string,
    uploadId: string,
    partNumber: string,
    content: any,
  ) => {
    const upload = join(directory, bucket, UPLOADS, uploadId);
    const { path, size, etag } = await receive(content);
    try {
      fs.renameSync(path, join(upload, String(partNumber)));
    } catch {
      fs.rmSync(path, { force: true });
      throw new Refusal(404, "NoSuchUpload");
    }
    return { size, md5: etag };
  };

  store.putObjectMultipart = async (
    bucket: string,
    uploadId: string,
    parts: readonly { number: number; etag: string }[],
  ) => {
    const upload = join(directory, bucket, UPLOADS, uploadId);
    const sorted = parts.toSorted((a, b) => a.number - b.number);
    if (
      !sorted.every(({ number }) => fs.existsSync(join(upload, `${number}`)))
    ) {
      throw new Refusal(400, "InvalidPart");
    }
    // From now on there is no such upload: nobody else completes it, too.
    const taken = join(directory, TEMPORARY, uploadId);
    fs.renameSync(upload, taken);
    const key = fs.readFileSync(join(taken, "key"), "utf8");
    const metadata = JSON.parse(
      fs.readFileSync(join(taken, "metadata"), "utf8"),
    );
    const [path = "", ...rest] = sorted.map(({ number }) =>
      join(taken, String(number))
    );
    for (const part of rest) {
      await pipeline(
        fs.createReadStream(part, { highWaterMark: BUFFERED }),
        fs.createWriteStream(path, { flags: "a", highWaterMark: BUFFERED }),
      );
    }
    const md5 = createHash("md5");
    for (const { etag } of sorted) md5.update(etag, "hex");
    const etag = `${md5.digest("hex")}-${sorted.length}`;
    const { size } = fs.statSync(path);
    await place({ bucket, key, metadata }, { path, size, etag });
    fs.rmSync(taken, { recursive: true, force: true });
    return { size, md5: etag };
  };

  store.copyObject = async (
    bucket: string,
    key: string,
    toBucket: string,
    toKey: string,
    metadata?: any,
  ) => {
    const source = await store.getMetadata(bucket, key);
    const path = join(directory, TEMPORARY, randomUUID());
    fs.copyFileSync(store.getResourcePath(bucket, key, "object"), path);
    const { size } = fs.statSync(path);
    const etag = source.etag.replaceAll('"', "");
    const target = { bucket: toBucket, key: toKey };
    const object = { ...target, metadata: metadata ?? source };
    await place(object, { path, size, etag });
    return await store.getMetadata(toBucket, toKey);
  };
}
