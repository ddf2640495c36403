import { type Channel, ConnChannel } from "./channel.ts";
import { HttpReader } from "./http_reader.ts";

/** A connection to the service, not used by two requests at once. */
export interface Peer {
  /** The connection. */
  readonly channel: Channel;
  /** What reads its answers. */
  readonly reader: HttpReader;
}

/** The service behind the proxy. */
export class Upstream {
  /** Its base URL. */
  readonly url: URL;
  readonly #ca: string | undefined;

  /** @param url An `http:` or `https:` URL. @param ca The authority of its certificate, in PEM. */
  constructor(url: URL, ca: string | undefined) {
    this.url = url;
    this.#ca = ca;
  }

  /** Opens a connection. */
  async connect(): Promise<Peer> {
    const channel = this.url.protocol === "https:"
      ? await this.#connectTls()
      : await this.#connectPlain();
    return { channel, reader: new HttpReader(channel) };
  }

  get #address(): { hostname: string; port: number } {
    const { hostname, port, protocol } = this.url;
    return {
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
    };
  }

  async #connectPlain(): Promise<Channel> {
    const conn = await Deno.connect(this.#address);
    conn.setNoDelay();
    return new ConnChannel(conn);
  }

  /** With Deno's own TLS: that of `node:tls` in Deno reads as fast as the service sends, whoever waits. */
  async #connectTls(): Promise<Channel> {
    const conn = await Deno.connectTls({
      ...this.#address,
      ...(this.#ca === undefined ? {} : { caCerts: [this.#ca] }),
      alpnProtocols: ["http/1.1"],
    });
    try {
      await conn.handshake();
    } catch (error) {
      conn.close();
      throw error;
    }
    return new ConnChannel(conn);
  }
}
