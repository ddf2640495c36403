import { connect, type Socket } from "node:net";
import { countTicks, type Ticks } from "../../../conformance/checks/ticks.ts";
import { encodeCommand, RespParser, type RespValue } from "./resp_parser.ts";

/** The connection was refused, lost or silent: nobody knows whether the command was done. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** A silence that is too long at some time. It is counted in ticks: a busy machine is not a silent service. */
export class Silence {
  readonly #ms: number;
  readonly #onTooLong: () => void;
  #ticks: Ticks | undefined;

  /** @param ms Milliseconds; 0 for any time. @param onTooLong Called when it is too long. */
  constructor(ms: number, onTooLong: () => void) {
    this.#ms = ms;
    this.#onTooLong = onTooLong;
    this.break();
  }

  /** Something has come: it begins anew. */
  break(): void {
    this.end();
    if (this.#ms === 0) return;
    this.#ticks = countTicks(this.#ms);
    this.#ticks.over.then(this.#onTooLong);
  }

  /** Nobody waits any more. */
  end(): void {
    this.#ticks?.stop();
  }
}

/** A command: its name and arguments. */
export type Command = readonly (string | number | Uint8Array)[];

/** Asks a Redis, with a connection for each command that is under way. */
export class RespClient {
  /** Milliseconds without a byte after which a command has failed. */
  protected readonly silenceMs: number;
  readonly #address: { host: string; port: number };
  readonly #idle = new Set<Socket>();

  /** @param url `tcp://host:port`. @param silenceMs Milliseconds without a byte after which a command has failed. */
  constructor(url: string, silenceMs: number) {
    const { hostname, port } = new URL(url);
    this.#address = { host: hostname, port: Number(port) };
    this.silenceMs = silenceMs;
  }

  /**
   * Sends a command once.
   *
   * @throws {ConnectionError} If the connection fails. @throws {Error} What the service says.
   */
  async send(command: Command, signal?: AbortSignal): Promise<RespValue> {
    const socket = await this.connect(signal);
    const { promise, resolve, reject } = Promise.withResolvers<RespValue>();
    const parser = new RespParser();
    const onData = (bytes: Uint8Array) => {
      parser.push(bytes);
      this.onBytes(socket, silence);
      const reply = parser.next();
      if (!reply) return;
      if (reply.value instanceof Error) reject(reply.value);
      else resolve(reply.value);
    };
    const lose = (why: string) => () => reject(new ConnectionError(why));
    const onClose = lose("the connection was lost");
    const silence = new Silence(
      this.silenceMs,
      lose("nothing came for too long"),
    );
    const onAbort = () => reject(signal?.reason);
    socket.on("data", onData).on("close", onClose).on("end", onClose);
    signal?.addEventListener("abort", onAbort);
    try {
      for (const piece of encodeCommand(command)) socket.write(piece);
      const reply = await promise;
      this.#idle.add(socket);
      return reply;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      socket.off("data", onData).off("close", onClose).off("end", onClose);
      silence.end();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the connections that are not used. */
  close(): void {
    for (const socket of this.#idle) socket.destroy();
    this.#idle.clear();
  }

  /** Bytes of a reply have come: the service is not silent. */
  protected onBytes(_socket: Socket, silence: Silence): void {
    silence.break();
  }

  /** A connection that nobody uses, or a new one. */
  protected async connect(signal?: AbortSignal): Promise<Socket> {
    signal?.throwIfAborted();
    for (const idle of this.#idle) {
      this.#idle.delete(idle);
      if (!idle.destroyed && idle.readable) return idle;
      idle.destroy();
    }
    const socket = connect({ ...this.#address, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal?.reason);
    const silence = new Silence(
      this.silenceMs,
      () => reject(new ConnectionError("no connection in time")),
    );
    // Also later: an error of a socket that nobody listens to ends the process.
    socket.on("error", (error) => reject(new ConnectionError(error.message)));
    socket.once("connect", resolve);
    signal?.addEventListener("abort", onAbort);
    try {
      await promise;
      socket.once("close", () => this.#idle.delete(socket));
      socket.once("end", () => socket.destroy());
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      silence.end();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
