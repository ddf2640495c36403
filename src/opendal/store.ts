import { ListableDriverObjectStore } from "../driver_store/driver_object_store.ts";
import type { DeletableObjectStore } from "../object_store.ts";
import { refuseOption, refuseUnknown } from "../refusal.ts";
import { OpendalDriver } from "./driver.ts";
import { loadOperator, type OperatorLike } from "./operator.ts";
import { uriOf } from "./place.ts";
import {
  canList,
  type Limitation,
  limitationsOf,
  serviceOf,
} from "./services.ts";

/** Options of either kind. */
export interface OpendalCommonOptions {
  /**
   * Beginning of all keys of this store, without being part of the names: whole segments, such as
   * `runs/2026`.
   *
   * @default {""}
   */
  prefix?: string;
  /**
   * True if a service is refused on which bytes could be damaged or lost, and whether nothing may
   * stay behind of an upload that has failed: then objects have up to 256 MiB on services whose
   * pieces OpenDAL cannot discard. With `false`, see {@linkcode OpendalObjectStore.limitations}.
   *
   * @default {true}
   */
  strict?: boolean;
  /**
   * Milliseconds that one request may take without an answer. OpenDAL tells nothing while bytes are
   * sent, so that a request that carries more than 8 MiB has as many times longer.
   *
   * @default {60000}
   */
  requestTimeout?: number;
}

/** A store on an operator that the user has made. */
export interface OpendalOperatorOptions extends OpendalCommonOptions {
  /**
   * An OpenDAL `Operator`, with the version and the layers of the user's choice. A `RetryLayer`
   * goes on behind an abort, and is better left out: the store tries again itself. Or a function
   * that makes one: it is called at the first request and, for Redis and databases, after a lost
   * connection, since OpenDAL's pools can take minutes to see that the service is back.
   */
  operator: OperatorLike | (() => OperatorLike | Promise<OperatorLike>);
  /** Beginning of the URIs of its objects, such as `azblob://container`: without a secret. */
  uri: string;
  /**
   * The service's name in OpenDAL, such as `azblob`. Left out, the store judges by `capability()`; a
   * function needs it.
   *
   * @default {undefined}
   */
  scheme?: string;
}

/** A store on a service that the store opens itself, by `npm:opendal`. */
export interface OpendalSchemeOptions extends OpendalCommonOptions {
  /** The service's name in OpenDAL, such as `azblob`. */
  scheme: string;
  /** The service's options, as OpenDAL names them, such as `container` and `account_key`. */
  options: Readonly<Record<string, string>>;
  /**
   * Beginning of the URIs of its objects.
   *
   * @default {scheme, host or bucket, and root}
   */
  uri?: string;
}

/** Options of an {@linkcode OpendalObjectStore}. */
export type OpendalObjectStoreOptions =
  | OpendalOperatorOptions
  | OpendalSchemeOptions;

const DEFAULT_TIMEOUT = 60_000;
const NAMES = new Set([
  ...["operator", "uri", "scheme", "options"],
  ...["prefix", "strict", "requestTimeout"],
]);
/** Options of services that hold what must not show. */
const SECRET = /key|secret|token|password|credential|sas|connection_string/i;

/**
 * Keeps objects in any service that Apache OpenDAL speaks to: Azure Blob, Google Cloud Storage,
 * WebDAV, Redis, SQLite and some forty others. It takes an `Operator` of `npm:opendal`, or a scheme
 * and options and loads OpenDAL itself, which is native code (42 MB, `--allow-ffi`).
 *
 * Everything that OpenDAL does not keep is repaired or refused openly: a name that it would change is an
 * `InvalidObjectNameError`; a download asks for one version by its ETag where the service has that,
 * and otherwise looks at the version before and after; where a file is visible while it is written,
 * it is written under a name `.object-store-upload-<UUID>` in the operator's root and renamed (a
 * killed process may leave one, which nothing reads). A request that passes is tried up to three
 * times. Retries in a layer of the operator would go on behind an abort: leave them out.
 *
 * What an upload holds in memory: an object that OpenDAL gathers for one request, once; pieces, five
 * at a time, of 4 MiB where an object has no more than 35 GiB. To S3 an object of more than 8 MiB
 * goes out as it is read, by a URL that OpenDAL signs: that request is this process's own, past
 * the operator's layers. Deno has to permit the connection (`--allow-net`), or OpenDAL gathers.
 *
 * {@linkcode OpendalObjectStore.limitations} says which clauses the service does not keep.
 * `isListable()` tells whether it can name its objects: Redis and SQL databases cannot through OpenDAL.
 *
 * @example
 * ```ts ignore
 * import { OpendalObjectStore } from "@storekit/object-store/opendal";
 *
 * await using store = new OpendalObjectStore({
 *   scheme: "azblob",
 *   options: {
 *     endpoint: "https://account.blob.core.windows.net",
 *     container: "models",
 *     account_name: "account",
 *     account_key: Deno.env.get("AZURE_STORAGE_KEY")!,
 *   },
 *   prefix: "runs/1",
 * });
 * await store.uploadObject("model.bin", "./model.bin");
 * ```
 */
export class OpendalObjectStore extends ListableDriverObjectStore
  implements DeletableObjectStore {
  declare readonly deleteObject: DeletableObjectStore["deleteObject"];
  /**
   * Promises of the contract that the service does not keep, or not as they stand there: with a scheme by
   * what is known of it, with an operator also by what it says of itself.
   */
  readonly limitations: readonly Limitation[];

  /**
   * Opens a store; nothing is asked yet, and OpenDAL is not loaded.
   *
   * @param options The operator, or the service and its options.
   * @throws {TypeError} If an option is missing, unknown or of the wrong kind, or if bytes could be
   * damaged on this service and `strict` is not `false`.
   */
  constructor(options: OpendalObjectStoreOptions) {
    const checked = checkOptions(options);
    const { scheme, prefix, strict = true } = checked;
    const { operator } = checked;
    const capability = typeof operator === "object"
      ? operator.capability()
      : undefined;
    const service = serviceOf(scheme, capability);
    if (!service) {
      throw new TypeError(
        `Cannot open an OpenDAL store as the scheme ${
          JSON.stringify(scheme)
        } is not known here: make an 'Operator' of it and give that as 'operator'`,
      );
    }
    const limitations = limitationsOf(service, capability);
    const [first] = limitations;
    if (strict && first?.isSerious) {
      throw new TypeError(
        `Cannot open an OpenDAL store as ${
          scheme === undefined ? "the operator" : JSON.stringify(scheme)
        } does not keep clause ${first.clause} of the contract: ${first.text} ('strict: false' opens it all the same)`,
      );
    }
    const { requestTimeout = DEFAULT_TIMEOUT } = checked;
    const given = checked.options ?? {};
    const secrets = Object.entries(given)
      .filter(([name]) => SECRET.test(name)).map(([, value]) => value);
    super(
      new OpendalDriver({
        operator: async () =>
          typeof operator === "function"
            ? await operator()
            : operator ?? await loadOperator(scheme ?? "", given),
        service,
        uri: checked.uri.replace(/\/+$/, ""),
        isStrict: strict,
        requestTimeout,
        secrets,
      }),
      { prefix },
    );
    this.limitations = limitations;
    if (!canList(service)) {
      // `isListable()` and whoever asks for the method see that there is none.
      Object.defineProperty(this, "listObjects", { value: undefined });
    }
  }
}

interface Checked extends OpendalCommonOptions {
  readonly operator?: OpendalOperatorOptions["operator"];
  readonly scheme?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly uri: string;
}

const OPENING = "open an OpenDAL store";

function checkOptions(given: OpendalObjectStoreOptions): Checked {
  if (typeof given !== "object" || given === null) {
    throw refuseOption(OPENING, "options", "be an object", given);
  }
  refuseUnknown(OPENING, given, NAMES);
  const options = given as Partial<Checked>;
  const { operator, scheme, requestTimeout, strict } = options;
  if ((operator === undefined) === (options.options === undefined)) {
    throw new TypeError(
      `Cannot ${OPENING} as it needs either an 'operator', or a 'scheme' and its 'options'`,
    );
  }
  const isNamed = typeof scheme === "string" && scheme !== "";
  if (!isNamed && (scheme !== undefined || operator === undefined)) {
    throw refuseOption(
      OPENING,
      "scheme",
      "be a service's name in OpenDAL",
      scheme,
    );
  }
  const isOperator = typeof operator === "function" && scheme !== undefined ||
    typeof operator === "object" &&
      typeof operator?.capability === "function";
  if (operator !== undefined && !isOperator) {
    throw refuseOption(
      OPENING,
      "operator",
      "be an OpenDAL 'Operator', or beside 'scheme' a function that makes one",
      operator,
    );
  }
  const isTimeout = Number.isInteger(requestTimeout ?? 1) &&
    (requestTimeout ?? 1) > 0 && (requestTimeout ?? 1) < 2 ** 31;
  if (!isTimeout) {
    throw refuseOption(
      OPENING,
      "requestTimeout",
      "be a positive integer below 2147483648",
      requestTimeout,
      RangeError,
    );
  }
  if (strict !== undefined && typeof strict !== "boolean") {
    throw refuseOption(OPENING, "strict", "be a boolean", strict);
  }
  return { ...options, uri: checkUri(options) };
}

function checkUri({ uri, scheme, options }: Partial<Checked>): string {
  const known = scheme !== undefined && options
    ? uriOf(scheme, options)
    : undefined;
  const whole = uri ?? known;
  // Neither is shown, as there may be a password in it.
  if (
    typeof whole !== "string" || !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(whole) &&
      !whole.startsWith("file:///")
  ) {
    throw new TypeError(
      `Cannot ${OPENING} as 'uri' must say where the objects are, such as "azblob://container"`,
    );
  }
  if (/^[^/]*\/\/[^/]*@|[?#]/.test(whole)) {
    throw new TypeError(
      `Cannot ${OPENING} as 'uri' must have no user name, password, query or fragment`,
    );
  }
  return whole;
}
