import { once } from "node:events";
import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from "node:net";

/** What a {@linkcode RawServer} does with a connection. */
export type Serve = (connection: RawConnection) => void | Promise<void>;

/** A connection whose bytes a test takes and gives one by one. */
export interface RawConnection {
  /** The connection; its errors are handled. */
  readonly socket: Socket;
  /** Waits until so many bytes have come since the connection was made. */
  received(bytes: number): Promise<void>;
  /** Waits for the end of the first request's head; resolves to it. */
  head(): Promise<string>;
}

/** A server on loopback that does not speak HTTP by itself. */
export class RawServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #serving: Promise<void>[] = [];
  /** How many connections have been made. */
  connections = 0;

  private constructor(serve: Serve) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      this.#serving.push(run(serve, socket));
    });
  }

  /**
   * Starts a server.
   *
   * @param serve What it does with each connection.
   * @param port Its port; a free one if it is left out.
   */
  static async start(serve: Serve, port = 0): Promise<RawServer> {
    const server = new RawServer(serve);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  /** Its host and port. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await Promise.all(this.#serving);
  }
}

async function run(serve: Serve, socket: Socket): Promise<void> {
  try {
    await serve(watch(socket));
  } catch {
    socket.destroy();
  }
}

function watch(socket: Socket): RawConnection {
  let count = 0;
  let head = "";
  let isHead = false;
  socket.setMaxListeners(0);
  const waiting = new Set<() => void>();
  socket.on("data", (chunk: Uint8Array) => {
    count += chunk.length;
    if (!isHead) head += new TextDecoder("latin1").decode(chunk);
    isHead ||= head.includes("\r\n\r\n");
    for (const look of waiting) look();
  });
  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const onClose = () => reject(new Error("the client has gone"));
      if (socket.destroyed) return onClose();
      socket.once("close", onClose);
      const look = () => {
        if (!condition()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  }
  return {
    socket,
    received: (bytes) => until(() => count >= bytes),
    async head() {
      await until(() => isHead);
      return head.slice(0, head.indexOf("\r\n\r\n"));
    },
  };
}
