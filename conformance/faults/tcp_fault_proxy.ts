import { connect, type Socket } from "node:net";
import { describeError } from "../checks/error_chain.ts";
import { settlesWithin } from "../checks/ticks.ts";
import type { InjectedFaults } from "./fault.ts";
import { FaultTimes } from "./fault_times.ts";
import { PortListener } from "./port_listener.ts";
import { Silences } from "./silences.ts";
import { TcpConnection, type TurnRecord } from "./tcp_connection.ts";
import type { TcpRule, TcpTurn, TcpWire } from "./tcp_fault.ts";
import { TcpRules } from "./tcp_rules.ts";

const CONNECT_MS = 10_000;
const SHOWN = 30;

/**
 * A proxy on loopback in front of any service that is reached by TCP: it breaks
 * the connection between the two in a way that you choose, by bytes and turns,
 * as it does not know the protocol. Without faults it changes nothing.
 *
 * @example An answer that is lost, once
 * ```ts ignore
 * await using proxy = await TcpFaultProxy.open("tcp://127.0.0.1:6379");
 * const store = new MyRedisStore(proxy.url);
 * proxy.inject({ nth: 3, count: 1, action: { kind: "lose-answer" } });
 * ```
 */
export class TcpFaultProxy implements TcpWire, AsyncDisposable {
  /** Its address, `tcp://127.0.0.1:port`. */
  readonly url: string;
  readonly #upstream: URL;
  readonly #listener: PortListener;
  readonly #rules = new TcpRules();
  readonly #turns: TurnRecord[] = [];
  readonly #silences = new Silences();
  readonly #unreached: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<TcpConnection>();
  readonly #serving = new Set<Promise<void>>();
  #count = 0;
  #refusals = 0;
  readonly #refused = new FaultTimes();
  #closing: Promise<void> | undefined;

  private constructor(upstream: URL, listener: PortListener) {
    this.#upstream = upstream;
    this.#listener = listener;
    this.url = `tcp://127.0.0.1:${listener.port}`;
    listener.onConnection = (socket) => {
      const done = this.#serve(socket);
      this.#serving.add(done);
      done.finally(() => this.#serving.delete(done));
    };
  }

  /**
   * Opens a proxy on a free port of 127.0.0.1.
   *
   * @param upstream The service's address, `tcp://host:port`.
   * @throws {TypeError} If it is no such address.
   * @throws {Error} If the service cannot be reached.
   */
  static async open(upstream: string): Promise<TcpFaultProxy> {
    const url = URL.canParse(upstream) ? new URL(upstream) : undefined;
    if (url?.protocol !== "tcp:" || url.hostname === "" || url.port === "") {
      throw new TypeError(
        `Cannot open proxy as 'upstream' must be tcp://host:port: current value is ${upstream}`,
      );
    }
    try {
      (await connectTo(url)).destroy();
    } catch (error) {
      const [why] = describeError(error);
      throw new Error(
        `Cannot open proxy as ${upstream} cannot be reached: ${why}`,
      );
    }
    return new TcpFaultProxy(url, await PortListener.open());
  }

  get turns(): readonly TcpTurn[] {
    return this.#turns;
  }

  inject(...rules: readonly TcpRule[]): InjectedFaults {
    return this.#rules.inject(rules);
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

  describe(): readonly string[] {
    const lines = this.#turns.map(({ number, up, down, fault }) =>
      `#${number} ${up} bytes up, ${down} down${
        fault === undefined ? "" : ` [fault: ${fault}]`
      }`
    );
    const more = lines.length - SHOWN;
    return more <= 0
      ? lines
      : [`… ${more} earlier turns …`, ...lines.slice(-SHOWN)];
  }

  /** A number that grows with all that passes: it only says whether something moves. */
  get passed(): number {
    return this.#turns.reduce(
      (sum, { up, down }) => sum + up + down,
      this.#count,
    );
  }

  /** The rules that had to fire and have not, in words. */
  findProblems(): { failed: readonly string[]; unfired: readonly string[] } {
    const unfired = this.#rules.findUnfired();
    return {
      failed: [],
      unfired: unfired.map((rule) => `a fault never fired: ${rule}`),
    };
  }

  /** True once the proxy has broken anything itself. */
  get hasFaults(): boolean {
    return this.#rules.hasAny || this.#refused.spans.length > 0;
  }

  /** The times in which the proxy broke anything itself, as `performance.now()` tells it. */
  get faultTimes(): readonly { readonly from: number; readonly to: number }[] {
    return [...this.#rules.times, ...this.#refused.spans];
  }

  /** The connections, in words, that the service has refused; none once the proxy has broken anything itself. What it refuses otherwise cannot be seen without knowing its protocol. */
  findRefusals(): readonly string[] {
    return this.hasFaults ? [] : this.#unreached;
  }

  /** The times in which the service was silent although its store waited for it, as `performance.now()` tells it. */
  get silences(): readonly { readonly from: number; readonly to: number }[] {
    return this.#silences.spans;
  }

  /** Ends all faults that are in force. */
  stopFaults(): void {
    this.#rules.stopAll();
  }

  /** Ends all connections and faults. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode TcpFaultProxy.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.stopFaults();
    await this.#breakConnections();
  }

  async #serve(client: Socket): Promise<void> {
    const number = ++this.#count;
    this.#keep(client);
    const began = performance.now();
    let service: Socket;
    try {
      service = await connectTo(this.#upstream);
    } catch (error) {
      const [why] = describeError(error);
      this.#unreached.push(`the service takes no connection: ${why}`);
      // The service refuses: so does the proxy.
      client.resetAndDestroy();
      return;
    }
    this.#silences.add(began);
    this.#keep(service);
    if (client.destroyed) return void service.destroy();
    const connection = new TcpConnection(client, service, {
      rules: this.#rules,
      turns: this.#turns,
      silences: this.#silences,
      number,
    });
    this.#connections.add(connection);
    await connection.serve();
    this.#connections.delete(connection);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async #breakConnections(): Promise<void> {
    const stopped = this.#listener.stop();
    for (const connection of this.#connections) connection.reset();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await stopped;
    await Promise.all(this.#serving);
  }
}

async function connectTo({ hostname, port }: URL): Promise<Socket> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  if (await settlesWithin(CONNECT_MS, connected)) {
    await connected;
    return socket;
  }
  socket.destroy();
  throw new Error(`no connection within ${CONNECT_MS} ms`);
}
