import type http from "node:http";
import { failureOf, isSilence } from "../../failure.ts";
import {
  CertificateError,
  findCertificateError,
  findFetchError,
} from "./certificate_error.ts";
import { openRequest } from "../../platform/open_request.ts";
import { proxyOptions, withoutProxySecrets } from "../../platform/proxy.ts";
import { exchange, type Sending } from "./exchange.ts";
import type {
  HttpExchange,
  HttpExchangeOptions,
  HttpRequest,
} from "./http_exchange.ts";
import { keepReused, makeTlsAgent, reused } from "./node_agent.ts";
import { NodeResponse } from "./node_response.ts";
import { Silence } from "./silence.ts";
import type { S3Response } from "./transport.ts";

/** One of the attempts at a request. */
interface Attempt extends Sending {
  /** True if it went out on a connection that an earlier request had used. */
  isReused: boolean;
  /** True if the service is asked first whether it wants the body. */
  readonly asksFirst?: boolean;
}

/** Requests through `node:http(s)`, for bodies that go out: it sends them as they are read, with their length. */
export class NodeExchange implements HttpExchange {
  readonly #options: HttpExchangeOptions;
  #agent: http.Agent | undefined;
  #isCertificateChecked = false;

  /** @param options How long to wait, and whom to trust. */
  constructor(options: HttpExchangeOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<S3Response> {
    const first: Attempt = { hasBegun: false, isReused: false };
    try {
      return await this.#send(request, first);
    } catch (error) {
      const isLost = (first.isReused || first.hasBegun) &&
        !request.signal.aborted && !isSilence(error) &&
        failureOf(error)?.code === "TRANSIENT";
      if (!isLost || request.isOnce) throw error;
    }
    // Step 1 of `S3CommonOptions.attempts`. A server may close an idle connection at any time, which
    // says nothing about the request. One that refuses a body and closes may have its answer lost
    // together with the body; asked for permission first, it answers before there is a body.
    return await this.#send(request, {
      hasBegun: false,
      isReused: false,
      asksFirst: first.hasBegun,
    });
  }

  close(): Promise<void> {
    this.#agent?.destroy();
    this.#agent = undefined;
    return Promise.resolve();
  }

  async #send(
    { origin, target, method, headers, body, signal }: HttpRequest,
    attempt: Attempt,
  ): Promise<S3Response> {
    const { protocol, hostname, port } = new URL(origin);
    const silence = new Silence(signal, this.#options.timeout);
    let request: http.ClientRequest | undefined;
    try {
      const module = await this.#load(protocol);
      await this.#checkCertificate(module, origin, silence);
      silence.signal.throwIfAborted();
      const length = typeof body === "string"
        ? new TextEncoder().encode(body).length
        : body?.size ?? (method === "HEAD" || method === "GET" ? undefined : 0);
      const options = {
        protocol,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port: port || undefined,
        path: target,
        method,
        headers: {
          ...headers,
          "accept-encoding": "identity",
          ...(length === undefined ? {} : { "content-length": length }),
          ...(attempt.asksFirst ? { expect: "100-continue" } : {}),
        },
        agent: this.#agent!,
      };
      request = openRequest(() => module.request(options));
      const message = await exchange(request, body, silence, attempt);
      return new NodeResponse(message, request, silence);
    } catch (error) {
      silence.end();
      attempt.isReused = request !== undefined && reused.has(request);
      if (silence.signal.aborted) throw silence.signal.reason;
      throw withoutProxySecrets(error);
    }
  }

  /** Certificates that were given are accepted here that `fetch` would refuse: it is asked once. */
  async #checkCertificate(
    module: typeof http,
    origin: string,
    silence: Silence,
  ): Promise<void> {
    const { caCerts } = this.#options;
    if (this.#isCertificateChecked || caCerts.length === 0) return;
    const options = { ...this.#options, signal: silence.signal };
    const error = proxyOptions()
      ? await this.#findProxiedError(module, origin, silence)
      : await findCertificateError(origin, options);
    if (error) throw error;
    this.#isCertificateChecked = true;
  }

  /** The certificate is what `fetch` refuses of a server that answers all the same. */
  async #findProxiedError(
    module: typeof http,
    origin: string,
    silence: Silence,
  ): Promise<CertificateError | undefined> {
    const options = { ...this.#options, signal: silence.signal };
    const cause = await findFetchError(origin, options);
    if (!cause) return undefined;
    const agent = this.#agent!;
    const request = openRequest(() =>
      module.request(origin, { method: "HEAD", agent })
    );
    // What it throws is what is wrong, and the proxy may be it.
    const message = await exchange(request, undefined, silence);
    message.destroy();
    request.destroy();
    return new CertificateError({ cause });
  }

  async #load(protocol: string): Promise<typeof http> {
    if (protocol === "http:") {
      // Loading it takes as long as a small download, which does without (`bench --only=cold,first`).
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
