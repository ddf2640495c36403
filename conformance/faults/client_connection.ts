import { applyFault } from "./apply_fault.ts";
import type { Channel } from "./channel.ts";
import {
  Break,
  Exchange,
  type ExchangeRecord,
  type Totals,
} from "./exchange.ts";
import type { Dialect } from "./fault.ts";
import type { Forwarder } from "./forward.ts";
import {
  describeRequest,
  endsConnection,
  parseRequestHead,
} from "./http_head.ts";
import { HttpReader } from "./http_reader.ts";
import type { Rules } from "./rules.ts";

/** The state that the connections of a proxy share. */
export interface ProxyState {
  /** The rules. */
  readonly rules: Rules;
  /** Says errors as the service does. */
  readonly dialect: Dialect | undefined;
  /** Every exchange. */
  readonly records: ExchangeRecord[];
  /** The counts of bytes. */
  readonly totals: Totals;
  /** Reasons why the proxy could not do what a rule says. */
  readonly problems: unknown[];
}

/** One connection of a client, with one request after another. */
export class ClientConnection {
  readonly #channel: Channel;
  readonly #reader: HttpReader;
  readonly #forwarder: Forwarder;
  readonly #state: ProxyState;
  readonly #closed = Promise.withResolvers<void>();

  /** @param channel The connection. @param forwarder The way to the service. @param state What the connections share. */
  constructor(channel: Channel, forwarder: Forwarder, state: ProxyState) {
    this.#channel = channel;
    this.#reader = new HttpReader(channel);
    this.#forwarder = forwarder;
    this.#state = state;
  }

  /** Serves until the connection ends. Never rejects. */
  async serve(): Promise<void> {
    try {
      while (await this.#serveOne());
      await this.#endInOrder();
    } catch (error) {
      if (!(error instanceof Break)) {
        // The client has gone, or sends what is no HTTP.
        this.#channel.close();
      } else if (error.isReset) await this.#channel.reset();
      else await this.#endInOrder();
    } finally {
      this.#forwarder.close();
      this.#channel.close();
    }
  }

  /** Ends what waits for something, as the connection is being broken. */
  abandon(): void {
    this.#closed.resolve();
    this.#forwarder.abandon();
  }

  async #serveOne(): Promise<boolean> {
    const rawHead = await this.#reader.readHead();
    if (rawHead === undefined) return false;
    const head = parseRequestHead(rawHead);
    if (head === undefined) throw new TypeError("This is not HTTP/1.1");
    const { records, totals, rules, dialect, problems } = this.#state;
    const request = describeRequest(head, records.length + 1);
    const client = { channel: this.#channel, reader: this.#reader };
    const exchange = new Exchange(client, { head, request }, totals);
    records.push(exchange.record);

    const clientEnds = () => this.#reader.watchEnd();
    try {
      const rule = this.#find(() => rules.find(request));
      if (rule === undefined) {
        return await this.#forwarder.forward(exchange, clientEnds);
      }
      const canGoOn = await applyFault(exchange, rule, {
        forward: (hooks) =>
          this.#forwarder.forward(exchange, clientEnds, hooks),
        over: () => Promise.race([this.#closed.promise, clientEnds()]),
        dialect,
        onHeld: (from) => this.#forwarder.addSilence(from),
        onProblem: (error) => problems.push(error),
      });
      return canGoOn && !endsConnection(head.version, head.headers);
    } finally {
      exchange.record.isOver = true;
    }
  }

  /** A condition may throw. */
  #find<T>(find: () => T): T {
    try {
      return find();
    } catch (error) {
      this.#state.problems.push(error);
      throw new Break("reset");
    }
  }

  /** Throws away what still comes: a connection that is closed with bytes unread is reset. */
  async #endInOrder(): Promise<void> {
    await this.#channel.end();
    try {
      await this.#reader.drain();
    } catch {
      // The client has ended it in its way.
    }
  }
}
