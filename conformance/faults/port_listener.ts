import { createServer, type Server, type Socket } from "node:net";

const HOST = "127.0.0.1";
const ATTEMPTS = 100;
const WAIT_MS = 20;

/** Accepts connections on one port of 127.0.0.1, which it can give up and take again. */
export class PortListener {
  /** The port. */
  readonly port: number;
  /** Called with each connection. */
  onConnection: (socket: Socket) => void = (socket) => socket.destroy();
  #server: Server | undefined;

  private constructor(server: Server) {
    const address = server.address();
    this.port = typeof address === "object" ? address?.port ?? 0 : 0;
    this.#use(server);
  }

  /** Listens on a free port. */
  static async open(): Promise<PortListener> {
    return new PortListener(await listen(0));
  }

  /** Listens on the port again, which may be taken for a moment. */
  async start(): Promise<void> {
    for (let attempt = 1; this.#server === undefined; attempt++) {
      try {
        this.#use(await listen(this.port));
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      }
    }
  }

  /** Gives up the port at once; resolves when the connections have ended, too. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #use(server: Server): void {
    this.#server = server;
    server.on("connection", (socket) => this.onConnection(socket));
  }
}

function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => resolve(server));
  });
}
