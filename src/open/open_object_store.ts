import type { FileSystemObjectStoreOptions } from "../file_system/store.ts";
import type { MinioObjectStoreOptions } from "../minio/store.ts";
import type {
  DeletableObjectStore,
  ListableObjectStore,
  ObjectStore,
  ReadableObjectStore,
  WritableObjectStore,
} from "../object_store.ts";
import { refuseUnknown } from "../refusal.ts";
import type { OpendalSchemeOptions } from "../opendal/store.ts";
import type { S3ObjectStoreOptions } from "../s3/store.ts";
import { parseUri } from "./parse_uri.ts";

const NAMES = new Set(["s3", "minio", "file", "opendal", "schemes"]);

/** A store of this package, which has every optional power. */
export type BundledObjectStore =
  & DeletableObjectStore
  & ListableObjectStore
  & ReadableObjectStore
  & WritableObjectStore;

/** Options of {@linkcode openObjectStore}: those of the store itself, but for what the URI says. */
export interface OpenObjectStoreOptions<Other extends ObjectStore = never> {
  /** Options for `s3:`. Credentials, region and endpoint are here, or where the SDK's default chain looks for them. */
  readonly s3?: Omit<S3ObjectStoreOptions, "bucket">;
  /** Options for `minio+http:` and `minio+https:`. */
  readonly minio?: Omit<MinioObjectStoreOptions, "bucket" | "endpoint">;
  /** Options for `file:`. */
  readonly file?: Omit<FileSystemObjectStoreOptions, "root">;
  /** Options for `gs:`, `azblob:` and other services that OpenDAL speaks to; its `options` are the service's, credentials among them. */
  readonly opendal?: Partial<Omit<OpendalSchemeOptions, "scheme">>;
  /** Stores of your own: what opens them, by their scheme without its colon. It is given the URI as it is. */
  readonly schemes?: Readonly<
    Record<string, (uri: string) => Other | Promise<Other>>
  >;
}

/**
 * Opens a store by the URI of its place (clause 35), and loads no more than that store needs:
 *
 * - `s3://bucket/prefix`: an `S3ObjectStore`;
 * - `minio+https://host:9000/bucket/prefix`, or `minio+http:`: a `MinioObjectStore`;
 * - `file:///root`: a `FileSystemObjectStore`, with the prefix in `options.file`;
 * - `gs://bucket/prefix`, `azblob://container/prefix` or `azblob://host/container/prefix`, and likewise
 *   `b2:`, `cos:`, `obs:` and `oss:`: an `OpendalObjectStore`.
 *
 * Buckets and prefixes are taken as they are, as `getUri()` gives them: nothing is decoded. Nothing is
 * asked of the service yet: see `checkAccess()`.
 *
 * @typeParam Other What the openers of `options.schemes` give.
 * @param uri The URI; for `file:` also a `URL`. It never holds credentials.
 * @param options What the URI does not say.
 * @returns The store. It has to be closed.
 * @throws {TypeError} If the scheme is unknown, the URI is none of these forms, or an option is wrong. A
 * URI with credentials is refused, and never repeated.
 *
 * @example
 * ```ts
 * import { openObjectStore } from "@storekit/object-store/open";
 *
 * await using store = await openObjectStore("file:///tmp/models", { file: { prefix: "v1" } });
 * await store.writeObject("note.txt", "hello");
 * console.log(await (await store.readObject("note.txt")).text()); // hello
 * await store.deleteObject("note.txt");
 * ```
 *
 * @example The same program for a laptop and for the cloud
 * ```ts ignore
 * import { openObjectStore } from "@storekit/object-store/open";
 *
 * await using store = await openObjectStore(Deno.env.get("STORE") ?? "file:///tmp/models");
 * ```
 */
export async function openObjectStore<Other extends ObjectStore = never>(
  uri: string | URL,
  options: OpenObjectStoreOptions<Other> = {},
): Promise<BundledObjectStore | Other> {
  refuseUnknown("open a store", options, NAMES);
  const { s3 = {}, minio = {}, file = {}, opendal = {}, schemes = {} } =
    options;
  const place = parseUri(uri, Object.keys(schemes));
  switch (place.kind) {
    case "s3": {
      const { S3ObjectStore } = await import("../s3/store.ts");
      const { bucket, prefix } = place;
      return new S3ObjectStore({ ...s3, bucket, ...prefixOf(prefix, s3) });
    }
    case "minio": {
      const { MinioObjectStore } = await import("../minio/store.ts");
      const { bucket, prefix, endpoint } = place;
      return new MinioObjectStore({
        ...minio,
        bucket,
        endpoint,
        ...prefixOf(prefix, minio),
      });
    }
    case "file": {
      const { FileSystemObjectStore } = await import("../file_system/store.ts");
      return new FileSystemObjectStore({ ...file, root: place.root });
    }
    case "opendal": {
      const { OpendalObjectStore } = await import("../opendal/store.ts");
      const { service, prefix } = place;
      return new OpendalObjectStore({
        ...opendal,
        scheme: service,
        options: { ...place.options, ...opendal.options },
        ...prefixOf(prefix, opendal),
      });
    }
    case "other":
      return await schemes[place.scheme]!(place.uri);
  }
}

/** One of both may say it. */
function prefixOf(
  prefix: string,
  options: { readonly prefix?: string | undefined },
): { prefix: string } {
  if (prefix !== "" && options.prefix) {
    throw new TypeError(
      "Cannot open a store as 'prefix' must not be given beside that of the URI",
    );
  }
  return { prefix: prefix || options.prefix || "" };
}
