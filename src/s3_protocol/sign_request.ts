import { type Digests, getDigests, toHex } from "../platform/digests.ts";

/** Keys for requests to S3. */
export interface S3Credentials {
  /** The access key's id. */
  readonly accessKeyId: string;
  /** The secret access key. */
  readonly secretAccessKey: string;
  /** The token that comes with temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** The parts of a request that are signed. */
export interface SignedParts {
  /** The method, in capitals. */
  readonly method: string;
  /** The path as it is sent, encoded. */
  readonly path: string;
  /** The query as it is sent, encoded and in order; empty for none. */
  readonly query: string;
  /** Headers with names in lower case; all of them are signed. `host` and `x-amz-content-sha256` are needed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a signature. */
export interface SigningOptions {
  /** The keys. */
  readonly credentials: S3Credentials;
  /** The region that the signature is for. */
  readonly region: string;
  /** The time of the signature. @default Now. */
  readonly date?: Date;
  /** The functions that compute the sums. @default {Those of `getDigests()`.} */
  readonly digests?: Digests;
}

/** Hashing a key four times for each request would cost more than the rest. */
const signingKeys = new WeakMap<
  S3Credentials,
  { scope: string; key: Uint8Array }
>();

/**
 * Signs a request with AWS Signature Version 4, without the SDK's signer, which
 * would have to be loaded in each process.
 *
 * @param parts The request.
 * @param options Keys and region.
 * @returns The headers to send, `authorization` and `x-amz-date` included.
 */
export async function signRequest(
  { method, path, query, headers }: SignedParts,
  { credentials, region, date = new Date(), digests: own }: SigningOptions,
): Promise<Record<string, string>> {
  const time = date.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const signed: Record<string, string> = { ...headers, "x-amz-date": time };
  if (credentials.sessionToken !== undefined) {
    signed["x-amz-security-token"] = credentials.sessionToken;
  }
  const names = Object.keys(signed).sort();
  const nameList = names.join(";");
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) =>
      `${name}:${signed[name]!.trim().replace(/ +/g, " ")}`
    ),
    "",
    nameList,
    signed["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const digests = own ?? await getDigests();
  const hash = toHex(await digests.sha256(canonical));
  const key = await signingKey(digests, credentials, scope);
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`;
  const signature = toHex(await digests.hmac(key, text));
  signed["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${nameList}, Signature=${signature}`;
  return signed;
}

/**
 * Derives the key that signatures of one day, region and service are made with.
 *
 * @param digests What computes the sums.
 * @param credentials The keys.
 * @param scope Day, region and service, as they stand in a signature.
 */
export async function signingKey(
  digests: Digests,
  credentials: S3Credentials,
  scope: string,
): Promise<Uint8Array> {
  const known = signingKeys.get(credentials);
  if (known?.scope === scope) return known.key;
  const { secretAccessKey } = credentials;
  let key: Uint8Array = new TextEncoder().encode(`AWS4${secretAccessKey}`);
  for (const part of scope.split("/")) key = await digests.hmac(key, part);
  signingKeys.set(credentials, { scope, key });
  return key;
}
