import type { Channel } from "./channel.ts";
import { connect, type Target } from "./connect.ts";
import { describeError } from "../checks/error_chain.ts";
import { settlesWithin } from "../checks/ticks.ts";
import { HttpReader } from "./http_reader.ts";

const CONNECT_MS = 10_000;

/** A connection to the service, not used by two requests at once. */
export interface Peer {
  /** The connection. */
  readonly channel: Channel;
  /** The reader of its answers. */
  readonly reader: HttpReader;
}

/** The service behind the proxy. */
export class Upstream {
  /** Its base URL. */
  readonly url: URL;
  readonly #ca: string | undefined;
  readonly #controller = new AbortController();

  /** @param url An `http:` or `https:` URL. @param ca The authority of its certificate, in PEM. */
  constructor(url: URL, ca: string | undefined) {
    this.url = url;
    this.#ca = ca;
  }

  /** Opens a connection. */
  async connect(): Promise<Peer> {
    const { signal } = this.#controller;
    const channel = await connect(this.#target, signal);
    return { channel, reader: new HttpReader(channel) };
  }

  /** Rejects unless a connection can be opened. */
  async checkReachable(): Promise<void> {
    const connecting = this.connect();
    let why = `no connection within ${CONNECT_MS} ms`;
    try {
      if (await settlesWithin(CONNECT_MS, connecting)) {
        return (await connecting).channel.close();
      }
    } catch (error) {
      why = describeError(error).join(", by ");
    }
    this.close();
    throw new Error(
      `Cannot open proxy as ${this.url.origin} cannot be reached: ${why}`,
    );
  }

  /** Ends the opening of connections. */
  close(): void {
    this.#controller.abort();
  }

  get #target(): Target {
    const { hostname, port, protocol } = this.url;
    const isSecure = protocol === "https:";
    return {
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port) || (isSecure ? 443 : 80),
      ...isSecure ? { tls: { ca: this.#ca } } : {},
    };
  }
}
