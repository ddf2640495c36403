import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { encodeCrc32 } from "../../src/s3_protocol/checksum.ts";

/** A request as the server has seen it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Whether the call is this one of S3. */
  is(operation: string): boolean;
}

/** What a test does in place of the server; `true` if it has dealt with the request. */
export type Intercept = (
  request: SeenRequest,
  response: ServerResponse,
) => boolean | Promise<boolean>;

interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly crc32?: string;
  readonly contentType?: string | undefined;
}

/** As much of S3 as a store needs, in memory and on loopback, with one bucket `bucket`. */
export class S3Server implements AsyncDisposable {
  /** Everything that was asked, as `METHOD url`. */
  readonly seen: SeenRequest[] = [];
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, Map<number, Uint8Array>>();
  /** Comes before the server. */
  intercept: Intercept | undefined;
  /** How many keys a page of a listing has. */
  pageSize = 1000;
  /** Whether a large body that is asked for whole stops after 1 MiB, until a range is asked for. */
  isSlow = false;
  /** Whether it knows one sum of all parts. */
  sumsWhole = true;
  readonly #server: Server;
  #rangeAsked = Promise.withResolvers<void>();
  #lastId = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a server on a free port. */
  static async start(host = "127.0.0.1"): Promise<S3Server> {
    const server = new S3Server();
    server.#server.listen(0, host);
    await once(server.#server, "listening");
    return server;
  }

  /** Its base URL. */
  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  /** The calls so far, by method and the names in their queries. */
  get calls(): string[] {
    return this.seen.map(({ method, query }) =>
      [method, ...query.keys().filter((name) => name !== "encoding-type")]
        .join(" ")
    );
  }

  /** How many connections there are. */
  async countConnections(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#server.getConnections((_, count) => resolve(count));
    return await promise;
  }

  /** Stores an object. */
  set(key: string, bytes: Uint8Array): void {
    this.objects.set(key, store(bytes));
  }

  /** Ends connections that wait for a next request. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Stores an object of parts, as a commit does. */
  assemble(key: string, parts: readonly Uint8Array[]): void {
    this.objects.set(key, assemble(new Map(parts.entries())));
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = request.url ?? "";
    const query = new URLSearchParams(url.split("?")[1] ?? "");
    const method = request.method ?? "";
    const seen: SeenRequest = {
      method,
      url,
      query,
      headers: request.headers,
      is: (operation) => operationOf(method, url, query) === operation,
    };
    this.seen.push(seen);
    if (request.headers.range !== undefined) this.#rangeAsked.resolve();
    if (await this.intercept?.(seen, response)) return;
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = new Uint8Array(
      await new Blob(chunks as BlobPart[]).arrayBuffer(),
    );
    this.#answer(seen, body, response);
  }

  #answer(
    { method, url, query, headers }: SeenRequest,
    body: Uint8Array,
    response: ServerResponse,
  ): void {
    const [, bucket, ...rest] = (url.split("?")[0] ?? "").split("/");
    const key = rest.map(decodeURIComponent).join("/");
    if (bucket !== "bucket") {
      return sendError(response, 404, "NoSuchBucket");
    }
    const sum = headers["x-amz-checksum-crc32"];
    const isPut = method === "PUT";
    if (isPut && sum !== undefined && sum !== encodeCrc32(crc32(body))) {
      return sendError(response, 400, "XAmzContentChecksumMismatch");
    }
    switch (operationOf(method, url, query)) {
      case "HeadObject":
      case "GetObject":
        return this.#get(key, headers, response);
      case "PutObject": {
        const stored = {
          ...store(body),
          ...(sum ? { crc32: `${sum}` } : {}),
          contentType: headers["content-type"],
        };
        this.objects.set(key, stored);
        return void response.setHeader("etag", stored.etag).end();
      }
      case "DeleteObject":
        this.objects.delete(key);
        return void response.writeHead(204).end();
      case "CreateMultipartUpload": {
        const id = `id+/${++this.#lastId}`;
        this.uploads.set(id, new Map());
        const type = headers["x-amz-checksum-type"];
        if (type && this.sumsWhole) {
          response.setHeader("x-amz-checksum-type", type);
        }
        return void response.end(`<R><UploadId>${id}</UploadId></R>`);
      }
      case "ListObjectsV2":
        return this.#list(query, response);
    }
    const id = query.get("uploadId") ?? "";
    const parts = this.uploads.get(id);
    if (!parts) return sendError(response, 404, "NoSuchUpload");
    if (method === "DELETE") {
      this.uploads.delete(id);
      return void response.writeHead(204).end();
    }
    if (method === "PUT") {
      parts.set(Number(query.get("partNumber")), body);
      return void response.setHeader("etag", store(body).etag).end();
    }
    const stored = assemble(parts);
    if (sum !== undefined && sum !== encodeCrc32(crc32(stored.bytes))) {
      return sendError(response, 400, "BadDigest");
    }
    this.uploads.delete(id);
    this.objects.set(key, { ...stored, ...(sum ? { crc32: `${sum}` } : {}) });
    response.end(`<R><ETag>${stored.etag}</ETag></R>`);
  }

  #get(
    key: string,
    { range, "if-match": ifMatch }: IncomingMessage["headers"],
    response: ServerResponse,
  ): void {
    const stored = this.objects.get(key);
    if (!stored) return sendError(response, 404, "NoSuchKey");
    const { bytes, etag } = stored;
    if (ifMatch !== undefined && ifMatch !== etag) {
      return sendError(response, 412, "PreconditionFailed");
    }
    response.setHeader("etag", etag);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
    if (from === undefined) {
      // As S3, which has no sum of a range.
      const { crc32 } = stored;
      if (crc32) response.setHeader("x-amz-checksum-crc32", crc32);
      response.setHeader("content-length", bytes.length);
      if (!this.isSlow) return void response.end(bytes);
      this.#rangeAsked = Promise.withResolvers();
      response.write(bytes.subarray(0, 2 ** 20));
      const rest = bytes.subarray(2 ** 20);
      return void this.#rangeAsked.promise.then(() => response.end(rest));
    }
    if (Number(from) >= bytes.length) {
      const unmet = { "content-range": `bytes */${bytes.length}` };
      return sendError(response, 416, "InvalidRange", unmet);
    }
    const end = Math.min(Number(to || Infinity), bytes.length - 1);
    response.writeHead(206, {
      "content-range": `bytes ${from}-${end}/${bytes.length}`,
      "content-length": end - Number(from) + 1,
    });
    response.end(bytes.subarray(Number(from), end + 1));
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()].sort()
      .filter((key) => key.startsWith(prefix) && key > after);
    const page = keys.slice(0, this.pageSize);
    const contents = page.map((key) =>
      `<Contents><Key>${
        encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")
      }</Key></Contents>`
    );
    const isTruncated = keys.length > page.length;
    response.end(
      `<?xml version="1.0"?><ListBucketResult xmlns="x"><EncodingType>url</EncodingType>` +
        `<IsTruncated>${isTruncated}</IsTruncated>${contents.join("")}` +
        (isTruncated
          ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
          : "") +
        `</ListBucketResult>`,
    );
  }
}

/** Answers as S3 does when something is wrong. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/xml", ...headers });
  response.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>says ${code}</Message></Error>`,
  );
}

/** Resets a connection. */
export function reset(response: ServerResponse): true {
  response.socket?.destroy();
  return true;
}

function operationOf(
  method: string,
  url: string,
  query: URLSearchParams,
): string {
  // Some clients write `/bucket/` for the bucket itself.
  const hasKey = /^\/[^/]+\/./.test(url.split("?")[0] ?? "");
  if (method === "HEAD") return hasKey ? "HeadObject" : "HeadBucket";
  if (method === "GET") return hasKey ? "GetObject" : "ListObjectsV2";
  if (query.has("uploads")) return "CreateMultipartUpload";
  if (!query.has("uploadId")) {
    return method === "DELETE" ? "DeleteObject" : "PutObject";
  }
  if (method === "PUT") return "UploadPart";
  return method === "DELETE"
    ? "AbortMultipartUpload"
    : "CompleteMultipartUpload";
}

function store(bytes: Uint8Array): Stored {
  return { bytes, etag: `"${md5(bytes)}"` };
}

function assemble(parts: ReadonlyMap<number, Uint8Array>): Stored {
  const bodies = [...parts].sort(([a], [b]) => a - b).map(([, body]) => body);
  const bytes = new Uint8Array(
    bodies.reduce((size, { length }) => size + length, 0),
  );
  let offset = 0;
  const sums = createHash("md5");
  for (const body of bodies) {
    bytes.set(body, offset);
    offset += body.length;
    sums.update(md5(body), "hex");
  }
  return { bytes, etag: `"${sums.digest("hex")}-${bodies.length}"` };
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
