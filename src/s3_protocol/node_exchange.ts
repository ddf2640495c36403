import type http from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { ConnectionError } from "./answer_error.ts";
import type {
  HttpBody,
  HttpExchange,
  HttpExchangeOptions,
  HttpRequest,
} from "./http_exchange.ts";
import { readProxyEnvironment } from "./proxy_environment.ts";
import { Silence } from "./silence.ts";
import type { S3Response } from "./transport.ts";

/** Requests through `node:http(s)`, for bodies that go out: it sends them as they are read, with their length. */
export class NodeExchange implements HttpExchange {
  readonly #options: HttpExchangeOptions;
  #agent: http.Agent | undefined;

  /** @param options How long to wait, and whom to trust. */
  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<S3Response> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof ReusedError)) throw error;
      // That the server has closed an idle connection says nothing about it.
      if (request.isOnce) throw error.cause;
    }
    try {
      return await this.#send(request);
    } catch (error) {
      throw error instanceof ReusedError ? error.cause : error;
    }
  }

  close(): Promise<void> {
    this.#agent?.destroy();
    this.#agent = undefined;
    return Promise.resolve();
  }

  async #send(
    { origin, target, method, headers, body, signal }: HttpRequest,
  ): Promise<S3Response> {
    const { protocol, hostname, port } = new URL(origin);
    const silence = new Silence(signal, this.#options.timeout);
    try {
      const module = await this.#load(protocol);
      silence.signal.throwIfAborted();
      const length = typeof body === "string"
        ? new TextEncoder().encode(body).length
        : body?.size ?? (method === "HEAD" || method === "GET" ? undefined : 0);
      const request = module.request({
        protocol,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port: port || undefined,
        path: target,
        method,
        headers: {
          ...headers,
          "accept-encoding": "identity",
          ...(length === undefined ? {} : { "content-length": length }),
        },
        agent: this.#agent!,
      });
      const message = await exchange(request, body, silence);
      return new NodeResponse(message, request, silence);
    } catch (error) {
      silence.end();
      if (silence.signal.aborted) throw silence.signal.reason;
      throw error;
    }
  }

  async #load(protocol: string): Promise<typeof http> {
    if (protocol === "http:") {
      // Loading it takes as long as a small download, which does without.
      const { default: http } = await import("node:http");
      this.#agent ??= keepReused(
        new http.Agent({ keepAlive: true, ...proxyOptions() }),
      );
      return http;
    }
    const [https, tls] = await Promise.all([
      import("node:https"),
      import("node:tls"),
    ]);
    this.#agent ??= keepReused(
      makeTlsAgent(https, tls, this.#options.caCerts),
    );
    return https as unknown as typeof http;
  }
}

/** Bytes that are read and sent at once. */
const BUFFER_SIZE = 2 ** 20;

/** Requests that went out on a connection that an earlier one had used. */
const reused = new WeakSet<ClientRequest>();

/**
 * Deno sends a request again by itself that ends on a connection which was
 * used before, also one that was aborted, and of its body only what was
 * written first. It knows such requests by a mark that this takes off.
 */
function keepReused(agent: http.Agent): http.Agent {
  const reuseSocket = agent.reuseSocket;
  agent.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request);
    request.reusedSocket = false;
    reused.add(request);
  };
  return agent;
}

/** Connects with `node:tls`: what `node:https` does instead needs a permission in Deno, and does not know `DENO_CERT`. */
function makeTlsAgent(
  https: typeof import("node:https"),
  tls: typeof import("node:tls"),
  caCerts: readonly string[],
): http.Agent {
  const trusted = caCerts.length > 0 ? { ca: [...caCerts] } : {};
  const proxied = proxyOptions();
  if (proxied) {
    return new https.Agent({ keepAlive: true, ...trusted, ...proxied });
  }
  const agent: http.Agent & { createConnection?: unknown } = new https.Agent({
    keepAlive: true,
  });
  agent.createConnection = (options: ConnectionOptions) =>
    tls.connect({ ...options, ...trusted });
  return agent;
}

/** The agents find the way through a proxy themselves. */
function proxyOptions(): { proxyEnv: Record<string, string> } | undefined {
  const proxyEnv = readProxyEnvironment();
  return proxyEnv && { proxyEnv };
}

/** Its cause happened on a connection that an earlier request had used. */
class ReusedError extends Error {}

/** Sends the body and waits for the head of the answer, which may come before the body has gone. */
export async function exchange(
  request: ClientRequest,
  body: HttpBody | string | undefined,
  silence: Silence,
): Promise<IncomingMessage> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<
    IncomingMessage
  >();
  const onAbort = () => {
    request.destroy();
    reject(silence.signal.reason);
  };
  request.on("response", (message) => {
    silence.break();
    resolve(message);
  });
  request.on("error", (error) => {
    reject(
      reused.has(request) ? new ReusedError("", { cause: error }) : error,
    );
  });
  request.on("close", () => {
    reject(new ConnectionError("the connection was closed before an answer"));
  });
  silence.signal.addEventListener("abort", onAbort);
  answer.catch(() => {});
  try {
    if (typeof body === "object") {
      const sending = sendBody(request, body, silence);
      await Promise.race([answer, sending]);
    } else request.end(body);
    const message = await answer;
    silence.signal.throwIfAborted();
    return message;
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    silence.signal.removeEventListener("abort", onAbort);
  }
}

async function sendBody(
  request: ClientRequest,
  body: HttpBody,
  silence: Silence,
): Promise<void> {
  let isOver = false;
  let proceed = () => {};
  function end(): void {
    isOver = true;
    proceed();
  }
  request.on("response", end);
  request.on("close", end);
  // One buffer for all of the body: a new one for each chunk cost a quarter of an upload's CPU time.
  const buffer = new Uint8Array(Math.min(BUFFER_SIZE, body.size));
  for await (const chunk of body.chunks(buffer)) {
    if (isOver) return;
    silence.break();
    const written = new Promise<void>((resolve) => proceed = resolve);
    // Not until the drain, which says less: these bytes are about to be others.
    request.write(chunk, () => proceed());
    await written;
  }
  if (isOver) return;
  silence.break();
  request.end();
}

/** An answer that came through Node's HTTP client. */
export class NodeResponse implements S3Response {
  readonly status: number;
  readonly #message: IncomingMessage;
  readonly #request: ClientRequest;
  readonly #silence: Silence;

  constructor(
    message: IncomingMessage,
    request: ClientRequest,
    silence: Silence,
  ) {
    this.status = message.statusCode ?? 0;
    this.#message = message;
    this.#request = request;
    this.#silence = silence;
    silence.signal.addEventListener("abort", () => request.destroy());
    message.on("error", () => {});
    silence.pause();
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  async *chunks(size: number): AsyncGenerator<Uint8Array> {
    try {
      let done = 0;
      this.#silence.break();
      for await (const chunk of this.#message as AsyncIterable<Uint8Array>) {
        this.#silence.pause();
        const wanted = chunk.subarray(0, size - done);
        done += wanted.length;
        yield wanted;
        if (done === size && wanted.length < chunk.length) return;
        this.#silence.break();
      }
      if (!this.#message.complete) {
        throw new ConnectionError("the body was cut off");
      }
    } catch (error) {
      const { signal } = this.#silence;
      throw signal.aborted ? signal.reason : error;
    } finally {
      await this.cancel();
    }
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.chunks(Infinity)) chunks.push(chunk);
    return await new Blob(chunks as BlobPart[]).text();
  }

  cancel(): Promise<void> {
    this.#silence.end();
    const isRead = this.#message.complete && this.#message.readableEnded;
    // Where the answer came first, the rest of the body is still owed.
    if (!isRead || !this.#request.writableFinished) {
      this.#request.destroy();
      this.#message.destroy();
    }
    return Promise.resolve();
  }
}
