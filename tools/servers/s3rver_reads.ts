// deno-lint-ignore-file no-explicit-any -- s3rver has no types.
import * as fs from "node:fs";
import { join } from "node:path";

const OBJECT_SUFFIX = "._S3rver_object";

/**
 * Makes s3rver read its small files at once, several for each request: to hand
 * each step to another thread took a third of its time.
 *
 * @param store The server's store.
 */
export function readAtOnce(store: any): void {
  const { getBucket, getMetadata, getSubresource } = store;
  const buckets = new Map<string, unknown>();

  store.getBucket = async (bucket: string) => {
    if (!fs.existsSync(store.getBucketPath(bucket))) return null;
    const found = buckets.get(bucket) ?? await getBucket.call(store, bucket);
    if (found) buckets.set(bucket, found);
    return found;
  };

  store.getMetadata = async (bucket: string, key: string) => {
    const path = store.getResourcePath(bucket, key, "object");
    const more = store.getResourcePath(bucket, key, "metadata.json");
    // What is missing it makes, or misses, itself.
    if (![path, `${path}.md5`, more].every((file) => fs.existsSync(file))) {
      return await getMetadata.call(store, bucket, key);
    }
    const stat = fs.statSync(path);
    return {
      ...JSON.parse(fs.readFileSync(more, "utf8")),
      "etag": JSON.stringify(fs.readFileSync(`${path}.md5`, "utf8")),
      "last-modified": stat.mtime.toUTCString(),
      "content-length": stat.size,
    };
  };

  store.getSubresource = async (bucket: string, key: string, type: string) => {
    const path = store.getResourcePath(bucket, key, `${type}.xml`);
    // Nobody gives a bucket rules for sites, which each request asks for.
    if (!fs.existsSync(path)) return null;
    return await getSubresource.call(store, bucket, key, type);
  };
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
