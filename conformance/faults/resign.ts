import { createHash, createHmac } from "node:crypto";
import type { HarnessCredentials } from "../harness.ts";
import { type Header, headerOf, type RequestHead } from "./http_head.ts";

const UNSIGNED = "UNSIGNED-PAYLOAD";
/** What a signature for the proxy's own host has put into a request. */
const OLD = [
  "host",
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
];
/** Headers that may change on the way. */
const UNSTABLE = [
  "connection",
  "expect",
  "user-agent",
  "accept-encoding",
  "content-length",
  "transfer-encoding",
];

/**
 * The headers of a request with a signature for another host, by AWS
 * Signature Version 4. A body that the request says the hash of keeps it.
 *
 * @param head The request.
 * @param url The service's base URL.
 * @param credentials What signs.
 * @param now The time. @default The present.
 * @throws {TypeError} If each chunk of the body is signed: those signatures depend on the old one.
 */
export function resign(
  { method, target, headers }: RequestHead,
  url: URL,
  { accessKeyId, secretAccessKey, region = "us-east-1" }: HarnessCredentials,
  now: Date = new Date(),
): readonly Header[] {
  const hash = headerOf(headers, "x-amz-content-sha256") ?? UNSIGNED;
  if (/^STREAMING-AWS4/.test(hash)) {
    throw new TypeError("Cannot sign anew a body in signed chunks");
  }
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const all: Header[] = [
    ["host", url.host],
    ["x-amz-date", time],
    ["x-amz-content-sha256", hash],
    ...headers.filter(([name]) => !OLD.includes(name.toLowerCase())),
  ];
  const names = [...new Set(all.map(([name]) => name.toLowerCase()))]
    .filter((name) => !UNSTABLE.includes(name)).sort();
  const [, path = "", query = ""] = target.match(/^([^?]*)\??(.*)$/s) ?? [];
  const request = [
    method,
    path,
    sortQuery(query),
    ...names.map((name) => `${name}:${normalize(headerOf(all, name) ?? "")}`),
    "",
    names.join(";"),
    hash,
  ].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const text = [
    "AWS4-HMAC-SHA256",
    time,
    scope,
    createHash("sha256").update(request).digest("hex"),
  ].join("\n");
  const key = scope.split("/").reduce<string | Uint8Array>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return [
    ...all,
    [
      "authorization",
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${
        names.join(";")
      }, Signature=${signature}`,
    ],
  ];
}

/** As the signature wants it: encoded in one way, by name and then value. */
function sortQuery(query: string): string {
  if (query === "") return "";
  return query.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = at === -1
      ? [pair, ""]
      : [pair.slice(0, at), pair.slice(at + 1)];
    return [encode(name), encode(value)] as const;
  }).sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)
    .map(([name, value]) => `${name}=${value}`).join("&");
}

function encode(sent: string): string {
  const text = decodeURIComponent(sent);
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function normalize(value: string): string {
  return value.trim().replace(/ +/g, " ");
}
