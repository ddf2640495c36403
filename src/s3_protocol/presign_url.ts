import { getDigests, toHex } from "../platform/digests.ts";
import { encodeQuery } from "./object_path.ts";
import { signingKey, type SigningOptions } from "./sign_request.ts";

/** The parts of a request that are in a signed URL. */
export interface PresignedParts {
  /** The method, in capitals. */
  readonly method: string;
  /** Protocol, host and port. */
  readonly origin: string;
  /** The path as it is sent, encoded. */
  readonly path: string;
  /** Further parameters, decoded. */
  readonly query: Readonly<Record<string, string>>;
  /** Headers besides `host` that whoever uses the URL has to send; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a signed URL. */
export interface PresigningOptions extends SigningOptions {
  /** Seconds for which the URL can be used. */
  readonly expiresIn: number;
}

/**
 * Signs a URL with AWS Signature Version 4, in its query: whoever has it may make this one request,
 * with whatever body.
 *
 * @param parts The request.
 * @param options Keys, region and time.
 */
export async function presignUrl(
  { method, origin, path, query, headers }: PresignedParts,
  { credentials, region, expiresIn, ...options }: PresigningOptions,
): Promise<string> {
  const { date = new Date(), digests = await getDigests() } = options;
  const time = date.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const host = origin.slice(origin.indexOf("//") + 2);
  const signed = Object.entries({ ...headers, host })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const { accessKeyId, sessionToken } = credentials;
  const parameters: Record<string, string> = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": `${expiresIn}`,
    "X-Amz-SignedHeaders": names,
    ...sessionToken === undefined
      ? {}
      : { "X-Amz-Security-Token": sessionToken },
  };
  const canonical = [
    method,
    path,
    encodeQuery(parameters),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const hash = toHex(await digests.sha256(canonical));
  const key = await signingKey(digests, credentials, scope);
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`;
  const signature = toHex(await digests.hmac(key, text));
  const all = { ...parameters, "X-Amz-Signature": signature };
  return `${origin}${path}?${encodeQuery(all)}`;
}
