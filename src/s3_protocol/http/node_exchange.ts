import type http from "node:http";
import { exchange, ReusedError } from "./exchange.ts";
import type {
  HttpExchange,
  HttpExchangeOptions,
  HttpRequest,
} from "./http_exchange.ts";
import { keepReused, makeTlsAgent, proxyOptions } from "./node_agent.ts";
import { NodeResponse } from "./node_response.ts";
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
