import { connect, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Channel, SocketChannel } from "./channel.ts";
import { ConnChannel } from "./conn_channel.ts";
import { PROTOCOLS } from "./connect.ts";
import { TlsPipe } from "./tls_pipe.ts";

const HOST = "127.0.0.1";

/** Certificate and key, in PEM. */
interface Identity {
  readonly cert: string;
  readonly key: string;
}

/**
 * Ends TLS for connections that `node:net` has accepted. Each is passed through
 * to a listener on loopback, so that the outer connection can be reset when all
 * has gone to it that was written inside.
 */
export interface TlsFront {
  /** Takes off TLS from what the client sends in an accepted connection. */
  unwrap(outer: SocketChannel): Promise<Channel>;
  /** Accepts no more. */
  close(): void;
}

/** Opens a {@linkcode TlsFront}. */
export function openTlsFront(identity: Identity): TlsFront {
  return globalThis.Deno
    ? new DenoTlsFront(identity)
    : new NodeTlsFront(identity);
}

/** On Node and Bun. */
class NodeTlsFront implements TlsFront {
  readonly #identity: Identity;
  readonly #server = createServer({ allowHalfOpen: true });
  readonly #port: Promise<number>;
  #last: Promise<unknown> = Promise.resolve();
  #onConnection = (socket: Socket) => void socket.destroy();

  constructor(identity: Identity) {
    this.#identity = identity;
    this.#server.on("connection", (socket) => this.#onConnection(socket));
    this.#port = new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, HOST, () => {
        const address = this.#server.address();
        resolve(typeof address === "object" ? address?.port ?? 0 : 0);
      });
    });
    this.#port.catch(() => {});
  }

  unwrap(outer: SocketChannel): Promise<Channel> {
    // One at a time, so that the next connection of the listener is this one.
    const unwrapped = this.#last.then(() => this.#unwrap(outer));
    this.#last = unwrapped.catch(() => {});
    return unwrapped;
  }

  close(): void {
    this.#server.close();
  }

  async #unwrap(outer: SocketChannel): Promise<Channel> {
    const port = await this.#port;
    const raw = connect({ host: HOST, port, allowHalfOpen: true });
    try {
      const accepted = await this.#accept(raw);
      const pipe = new TlsPipe(outer, new SocketChannel(raw));
      const inner = new TLSSocket(accepted, {
        ...this.#identity,
        isServer: true,
        ALPNProtocols: [...PROTOCOLS],
      });
      return new InnerChannel(inner, pipe);
    } catch (error) {
      raw.destroy();
      throw error;
    }
  }

  /** The other end of a connection to the listener, which may be there before this one is open. */
  #accept(raw: Socket): Promise<Socket> {
    const accepted: Socket[] = [];
    return new Promise<Socket>((resolve, reject) => {
      const find = () => {
        const own = accepted.findIndex(({ remotePort }) =>
          remotePort === raw.localPort
        );
        if (!raw.connecting && own !== -1) resolve(accepted.splice(own, 1)[0]!);
      };
      this.#onConnection = (socket) => {
        accepted.push(socket);
        find();
      };
      raw.once("connect", find);
      raw.once("error", reject);
    }).finally(() => {
      this.#onConnection = (socket) => void socket.destroy();
      // Somebody else on this machine has found the port.
      for (const socket of accepted) socket.destroy();
    });
  }
}

/** The connection inside TLS; a reset is one of the client's connection. */
class InnerChannel extends SocketChannel {
  readonly #pipe: TlsPipe;

  constructor(inner: TLSSocket, pipe: TlsPipe) {
    super(inner);
    this.#pipe = pipe;
  }

  override async reset(): Promise<void> {
    await this.#pipe.reset(() => this.end());
    this.close();
  }
}

/** On Deno, whose own TLS has back-pressure, which `node:tls` in Deno has not; a connection of Deno cannot be reset. */
class DenoTlsFront implements TlsFront {
  readonly #listener: Deno.TlsListener;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ cert, key }: Identity) {
    this.#listener = Deno.listenTls({
      hostname: HOST,
      port: 0,
      cert,
      key,
      alpnProtocols: [...PROTOCOLS],
    });
  }

  unwrap(outer: SocketChannel): Promise<Channel> {
    // One at a time, so that the next connection of the listener is this one.
    const unwrapped = this.#last.then(() => this.#unwrap(outer));
    this.#last = unwrapped.catch(() => {});
    return unwrapped;
  }

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
