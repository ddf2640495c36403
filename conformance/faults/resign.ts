import {
  type S3Credentials,
  signRequest,
} from "../../src/s3_protocol/sign_request.ts";
import type { HarnessCredentials } from "../model/harness.ts";
import { Break } from "./exchange.ts";
import { type Header, headerOf, type RequestHead } from "./http_head.ts";

/** Headers that a signature for the proxy's own host has put into a request. */
const OLD = [
  "host",
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
];
const OLD_PARAMETER =
  /^X-Amz-(Algorithm|Credential|Date|Expires|Security-Token|SignedHeaders|Signature|Content-Sha256)=/i;

/** A request with another signature. */
export interface Resigned {
  /** Path and query. */
  readonly target: string;
  /** The headers. */
  readonly headers: readonly Header[];
}

/** Signs a request for the service. */
export type Signer = (head: RequestHead) => Promise<Resigned>;

/** A {@linkcode Signer} that breaks the connection where it cannot sign, and says why in `problems`. */
export function makeSigner(
  url: URL,
  credentials: HarnessCredentials,
  problems: unknown[],
): Signer {
  return async (head) => {
    try {
      return await resign(head, url, credentials);
    } catch (error) {
      problems.push(error);
      throw new Break("reset");
    }
  };
}

/**
 * Signs a request for another host, by AWS Signature Version 4. The hash that
 * it says its body has is kept; what is in its query is signed by a header.
 *
 * @param head The request.
 * @param url The service's base URL.
 * @param credentials What signs.
 * @param date When. @default Now.
 * @throws {TypeError} If each chunk of the body is signed: those signatures depend on the old one.
 */
export async function resign(
  { method, target, headers }: RequestHead,
  url: URL,
  credentials: HarnessCredentials,
  date: Date = new Date(),
): Promise<Resigned> {
  const hash = headerOf(headers, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD";
  if (hash.startsWith("STREAMING-AWS4-")) {
    throw new TypeError("Cannot sign anew a body in signed chunks");
  }
  const kept = headers.filter(([name]) => !OLD.includes(name.toLowerCase()));
  const toSign: Record<string, string> = {
    host: url.host,
    "x-amz-content-sha256": hash,
  };
  for (const [name] of kept) {
    const key = name.toLowerCase();
    // What a proxy may change stays unsigned.
    const isSigned = key.startsWith("x-amz-") || key.startsWith("content-") &&
        key !== "content-length";
    if (isSigned) toSign[key] = headerOf(kept, key) ?? "";
  }
  const [, path = "", query = ""] = target.match(/^([^?]*)\??(.*)$/s) ?? [];
  const pairs = query.split("&").filter((pair) =>
    pair !== "" && !OLD_PARAMETER.test(pair)
  );
  const { region = "us-east-1", accessKeyId, secretAccessKey } = credentials;
  const keys: S3Credentials = { accessKeyId, secretAccessKey };
  const parts = { method, path, query: sortQuery(pairs), headers: toSign };
  const signed = await signRequest(parts, { credentials: keys, region, date });
  const added = Object.entries(signed).filter(([name]) => OLD.includes(name));
  return {
    target: pairs.length === 0 ? path : `${path}?${pairs.join("&")}`,
    headers: [...added, ...kept],
  };
}

/** As the signature wants it: encoded in one way, by name and then value. */
function sortQuery(pairs: readonly string[]): string {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = at === -1
      ? [pair, ""]
      : [pair.slice(0, at), pair.slice(at + 1)];
    return [encode(name), encode(value)] as const;
  }).sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)
    .map(([name, value]) => `${name}=${value}`).join("&");
}

function encode(sent: string): string {
  return encodeURIComponent(decodeURIComponent(sent)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
