import type { Socket } from "node:net";
import type { HarnessCredentials, HarnessTls } from "../model/harness.ts";
import { describeError } from "../checks/error_chain.ts";
import { type Channel, SocketChannel } from "./channel.ts";
import { ClientConnection, type ProxyState } from "./client_connection.ts";
import { describeExchanges } from "./describe_exchanges.ts";
import type {
  Dialect,
  FaultRule,
  InjectedFaults,
  Meter,
  Wire,
} from "./fault.ts";
import { FaultTimes } from "./fault_times.ts";
import { Forwarder } from "./forward.ts";
import { makeSigner, type Signer } from "./resign.ts";
import { startMeter } from "./meter.ts";
import { Rules } from "./rules.ts";
import { PortListener } from "./port_listener.ts";
import { Silences } from "./silences.ts";
import { openTlsFront, type TlsFront } from "./tls_front.ts";
import { Upstream } from "./upstream.ts";

/** Options of a {@linkcode FaultProxy}. */
export interface FaultProxyOptions {
  /** The service's way of saying errors. @default None: an injected status has no body. */
  readonly dialect?: Dialect | undefined;
  /** With what the proxy presents itself, and which authority of the service it trusts. @default The proxy speaks `http:`. */
  readonly tls?: HarnessTls | undefined;
  /** With what the proxy signs each request anew (AWS Signature Version 4). @default Requests go on as they are, their `Host` too. */
  readonly resign?: HarnessCredentials | undefined;
  /** Texts that {@linkcode FaultProxy.describe} must not show. */
  readonly secrets?: readonly string[] | undefined;
}

/**
 * A proxy on loopback in front of an HTTP service, which breaks the connection
 * between the two in a way that you choose, counts what passes, and tells how
 * often each fault has happened. Without faults it changes nothing, streams,
 * and keeps connections open as long as both sides do.
 *
 * @example A download that breaks in the middle, once
 * ```ts
 * import { FaultProxy } from "@storekit/object-store/conformance";
 *
 * await using server = Deno.serve(
 *   { port: 0, hostname: "127.0.0.1", onListen() {} },
 *   () => new Response("hello"),
 * );
 * await using proxy = await FaultProxy.open(
 *   `http://127.0.0.1:${server.addr.port}`,
 * );
 * const faults = proxy.inject({
 *   match: { method: "GET", count: 1 },
 *   action: { kind: "reset", at: { bodyBytes: 2 } },
 * });
 * const broken = await fetch(proxy.url).then((answer) => answer.text())
 *   .catch((error) => error);
 * const whole = await fetch(proxy.url).then((answer) => answer.text());
 * console.log(broken instanceof Error, whole, faults.fired); // true hello [1]
 * ```
 */
export class FaultProxy implements Wire, AsyncDisposable {
  /** Where the proxy is: the service's base URL with another host and port, without a trailing slash. */
  readonly url: string;
  readonly #upstream: Upstream;
  readonly #options: FaultProxyOptions;
  readonly #listener: PortListener;
  readonly #tls: TlsFront | undefined;
  readonly #sign: Signer | undefined;
  readonly #connections = new Map<Socket, ClientConnection | undefined>();
  readonly #serving = new Set<Promise<void>>();
  readonly #state: ProxyState;
  readonly #silences = new Silences();
  #refusals = 0;
  readonly #refused = new FaultTimes();
  #closing: Promise<void> | undefined;

  private constructor(
    upstream: Upstream,
    options: FaultProxyOptions,
    listener: PortListener,
  ) {
    this.#upstream = upstream;
    this.#options = options;
    this.#listener = listener;
    const { cert, key } = options.tls ?? {};
    if (cert !== undefined && key !== undefined) {
      this.#tls = openTlsFront({ cert, key });
    }
    const scheme = this.#tls === undefined ? "http" : "https";
    const path = upstream.url.pathname.replace(/\/+$/, "");
    this.url = `${scheme}://127.0.0.1:${listener.port}${path}`;
    this.#state = {
      rules: new Rules(options.dialect),
      dialect: options.dialect,
      records: [],
      totals: { requestBytes: 0, responseBytes: 0, connections: 0 },
      problems: [],
    };
    this.#sign = options.resign &&
      makeSigner(upstream.url, options.resign, this.#state.problems);
    listener.onConnection = (socket) => {
      const done = this.#serve(socket);
      this.#serving.add(done);
      done.finally(() => this.#serving.delete(done));
    };
  }

  /**
   * Opens a proxy on a free port of 127.0.0.1.
   *
   * @param upstream The service's base URL, `http:` or `https:`.
   * @param options How it is opened.
   * @throws {TypeError} If the URL is none of these.
   * @throws {Error} If the service cannot be reached.
   */
  static async open(
    upstream: string | URL,
    options: FaultProxyOptions = {},
  ): Promise<FaultProxy> {
    const url = URL.canParse(upstream) ? new URL(upstream) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new TypeError(
        `Cannot open proxy as 'upstream' must be an http: or https: URL: current value is ${upstream}`,
      );
    }
    const service = new Upstream(url, options.tls?.ca);
    await service.checkReachable();
    return new FaultProxy(service, options, await PortListener.open());
  }

  get dialect(): Dialect | undefined {
    return this.#options.dialect;
  }

  inject(...rules: readonly FaultRule[]): InjectedFaults {
    return this.#state.rules.inject(rules);
  }

  async refuse(): Promise<AsyncDisposable> {
    this.#refusals++;
    const endTime = this.#refused.begin();
    await this.#breakConnections();
    let isOver = false;
    return {
      [Symbol.asyncDispose]: async () => {
        if (isOver) return;
        isOver = true;
        this.#refusals--;
        if (this.#refusals === 0 && !this.#closing) {
          await this.#listener.start();
        }
        endTime();
      },
    };
  }

  meter(): Meter {
    return startMeter(this.#state);
  }

  describe(): readonly string[] {
    return describeExchanges(this.#state.records, this.#hidden);
  }

  get #hidden(): readonly string[] {
    const { secrets = [], resign } = this.#options;
    return resign === undefined
      ? secrets
      : [...secrets, resign.secretAccessKey];
  }

  /** Counts what has passed so far: bytes of bodies, requests and connections. It only says whether something moves. */
  get passed(): number {
    const { totals: { requestBytes, responseBytes, connections }, records } =
      this.#state;
    return requestBytes + responseBytes + connections + records.length;
  }

  /** Lists what the functions of rules have thrown, and the rules that had to fire and have not; in words. */
  findProblems(): { failed: readonly string[]; unfired: readonly string[] } {
    const { rules, problems } = this.#state;
    return {
      failed: problems.map((error) =>
        `a fault failed: ${describeError(error).join(", by ")}`
      ),
      unfired: rules.findUnfired().map((rule) =>
        `a fault never fired: ${rule}`
      ),
    };
  }

  /** True once the proxy has broken anything itself. */
  get hasFaults(): boolean {
    return this.#state.rules.hasAny || this.#refused.spans.length > 0;
  }

  /** The times in which the proxy broke anything itself, as `performance.now()` tells it. */
  get faultTimes(): readonly { readonly from: number; readonly to: number }[] {
    return [...this.#state.rules.times, ...this.#refused.spans];
  }

  /** The times in which the service was silent although a request was with it, as `performance.now()` tells it. */
  get silences(): readonly { readonly from: number; readonly to: number }[] {
    return this.#silences.spans;
  }

  /** The exchanges, in words, that the service has left without an answer, or without the whole of it; none once the proxy has broken anything itself, as a store may end other requests for that. */
  findRefusals(): readonly string[] {
    if (this.hasFaults) return [];
    return describeExchanges(
      this.#state.records.filter(({ isServiceFault, fault }) =>
        isServiceFault && fault === undefined
      ),
      this.#hidden,
    );
  }

  /** Ends all faults that are in force. */
  stopFaults(): void {
    this.#state.rules.stopAll();
  }

  /** Ends all connections and faults. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode FaultProxy.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.stopFaults();
    this.#upstream.close();
    await this.#breakConnections();
    this.#tls?.close();
  }

  async #serve(socket: Socket): Promise<void> {
    this.#state.totals.connections++;
    this.#connections.set(socket, undefined);
    socket.on("close", () => this.#connections.delete(socket));
    const outer = new SocketChannel(socket);
    let channel: Channel;
    try {
      channel = await this.#tls?.unwrap(outer) ?? outer;
    } catch {
      // The proxy is being closed, or the client has gone.
      outer.close();
      return;
    }
    const forwarder = new Forwarder(
      this.#upstream,
      this.#silences,
      this.#sign,
    );
    const connection = new ClientConnection(channel, forwarder, this.#state);
    if (!socket.destroyed) this.#connections.set(socket, connection);
    await connection.serve();
  }

  async #breakConnections(): Promise<void> {
    const stopped = this.#listener.stop();
    for (const [socket, connection] of [...this.#connections]) {
      connection?.abandon();
      socket.resetAndDestroy();
    }
    await stopped;
    await Promise.all(this.#serving);
  }
}
