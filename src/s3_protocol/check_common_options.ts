import type {
  CheckedOptions,
  S3CommonOptions,
  TemporaryCredentials,
  UploadDefaults,
} from "./common_options.ts";
import { refuseOption, refuseUnknown } from "../refusal.ts";
import type { S3Credentials } from "./sign_request.ts";

const MIB = 2 ** 20;

const ACCESS_POINT =
  /^arn:[\w-]+:s3(?:-[\w-]+)?:[\w-]*:\d*:(?:accesspoint|outpost)[/:][\w./:-]+$/;

/** Names of the common options. */
const NAMES = [
  ...["bucket", "prefix", "region", "endpoint", "pathStyle", "credentials"],
  ...["partSize", "parallel", "timeout", "attempts", "checksum", "upload"],
  ...["caCerts"],
];
const UPLOAD_NAMES = new Set([
  ...["contentType", "metadata", "storageClass", "serverSideEncryption"],
  ...["kmsKeyId"],
]);

/**
 * Checks the options of a store.
 *
 * @param options What the store's maker gave.
 * @param further Names of options that this store has besides the common ones.
 * @returns The common ones, complete.
 * @throws {TypeError} If one is missing, unknown or of the wrong kind.
 */
export function checkCommonOptions(
  options: S3CommonOptions & { readonly client?: unknown },
  further: readonly string[] = [],
): CheckedOptions {
  if (!isRecord(options)) throw refusal("options", "be an object", options);
  refuseUnknown("open a store", options, new Set([...NAMES, ...further]));
  const { bucket, region, pathStyle, checksum = "crc32", caCerts = [] } =
    options;
  // What an access point's ARN stands for, only a client's own endpoint rules know.
  const isArn = isText(bucket, ACCESS_POINT) && options.client !== undefined;
  if (!isArn && !isText(bucket, /^[A-Za-z0-9][\w.-]{1,254}$/)) {
    throw refusal("bucket", "be the name of a bucket", bucket);
  }
  if (region !== undefined && !isText(region, /^[\w-]+$/)) {
    throw refusal("region", "be the name of a region", region);
  }
  if (pathStyle !== undefined && typeof pathStyle !== "boolean") {
    throw refusal("pathStyle", "be a boolean", pathStyle);
  }
  if (!["crc32", "md5", "none"].includes(checksum)) {
    throw refusal("checksum", "be 'crc32', 'md5' or 'none'", checksum);
  }
  if (!Array.isArray(caCerts) || !caCerts.every((cert) => isText(cert, /./))) {
    throw refusal("caCerts", "be an array of certificates in PEM", caCerts);
  }
  const count = { least: 1, most: Number.MAX_SAFE_INTEGER };
  return {
    bucket,
    prefix: options.prefix,
    region,
    endpoint: checkEndpoint(options.endpoint),
    pathStyle,
    credentials: checkCredentials(options.credentials),
    partSize: checkInteger("partSize", options.partSize ?? 16 * MIB, {
      least: 5 * MIB,
      most: 5 * 1024 * MIB,
    }),
    singleUploadSize: options.partSize ?? SINGLE_UPLOAD,
    parallel: checkInteger("parallel", options.parallel ?? 8, count),
    // Who has named a number has it.
    mostParallel: options.parallel ?? MOST_PARALLEL,
    timeout: checkInteger("timeout", options.timeout ?? 30_000, {
      least: 1,
      most: 2 ** 31 - 1,
    }),
    attempts: checkInteger("attempts", options.attempts ?? 3, count),
    checksum,
    upload: checkUpload(options.upload ?? {}),
    caCerts: [...caCerts],
  };
}

/** Bytes up to which one connection is as fast as parts, which take two round trips more. */
const SINGLE_UPLOAD = 8 * MIB;
/** As many connections as other clients of S3 use at most. */
const MOST_PARALLEL = 16;

/**
 * Refuses options that a ready client has its own of.
 *
 * @param options What the store's maker gave, `client` among it.
 * @param names The client's own.
 * @throws {TypeError} If one of them is given.
 */
export function refuseBesideClient<Options>(
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  const name = names.find((name) => options[name] !== undefined);
  if (name === undefined) return;
  throw new TypeError(
    `Cannot open a store as '${name}' must not be given beside 'client', which has its own`,
  );
}

/** Makes the error for an option; the value shows, so it must not be a secret. */
export function refusal(name: string, rule: string, value: unknown): Error {
  return refuseOption("open a store", name, rule, value);
}

function checkEndpoint(endpoint: unknown): URL | undefined {
  if (endpoint === undefined) return undefined;
  const rule =
    "be a URL with 'http:' or 'https:', a host and nothing else but a path";
  const isUrl = endpoint instanceof URL;
  if (!isUrl && typeof endpoint !== "string") {
    throw refusal("endpoint", rule, endpoint);
  }
  // What is no URL, or has a query, may hold a password or a signature.
  const notShown = () =>
    new TypeError(
      `Cannot open a store as 'endpoint' must ${rule}: current value is not shown`,
    );
  if (!URL.canParse(endpoint)) {
    throw /[@?#]/.test(`${endpoint}`)
      ? notShown()
      : refusal("endpoint", rule, endpoint);
  }
  const url = new URL(endpoint);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(
      "Cannot open a store as 'endpoint' must hold no user and no password: current value is not shown",
    );
  }
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  if (url.search !== "" || url.hash !== "") throw notShown();
  if (!isHttp) throw refusal("endpoint", rule, endpoint);
  return url;
}

function checkCredentials(
  credentials: S3CommonOptions["credentials"],
): CheckedOptions["credentials"] {
  if (credentials === undefined) return undefined;
  if (typeof credentials === "function") return cached(credentials);
  const keys = copyKeys(credentials);
  return () => keys;
}

function copyKeys(credentials: unknown): S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken } =
    (isRecord(credentials) ? credentials : {}) as Partial<S3Credentials>;
  const isToken = sessionToken === undefined || isText(sessionToken, PRINTABLE);
  if (
    !isText(accessKeyId, PRINTABLE) || !isText(secretAccessKey, /./) || !isToken
  ) {
    throw new TypeError(
      "Cannot open a store as 'credentials' must have 'accessKeyId', 'secretAccessKey' and perhaps 'sessionToken' in printable ASCII: current value is not shown",
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Asks once for as long as the keys are valid, and once for all who ask meanwhile. */
function cached(
  provider: () => Promise<TemporaryCredentials>,
): () => Promise<S3Credentials> {
  let asking: Promise<S3Credentials> | undefined;
  let validUntil = 0;
  return () => {
    if (asking && Date.now() < validUntil) return asking;
    validUntil = Infinity;
    asking = Promise.resolve().then(provider).then((found) => {
      const { expiration } = found;
      // A minute early, so that they live as long as a request needs.
      validUntil = expiration instanceof Date
        ? expiration.getTime() - 60_000
        : 0;
      return copyKeys(found);
    });
    asking.catch(() => validUntil = 0);
    return asking;
  };
}

const PRINTABLE = /^[\x21-\x7e]+$/;
/** Texts that a header carries exactly. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function checkUpload(upload: unknown): UploadDefaults {
  if (!isRecord(upload)) throw refusal("upload", "be an object", upload);
  refuseUnknown("open a store", upload, UPLOAD_NAMES, "upload.");
  const { metadata, ...texts } = upload as UploadDefaults;
  for (const [name, value] of Object.entries(texts)) {
    if (value !== undefined && !isText(value, HEADER_VALUE)) {
      throw refusal(`upload.${name}`, "be a text in printable ASCII", value);
    }
  }
  if (metadata === undefined) return { ...texts };
  if (!isRecord(metadata)) {
    throw refusal("upload.metadata", "be an object", metadata);
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[\w.-]+$/.test(name) || !isText(value, HEADER_VALUE)) {
      throw refusal(
        `upload.metadata.${name}`,
        "have a name of letters, digits, '_', '.' and '-', and a text in printable ASCII",
        value,
      );
    }
  }
  return { ...texts, metadata: { ...metadata } };
}

function checkInteger(
  name: string,
  value: unknown,
  { least, most }: { least: number; most: number },
): number {
  const isFine = Number.isSafeInteger(value) && (value as number) >= least &&
    (value as number) <= most;
  if (isFine) return value as number;
  throw refusal(name, `be an integer from ${least} to ${most}`, value);
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
