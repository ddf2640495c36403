/** The facts about a store that a URI tells. */
export type StorePlace =
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string }
  | {
    readonly kind: "minio";
    readonly endpoint: string;
    readonly bucket: string;
    readonly prefix: string;
  }
  | { readonly kind: "file"; readonly root: URL }
  | {
    readonly kind: "opendal";
    /** The service's name in OpenDAL. */
    readonly service: string;
    /** The options of the service that the URI tells. */
    readonly options: Readonly<Record<string, string>>;
    readonly prefix: string;
  }
  | { readonly kind: "other"; readonly scheme: string; readonly uri: string };

/** The schemes of the stores of this package, with their forms. */
const FORMS: Readonly<Record<string, string>> = {
  azblob: "azblob://container/prefix or azblob://host/container/prefix",
  b2: "b2://bucket/prefix",
  cos: "cos://bucket/prefix",
  file: "file:///root",
  gs: "gs://bucket/prefix",
  "minio+http": "minio+http://host:9000/bucket/prefix",
  "minio+https": "minio+https://host:9000/bucket/prefix",
  obs: "obs://bucket/prefix",
  oss: "oss://bucket/prefix",
  s3: "s3://bucket/prefix",
};

/**
 * Reads the URI of a store. No message repeats it: it may hold a secret, wherever its author has put
 * that.
 *
 * @param uri The URI; for `file:` also a `URL`.
 * @param others Further schemes that are known.
 * @throws {TypeError} If the scheme is unknown, or the rest has not its form.
 */
export function parseUri(
  uri: string | URL,
  others: readonly string[],
): StorePlace {
  const text = uri instanceof URL ? uri.href : uri;
  if (typeof text !== "string") {
    throw refuse("must be a string, or a URL with 'file:'");
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw refuse(`must begin with a scheme: known are ${list(others)}`);
  }
  if (others.includes(scheme)) return { kind: "other", scheme, uri: text };
  if (!Object.hasOwn(FORMS, scheme)) {
    throw refuse(`has the scheme '${scheme}': known are ${list(others)}`);
  }
  if (uri instanceof URL && scheme !== "file") {
    throw refuse("must be a string, as a URL changes names");
  }
  const place = parsePlace(scheme, text);
  if (place) return place;
  throw refuse(`must have the form ${FORMS[scheme]}`);
}

/** The place of a user and a password in a URI. */
const USER = /^[^/]*:\/\/[^/?#]*@/;
/** A part behind the path that looks like options or a signature. */
const QUERY = /[?#][\w.-]+=/;

function parsePlace(
  scheme: string,
  uri: string,
): StorePlace | undefined {
  if (USER.test(uri)) {
    throw refuse("must hold no credentials: give them in the options");
  }
  if (QUERY.test(uri)) {
    throw refuse(
      "must hold no options and no credentials: give them beside it",
    );
  }
  if (scheme === "file") {
    const isPlain = /^file:\/\/\/[^?#]*$/i.test(uri) && URL.canParse(uri);
    return isPlain ? { kind: "file", root: new URL(uri) } : undefined;
  }
  const [, host = "", path = ""] =
    /^[^/]*:\/\/([^/?#]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (!scheme.startsWith("minio+")) return parseBucket(scheme, host, path);
  const [, bucket = "", prefix = ""] = /^([^/]+)(?:\/(.*))?$/s.exec(path) ?? [];
  const endpoint = `${scheme.slice("minio+".length)}://${host}`;
  const isPlace = host !== "" && isBucket(bucket) && URL.canParse(endpoint);
  return isPlace
    ? { kind: "minio", endpoint, bucket, prefix: trim(prefix) }
    : undefined;
}

function parseBucket(
  scheme: string,
  bucket: string,
  path: string,
): StorePlace | undefined {
  // The account's host comes first in what `getUri()` gives; a container's name has no dot.
  if (scheme === "azblob" && bucket.includes(".")) {
    const [, container = "", rest = ""] = /^([^/]+)(?:\/(.*))?$/s.exec(path) ??
      [];
    const endpoint = `https://${bucket}`;
    const isPlace = isBucket(container) && URL.canParse(endpoint);
    const options = { endpoint, container };
    return isPlace
      ? { kind: "opendal", service: "azblob", options, prefix: trim(rest) }
      : undefined;
  }
  if (!isBucket(bucket)) return undefined;
  const prefix = trim(path);
  if (scheme === "s3") return { kind: "s3", bucket, prefix };
  return {
    kind: "opendal",
    service: scheme === "gs" ? "gcs" : scheme,
    options: scheme === "azblob" ? { container: bucket } : { bucket },
    prefix,
  };
}

/** Tells whether a text is a name that the stores take: their own message would show another one. */
function isBucket(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]{1,254}$/.test(text);
}

/** A slash at the end says that more may follow. */
function trim(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

function list(others: readonly string[]): string {
  return [...Object.keys(FORMS), ...others].map((scheme) => `'${scheme}'`)
    .sort()
    .join(", ");
}

function refuse(problem: string): TypeError {
  return new TypeError(`Cannot open a store as its URI ${problem}`);
}
