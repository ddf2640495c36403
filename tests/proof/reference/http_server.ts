import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { crc32 } from "node:zlib";
import { concatenate } from "../../../conformance/checks/concatenate.ts";
import { readBody } from "./http_body.ts";

/** What a request must carry as `Authorization: Bearer …`. */
export const TOKEN = "reference-token-6f1d2c";
/** The only bucket there is. */
export const BUCKET = "objects";
const PAGE_SIZE = 10;

interface StoredObject {
  readonly etag: string;
  readonly bytes: Uint8Array;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, StoredObject>;
}

/** The answer of the server: a body, or a status with a code in `x-error-code`. */
interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string | number>;
  readonly body?: Uint8Array | string;
}

/**
 * A small object server on loopback that keeps everything in memory: whole
 * objects with `ETag`, `Range` and `If-Match`, uploads in parts, a checksum of
 * every body, moving and removing, a listing in pages. Keys travel in the query, as a path would change `.` and `..`.
 */
export class HttpServer {
  /** The objects by key. */
  readonly objects: Map<string, StoredObject> = new Map();
  readonly #uploads = new Map<string, Upload>();
  readonly #server: Server;
  #etags = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response);
    });
    // A connection that ends while it is being used again is a lost request.
    this.#server.keepAliveTimeout = 0;
  }

  /** Starts one on a free port. It does not keep the process alive. */
  static async start(): Promise<HttpServer> {
    const server = new HttpServer();
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    server.#server.unref();
    return server;
  }

  /** The base URL, without a trailing slash. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) {
      throw new TypeError("Cannot tell the URL as the server has stopped");
    }
    return `http://127.0.0.1:${address.port}`;
  }

  /** How many uploads in parts are neither complete nor discarded. */
  get unfinished(): number {
    return this.#uploads.size;
  }

  /** Stores an object in one step. */
  set(key: string, bytes: Uint8Array): void {
    this.objects.set(key, { etag: `"${++this.#etags}"`, bytes });
  }

  /** Ends every connection. The objects stay readable here. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    let answer: Answer;
    try {
      const body = await readBody(request);
      // The client has gone in the middle: nothing was asked.
      if (body === undefined) return void response.destroy();
      answer = isDamaged(request, body)
        ? fail(400, "BadDigest")
        : this.#answer(request, body);
    } catch (error) {
      answer = { status: 500, body: String(error) };
    }
    const { status, headers, body } = answer;
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : body;
    response.on("error", () => {});
    response.writeHead(status, {
      "content-length": bytes?.length ?? 0,
      ...(bytes && { "x-body-crc32": crc32(bytes) }),
      ...headers,
    });
    if (request.method === "HEAD") response.end();
    else response.end(bytes);
  }

  #answer(request: IncomingMessage, body: Uint8Array): Answer {
    const { method = "" } = request;
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    const [, bucket, what] = url.pathname.split("/");
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return fail(403, "AccessDenied");
    }
    if (bucket !== BUCKET) return fail(404, "NoSuchBucket");
    const query = url.searchParams;
    switch (`${method} ${what}`) {
      case "HEAD object":
      case "GET object":
        return this.#get(query.get("key") ?? "", request);
      case "PUT object":
        this.set(query.get("key") ?? "", body);
        return { status: 200 };
      case "POST object":
        return this.#move(query.get("from") ?? "", query.get("key") ?? "");
      case "DELETE object":
        this.objects.delete(query.get("key") ?? "");
        return { status: 204 };
      case "GET list":
        return this.#list(query.get("prefix") ?? "", query.get("after") ?? "");
    }
    if (what === "upload") {
      return this.#upload(method, query, body);
    }
    return fail(405, "MethodNotAllowed");
  }

  #get(key: string, request: IncomingMessage): Answer {
    const object = this.objects.get(key);
    if (!object) return fail(404, "NoSuchKey");
    const { etag, bytes } = object;
    const match = request.headers["if-match"];
    if (match !== undefined && match !== etag) {
      return fail(412, "PreconditionFailed");
    }
    if (request.headers["if-none-match"] === etag) {
      return { status: 304, headers: { etag } };
    }
    const range = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/);
    if (!range) return { status: 200, headers: { etag }, body: bytes };
    const first = Number(range[1]);
    const end = Math.min(Number(range[2]) + 1, bytes.length);
    if (first >= end) {
      // Without its size, as some servers do: who wants to know has to ask.
      return fail(416, "InvalidRange");
    }
    return {
      status: 206,
      headers: {
        etag,
        "content-range": `bytes ${first}-${end - 1}/${bytes.length}`,
      },
      body: bytes.subarray(first, end),
    };
  }

  #move(from: string, key: string): Answer {
    const object = this.objects.get(from);
    if (!object) return fail(404, "NoSuchSource");
    this.set(key, object.bytes);
    this.objects.delete(from);
    return { status: 200 };
  }

  #list(prefix: string, after: string): Answer {
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    return {
      status: 200,
      body: JSON.stringify({
        keys: keys.slice(0, PAGE_SIZE),
        more: keys.length > PAGE_SIZE,
      }),
    };
  }

  #upload(method: string, query: URLSearchParams, body: Uint8Array): Answer {
    const id = query.get("id") ?? "";
    const key = query.get("key");
    if (method === "POST" && key !== null) {
      this.#uploads.set(id, { key, parts: new Map() });
      return { status: 201 };
    }
    const upload = this.#uploads.get(id);
    if (!upload) return fail(404, "NoSuchUpload");
    switch (method) {
      case "PUT": {
        const etag = `"${++this.#etags}"`;
        upload.parts.set(Number(query.get("part")), { etag, bytes: body });
        return { status: 200, headers: { etag } };
      }
      case "POST":
        return this.#complete(id, upload, body);
      case "DELETE":
        this.#uploads.delete(id);
        return { status: 204 };
    }
    return fail(405, "MethodNotAllowed");
  }

  #complete(id: string, { key, parts }: Upload, body: Uint8Array): Answer {
    const etags: unknown[] = JSON.parse(new TextDecoder().decode(body));
    const chosen = etags.map((etag, index) => {
      const part = parts.get(index);
      return part?.etag === etag ? part?.bytes : undefined;
    });
    if (chosen.length === 0 || chosen.includes(undefined)) {
      return fail(400, "InvalidPart");
    }
    this.set(key, concatenate(chosen.filter((part) => part !== undefined)));
    this.#uploads.delete(id);
    return { status: 200 };
  }
}

/** Whether a body is not the one of which the client tells the checksum. */
function isDamaged({ headers }: IncomingMessage, body: Uint8Array): boolean {
  const announced = headers["x-body-crc32"];
  return announced !== undefined && announced !== `${crc32(body)}`;
}

function fail(status: number, code: string): Answer {
  return { status, headers: { "x-error-code": code } };
}
