import { createHash, createHmac } from "node:crypto";

const ENCODER = new TextEncoder();

/** Where a request goes, and who sends it. */
export interface SignedTarget {
  /** The service's base URL, without a trailing slash. */
  readonly url: string;
  /** The region. */
  readonly region: string;
  /** The credentials. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** The authority of the service's certificate, in PEM. */
  readonly ca?: string | undefined;
  /** What sends its requests; the caller closes it. @default One for each request. */
  readonly client?: Deno.HttpClient | undefined;
}

/** A request to a service that takes AWS Signature Version 4. */
export interface SignedRequest {
  /** @default {"GET"} */
  readonly method?: string;
  /** The path, each segment as it is: it is encoded here. */
  readonly path: string;
  /** The query's parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /** Further headers, all signed; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. */
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** The service's name in the signature. @default {"s3"} */
  readonly service?: string;
}

/** An answer that was read to its end. */
export interface SignedAnswer {
  /** The status. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
  /** The body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The body as text, decoded when it is asked for. */
  readonly text: string;
}

/** Sends one request, signed; it goes around the stores and their SDKs. */
export async function sendSigned(
  target: SignedTarget,
  request: SignedRequest,
): Promise<SignedAnswer> {
  const { method = "GET", path, query = {}, service = "s3" } = request;
  const body = typeof request.body === "string"
    ? ENCODER.encode(request.body)
    : request.body;
  const { host, origin } = new URL(target.url);
  const encodedPath = path.split("/").map(encode).join("/");
  const encodedQuery = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort().join("&");
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const { sessionToken } = target.credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    host,
    "x-amz-content-sha256": hash(body ?? ""),
    "x-amz-date": date,
    ...sessionToken ? { "x-amz-security-token": sessionToken } : {},
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    encodedPath,
    encodedQuery,
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${target.region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash(canonical)}`;
  const key = scope.split("/").reduce<string | Uint8Array>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    `AWS4${target.credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const { host: _, ...sent } = headers;
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${target.credentials.accessKeyId}/${scope}, SignedHeaders=${
      names.join(";")
    }, Signature=${signature}`;

  const client = target.client ?? makeClient(target);
  try {
    const response = await fetch(
      `${origin}${encodedPath}${encodedQuery === "" ? "" : `?${encodedQuery}`}`,
      {
        ...client === undefined ? {} : { client },
        method,
        headers: { ...sent, authorization, "accept-encoding": "identity" },
        ...body === undefined ? {} : { body },
        redirect: "manual",
      },
    );
    // Not `arrayBuffer()`: that of Node 22.3 may be larger than what was received.
    const bytes = new Uint8Array(
      await new Blob(await Array.fromAsync(response.body ?? [])).arrayBuffer(),
    );
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      get text() {
        return new TextDecoder().decode(bytes);
      },
    };
  } finally {
    if (!target.client) client?.close();
  }
}

/**
 * Makes what sends requests to a target; `undefined` on Node and Bun, where harnesses ask as well.
 *
 * @param target Where they go.
 * @param options `poolMaxIdlePerHost`: as for Deno's clients.
 */
export function makeClient(
  { ca }: SignedTarget,
  options: Pick<Deno.CreateHttpClientOptions, "poolMaxIdlePerHost"> = {},
): Deno.HttpClient | undefined {
  return globalThis.Deno?.createHttpClient({
    ...options,
    ...ca === undefined ? {} : { caCerts: [ca] },
    http2: false,
  });
}

function hash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
