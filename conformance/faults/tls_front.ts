import { type Channel, ConnChannel, type SocketChannel } from "./channel.ts";
import { TlsPipe } from "./tls_pipe.ts";

/**
 * Ends TLS for connections that `node:net` has accepted. Each is passed through
 * to a listener of Deno on loopback: that has back-pressure, which `node:tls`
 * in Deno has not, and the outer connection can be reset, which one of Deno
 * cannot.
 */
export class TlsFront {
  readonly #listener: Deno.TlsListener;
  #last: Promise<unknown> = Promise.resolve();

  /** @param tls Certificate and key, in PEM. */
  constructor({ cert, key }: { cert: string; key: string }) {
    this.#listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert,
      key,
      alpnProtocols: ["http/1.1"],
    });
  }

  /** Takes off TLS from what the client sends in an accepted connection. */
  unwrap(outer: SocketChannel): Promise<Channel> {
    // One at a time, so that the next connection of the listener is this one.
    const unwrapped = this.#last.then(() => this.#unwrap(outer));
    this.#last = unwrapped.catch(() => {});
    return unwrapped;
  }

  /** Accepts no more. */
  close(): void {
    this.#listener.close();
  }

  async #unwrap(outer: SocketChannel): Promise<Channel> {
    const { hostname, port } = this.#listener.addr as Deno.NetAddr;
    const conn = await Deno.connect({ hostname, port });
    const raw = new ConnChannel(conn);
    try {
      const inner = await this.#accept((conn.localAddr as Deno.NetAddr).port);
      const pipe = new TlsPipe(outer, raw);
      return new ConnChannel(inner, () =>
        // A client that has gone is reset already.
        pipe.reset(() => inner.closeWrite().catch(() => inner.close())));
    } catch (error) {
      raw.close();
      throw error;
    }
  }

  async #accept(port: number): Promise<Deno.TlsConn> {
    for (;;) {
      const inner = await this.#listener.accept();
      if ((inner.remoteAddr as Deno.NetAddr).port === port) return inner;
      // Somebody else on this machine has found the port.
      inner.close();
    }
  }
}
