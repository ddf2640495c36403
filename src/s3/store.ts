import {
  callsOf,
  ListableDriverObjectStore,
} from "../driver_store/driver_object_store.ts";
import type { DeletableObjectStore } from "../object_store.ts";
import {
  checkCommonOptions,
  refuseBesideClient,
} from "../s3_protocol/check_common_options.ts";
import type {
  CheckedOptions,
  S3CommonOptions,
} from "../s3_protocol/common_options.ts";
import { DirectTransport } from "../s3_protocol/direct_transport.ts";
import { S3ProtocolDriver } from "../s3_protocol/driver.ts";
import { findPlace } from "../s3_protocol/place.ts";
import type { S3Transport, UrlRequest } from "../s3_protocol/http/transport.ts";
import {
  getSignedUrl,
  type SignedUrlOptions,
} from "../s3_protocol/signed_url.ts";
import { ClientTransport, type S3ClientLike } from "./client_transport.ts";
import { DefaultChain } from "./default_chain.ts";

/** Options of an {@linkcode S3ObjectStore}. */
export interface S3ObjectStoreOptions extends S3CommonOptions {
  /**
   * A client of `@aws-sdk/client-s3` that is made ready: then every request
   * goes through its `send`, with its credentials, region, endpoint, retries
   * and handlers, and it is not closed with the store. It takes the place of
   * `region`, `endpoint`, `pathStyle`, `credentials`, `attempts` and
   * `caCerts`.
   *
   * Over HTTPS Deno's `node:https` reads on for a reader that pauses. `readObject()` then asks for an
   * object of more than 8 MiB in pieces of so many, one after the other.
   */
  readonly client?: S3ClientLike | undefined;
}

const CLIENTS_OWN = [
  ...["region", "endpoint", "pathStyle", "credentials", "attempts", "caCerts"],
] as const;

/**
 * Keeps objects in a bucket of Amazon S3, or of a service that speaks its
 * protocol.
 *
 * With `credentials` requests are signed here and no SDK is loaded. Without,
 * the SDK's default chain finds keys, region and endpoint (the environment,
 * profiles, web identity, instance roles); it is loaded with the first
 * request. With `client` everything goes through that client.
 *
 * Names with empty, `.` or `..` segments are refused, as servers make other
 * names of them; a service may refuse more. Every other name is kept exactly.
 * The URI is `s3://bucket/prefix/name`.
 *
 * A file up to `partSize` is one request, a larger one an upload in parts,
 * which is discarded when it fails. A process that is killed leaves its parts
 * at the service: have a lifecycle rule expire unfinished uploads. Objects may
 * have up to 5 TiB; memory does not grow with them.
 *
 * A stream that is read holds some 2 MiB, whatever its reader does. One that is stored is held in
 * parts of 8 MiB, 32 MiB in all, and is one request up to 8 MiB. Without `size` its parts grow from
 * 8 GiB on, and one is held: 160 MiB of it at 100 GiB, 1.2 GiB at 5 TiB; with `size` a ten-thousandth
 * of it. Bytes and blobs are sent as a file is.
 *
 * @example
 * ```ts ignore
 * import { S3ObjectStore } from "@storekit/object-store/s3";
 *
 * await using store = new S3ObjectStore({
 *   bucket: "models",
 *   prefix: "runs/1",
 *   region: "eu-central-1",
 * });
 * await store.uploadObject("model.bin", "./model.bin");
 * ```
 */
export class S3ObjectStore extends ListableDriverObjectStore
  implements DeletableObjectStore {
  declare readonly deleteObject: DeletableObjectStore["deleteObject"];
  readonly #transport: S3Transport;

  /**
   * Opens a store; nothing is asked yet.
   *
   * @param options The bucket, and how it is reached.
   * @throws {TypeError} If an option is missing, unknown or of the wrong kind.
   */
  constructor(options: S3ObjectStoreOptions) {
    const checked = checkCommonOptions(options, ["client"]);
    const client = checkClient(options);
    const transport = client
      ? new ClientTransport(client, checked)
      : makeTransport(checked);
    super(new S3ProtocolDriver(transport, checked), { prefix: checked.prefix });
    this.#transport = transport;
  }

  /**
   * Signs a URL by which somebody without credentials can read, store or remove one object for a while,
   * past this program. Whoever has the URL can use it: it is a secret, and stands in no message of the
   * store. Nothing is asked of the service, and so not whether the object is there.
   *
   * @param objectName The object's name.
   * @param options What may be done with it, and for how long.
   * @returns The URL, equal to that of `@aws-sdk/s3-request-presigner` for the same inputs.
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
      (request) => this.#transport.signUrl(request, queryOf(request)),
    );
  }
}

const URL_OPERATIONS: Partial<Record<UrlRequest["method"], string>> = {
  GET: "GetObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

/** The parameters that the SDK of AWS has in its signed URLs besides the signature. */
function queryOf({ method }: UrlRequest): Record<string, string> {
  const { [method]: operation } = URL_OPERATIONS;
  return {
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    ...operation === undefined ? {} : { "x-id": operation },
  };
}

function checkClient(options: S3ObjectStoreOptions): S3ClientLike | undefined {
  const { client } = options;
  if (client === undefined) return undefined;
  if (typeof client?.send !== "function") {
    throw new TypeError(
      "Cannot open a store as 'client' must be a client of @aws-sdk/client-s3: current value has no 'send'",
    );
  }
  refuseBesideClient(options, CLIENTS_OWN);
  return client;
}

function makeTransport(options: CheckedOptions): S3Transport {
  const { bucket, endpoint, pathStyle, credentials, timeout, caCerts } =
    options;
  const region = options.region ?? (endpoint ? "us-east-1" : undefined);
  if (credentials && region !== undefined) {
    const place = findPlace({ bucket, region, endpoint, pathStyle });
    return new DirectTransport({ place, credentials, timeout, caCerts });
  }
  const chain = new DefaultChain(options);
  return new DirectTransport({
    place: () => chain.place(),
    credentials: credentials ?? (() => chain.credentials()),
    timeout,
    caCerts,
  });
}
