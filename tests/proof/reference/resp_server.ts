import { createServer, type Server, type Socket } from "node:net";
import { RespParser, type RespValue } from "./resp_parser.ts";

/** As much of a Redis as the reference store asks for, in memory, on a free port of 127.0.0.1. */
export class RespServer implements AsyncDisposable {
  /** The keys and what they hold. */
  readonly keys: Map<string, Uint8Array> = new Map();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket));
  }

  /** Starts it. */
  static async start(): Promise<RespServer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new RespServer(server);
  }

  /** Its address. */
  get url(): string {
    const address = this.#server.address();
    return `tcp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** Ends it, and every connection. */
  async stop(): Promise<void> {
    const stopped = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  /** As {@linkcode RespServer.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const parser = new RespParser();
    socket.on("data", (bytes) => {
      parser.push(bytes as Uint8Array);
      for (let found = parser.next(); found; found = parser.next()) {
        const [name, ...args] = found.value as Uint8Array[];
        const command = new TextDecoder().decode(name).toUpperCase();
        for (const piece of encodeReply(this.#run(command, args))) {
          socket.write(piece);
        }
      }
    });
  }

  #run(command: string, args: readonly Uint8Array[]): RespValue | Error {
    const text = (index: number) => new TextDecoder().decode(args[index]);
    const number = (index: number) => Number(text(index));
    const key = text(0);
    const old = this.keys.get(key) ?? new Uint8Array();
    switch (command) {
      case "GET":
        return this.keys.get(key) ?? null;
      case "GETSET": {
        const before = this.keys.get(key) ?? null;
        this.keys.set(key, args[1] ?? new Uint8Array());
        return before;
      }
      case "GETRANGE":
        return old.slice(number(1), number(2) + 1);
      case "SETRANGE":
        return this.#write(key, old, number(1), args[2]);
      case "APPEND":
        return this.#write(key, old, old.length, args[1]);
      case "DEL":
        return args.filter((_, i) => this.keys.delete(text(i))).length;
      case "SCAN":
        return ["0", [...this.keys.keys()]];
    }
    return new Error(`ERR unknown command '${command}'`);
  }

  #write(
    key: string,
    old: Uint8Array,
    offset: number,
    bytes: Uint8Array = new Uint8Array(),
  ): number {
    const length = Math.max(old.length, offset + bytes.length);
    const written = new Uint8Array(length);
    written.set(old);
    written.set(bytes, offset);
    this.keys.set(key, written);
    return length;
  }
}

function encodeReply(value: RespValue | Error): Uint8Array[] {
  const line = (text: string) => new TextEncoder().encode(`${text}\r\n`);
  if (value === null) return [line("$-1")];
  if (value instanceof Error) return [line(`-${value.message}`)];
  if (typeof value === "number") return [line(`:${value}`)];
  if (Array.isArray(value)) {
    return [line(`*${value.length}`), ...value.flatMap(encodeReply)];
  }
  const bytes = typeof value === "string"
    ? new TextEncoder().encode(value)
    : value;
  return [line(`$${bytes.length}`), bytes, line("")];
}
