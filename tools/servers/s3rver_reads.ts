// deno-lint-ignore-file no-explicit-any -- s3rver has no types.
import * as fs from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";

const OBJECT_SUFFIX = "._S3rver_object";
/** The bytes of a file that are read at once; a smaller answer is not read as a stream. */
const BUFFERED = 256 * 2 ** 10;
/** Headers that are kept with an object, besides those that begin with `x-amz-meta-`. */
const KEPT = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
]);

/** The bytes of an object that are asked for; the last is one of them. */
export interface AskedRange {
  /** The first. @default 0 */
  readonly start?: number;
  /** The last. @default The object's last. */
  readonly end?: number;
}

/**
 * Makes s3rver ask for its small files at once, several for each request: to
 * hand each step to another thread took a third of its time. What is known of
 * objects is in memory, and in one file for the next start, instead of in two
 * files for each.
 *
 * @param store The server's store.
 * @param file The file for the next start.
 */
export function keepAtOnce(store: any, file: string): void {
  const { getBucket, getSubresource } = store;
  const buckets = new Map<string, unknown>();
  const known = readKnown(file);
  const journal = fs.openSync(file, "a");

  store.getBucket = async (bucket: string) => {
    if (!fs.existsSync(store.getBucketPath(bucket))) return null;
    const found = buckets.get(bucket) ?? await getBucket.call(store, bucket);
    if (found) buckets.set(bucket, found);
    return found;
  };

  store.getMetadata = (bucket: string, key: string) =>
    Promise.resolve().then(() => {
      const stat = fs.statSync(store.getResourcePath(bucket, key, "object"));
      return {
        ...known.get(`${bucket}/${key}`),
        "last-modified": stat.mtime.toUTCString(),
        "content-length": stat.size,
      };
    });

  store.putMetadata = (
    bucket: string,
    key: string,
    metadata: Record<string, unknown>,
    etag: string,
  ) => {
    const kept = Object.entries(metadata).filter(([name]) =>
      KEPT.has(name) || name.startsWith("x-amz-meta-")
    );
    const entry = { ...Object.fromEntries(kept), etag: `"${etag}"` };
    known.set(`${bucket}/${key}`, entry);
    const line = JSON.stringify([`${bucket}/${key}`, entry]);
    fs.appendFileSync(journal, `${line}\n`);
  };

  store.getSubresource = async (bucket: string, key: string, type: string) => {
    const path = store.getResourcePath(bucket, key, `${type}.xml`);
    // Nobody gives a bucket rules for sites, which each request asks for.
    if (!fs.existsSync(path)) return null;
    return await getSubresource.call(store, bucket, key, type);
  };
}

/** What is known of each object, by bucket and key. A kill cuts no line off, as each is written at once. */
function readKnown(file: string): Map<string, Record<string, unknown>> {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  return new Map(
    text.split("\n").slice(0, -1).map((line) => JSON.parse(line)),
  );
}

/**
 * Opens an object for an answer.
 *
 * @param path The file with its bytes.
 * @param options `size`: their number. `asked`: which, if not all. `isHead`: whether the answer has no body.
 * @returns The content, unless there is nothing to give, and the range, if one was asked for.
 */
export async function openObject(
  path: string,
  { size, asked: { start, end }, isHead }: {
    size: number;
    asked: AskedRange;
    isHead: boolean;
  },
): Promise<{ content?: Readable; range?: Required<AskedRange> }> {
  const isRange = start !== undefined || end !== undefined;
  const first = start ?? 0;
  const last = Math.min(end ?? Infinity, size - 1);
  const range = { start: first, end: last };
  const shown = isRange ? { range } : {};
  // The first byte of nothing is not there, and nothing as a whole is.
  if (isRange && last < first) return shown;
  if (isHead) return { content: Readable.from([]), ...shown };
  const count = last - first + 1;
  if (count <= BUFFERED) {
    const bytes = readBytes(path, first, count);
    return {
      content: Readable.from(bytes.length > 0 ? [bytes] : []),
      ...shown,
    };
  }
  const options = { ...range, highWaterMark: BUFFERED };
  const content = fs.createReadStream(path, options);
  // One that is replaced from now on is still read.
  await new Promise((resolve, reject) =>
    content.once("open", resolve).once("error", reject)
  );
  return { content, ...shown };
}

function readBytes(path: string, position: number, count: number): Buffer {
  const file = fs.openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(count);
    for (let done = 0; done < count;) {
      const rest = count - done;
      const more = fs.readSync(file, bytes, done, rest, position + done);
      if (more === 0) throw new Error(`"${path}" has become shorter`);
      done += more;
    }
    return bytes;
  } finally {
    fs.closeSync(file);
  }
}

/**
 * Finds the keys of a bucket that begin with a prefix, in no order.
 *
 * @param bucket The bucket's directory.
 * @param prefix The prefix. Where it names a directory, only that is read: in the whole bucket is all that others have stored.
 */
export function findKeys(bucket: string, prefix: string): string[] {
  const parent = parentOf(prefix);
  // With the dot it is no file.
  if (!fs.existsSync(`${bucket}/${parent}.`)) return [];
  const paths = fs.readdirSync(join(bucket, parent), { recursive: true });
  return (paths as string[]).filter((path) => path.endsWith(OBJECT_SUFFIX))
    .map((path) => parent + path.slice(0, -OBJECT_SUFFIX.length))
    .filter((key) => key.startsWith(prefix));
}

function parentOf(prefix: string): string {
  const parent = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const isPlain = parent.split("/").slice(0, -1).every((segment) =>
    segment !== "" && segment !== "." && segment !== ".."
  );
  return isPlain ? parent : "";
}
