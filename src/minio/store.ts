import {
  callsOf,
  ListableDriverObjectStore,
} from "../driver_store/driver_object_store.ts";
import type { DeletableObjectStore } from "../object_store.ts";
import {
  checkCommonOptions,
  refusal,
  refuseBesideClient,
} from "../s3_protocol/check_common_options.ts";
import type {
  CheckedOptions,
  S3CommonOptions,
} from "../s3_protocol/common_options.ts";
import { DirectTransport } from "../s3_protocol/direct_transport.ts";
import { findPlace } from "../s3_protocol/place.ts";
import type { S3Transport } from "../s3_protocol/http/transport.ts";
import {
  getSignedUrl,
  type SignedUrlOptions,
} from "../s3_protocol/signed_url.ts";
import type { MinioClientLike, MinioCredentialProviderLike } from "./client.ts";
import { MinioClientTransport } from "./client_transport.ts";
import { makeDefaultCredentials, readProvider } from "./default_credentials.ts";
import { MinioDriver } from "./driver.ts";

/** Options of a {@linkcode MinioObjectStore}. */
export interface MinioObjectStoreOptions
  extends Omit<S3CommonOptions, "credentials"> {
  /**
   * The keys, what gives them, or a credential provider of `npm:minio`, which
   * is asked before each request and keeps what it has found itself.
   *
   * @default What the environment has in `MINIO_ACCESS_KEY` and
   * `MINIO_SECRET_KEY`, `MINIO_ROOT_USER` and `MINIO_ROOT_PASSWORD`, or
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`;
   * otherwise those of a role, which `npm:minio` asks for.
   */
  readonly credentials?:
    | S3CommonOptions["credentials"]
    | MinioCredentialProviderLike;
  /**
   * A `Client` of `npm:minio` that is made ready: then it addresses and signs
   * every request, and they go through its transport and agent. It is not
   * closed with the store. It takes the place of `endpoint`, `region`,
   * `pathStyle`, `credentials` and `caCerts`.
   *
   * Over HTTPS Deno's `node:https` reads on for a reader that pauses. `readObject()` then asks for an
   * object of more than 8 MiB in pieces of so many, one after the other.
   */
  readonly client?: MinioClientLike | undefined;
}

const CLIENTS_OWN = [
  ...["endpoint", "region", "pathStyle", "credentials", "caCerts"],
] as const;

/**
 * Keeps objects in a bucket of a MinIO server.
 *
 * It differs from an `S3ObjectStore` in where it finds credentials, in the
 * client that it takes, and in the names that it refuses besides empty, `.`
 * and `..` segments, as MinIO refuses them or makes other names of them:
 * segments of more than 255 bytes or that end with `__XLDIR__`, and names in
 * which a backslash or space stands beside `.` or `..` as in `a\..\b`.
 *
 * MinIO keeps `a` and `a/b` both, but while `a` is there a listing does not
 * show `a/b`.
 *
 * A file up to `partSize` is one request, a larger one an upload in parts,
 * which is discarded when it fails. A process that is killed leaves its parts
 * at the server, which removes them after a day. Objects may have up to 5 TiB;
 * memory does not grow with them.
 *
 * A stream that is read holds some 2 MiB, whatever its reader does. One that is stored is held in
 * parts of 8 MiB, 32 MiB in all, and is one request up to 8 MiB. Without `size` its parts grow from
 * 8 GiB on, and one is held: 160 MiB of it at 100 GiB, 1.2 GiB at 5 TiB; with `size` a ten-thousandth
 * of it. Bytes and blobs are sent as a file is.
 *
 * @example
 * ```ts ignore
 * import { MinioObjectStore } from "@storekit/object-store/minio";
 *
 * await using store = new MinioObjectStore({
 *   endpoint: "http://127.0.0.1:9000",
 *   bucket: "models",
 *   prefix: "runs/1",
 *   credentials: { accessKeyId: "me", secretAccessKey: "my secret" },
 * });
 * await store.uploadObject("model.bin", "./model.bin");
 * ```
 */
export class MinioObjectStore extends ListableDriverObjectStore
  implements DeletableObjectStore {
  declare readonly deleteObject: DeletableObjectStore["deleteObject"];
  readonly #transport: S3Transport;

  /**
   * Opens a store; nothing is asked yet.
   *
   * @param options The bucket, and how it is reached.
   * @throws {TypeError} If an option is missing, unknown or of the wrong kind.
   */
  constructor(options: MinioObjectStoreOptions) {
    const checked = checkOptions(options);
    const transport = options.client
      ? openClient(options, checked)
      : openDirect(checked);
    super(new MinioDriver(transport, checked), { prefix: checked.prefix });
    this.#transport = transport;
  }

  /**
   * Signs a URL by which somebody without credentials can read, store or remove one object for a while,
   * past this program. Whoever has the URL can use it: it is a secret, and stands in no message of the
   * store. Nothing is asked of the service, and so not whether the object is there.
   *
   * @param objectName The object's name.
   * @param options What may be done with it, and for how long.
   * @returns The URL, equal to that of `npm:minio` for the same inputs.
   * @throws {TypeError} If an option is not as it must be.
   * @throws {RangeError} If `expiresIn` is out of its range.
   * @throws {ObjectStorePermissionError} If no credentials are found.
   *
   * @example A link for a browser to upload to
   * ```ts ignore
   * const url = await store.getSignedUrl("uploads/photo.jpg", {
   *   method: "PUT",
   *   expiresIn: 600,
   *   contentType: "image/jpeg",
   * });
   * ```
   */
  async getSignedUrl(
    objectName: string,
    options: SignedUrlOptions = {},
  ): Promise<string> {
    return await getSignedUrl(
      callsOf(this),
      objectName,
      options,
      (request) => this.#transport.signUrl(request, {}),
    );
  }
}

function checkOptions(options: MinioObjectStoreOptions): CheckedOptions {
  const { credentials } = options ?? {};
  if (!isProvider(credentials)) {
    return checkCommonOptions(options as S3CommonOptions, ["client"]);
  }
  return checkCommonOptions(
    { ...options, credentials: () => readProvider(credentials) },
    ["client"],
  );
}

function isProvider(
  credentials: MinioObjectStoreOptions["credentials"],
): credentials is MinioCredentialProviderLike {
  return typeof credentials === "object" && credentials !== null &&
    "getCredentials" in credentials &&
    typeof credentials.getCredentials === "function";
}

function openClient(
  options: MinioObjectStoreOptions,
  { bucket, timeout }: CheckedOptions,
): S3Transport {
  const client = options.client!;
  if (typeof client.makeRequestStreamAsync !== "function") {
    throw new TypeError(
      "Cannot open a store as 'client' must be a client of minio: current value has no 'makeRequestStreamAsync'",
    );
  }
  refuseBesideClient(options, CLIENTS_OWN);
  return new MinioClientTransport(client, { bucket, timeout });
}

function openDirect(options: CheckedOptions): S3Transport {
  const { bucket, region = "us-east-1", endpoint, pathStyle } = options;
  const { timeout, caCerts } = options;
  if (endpoint === undefined) {
    throw refusal("endpoint", "be given, or 'client'", endpoint);
  }
  return new DirectTransport({
    place: findPlace({ bucket, region, endpoint, pathStyle }),
    credentials: options.credentials ?? makeDefaultCredentials(timeout),
    timeout,
    caCerts,
  });
}
