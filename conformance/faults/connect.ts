import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Channel, SocketChannel } from "./channel.ts";
import { ConnChannel } from "./conn_channel.ts";

/** The only protocol that the proxy speaks. */
export const PROTOCOLS: readonly string[] = ["http/1.1"];

/** Where a connection goes. */
export interface Target {
  /** The host's name or address. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
  /** With TLS: the authority of its certificate in PEM, if the system does not know it. */
  readonly tls?: { readonly ca: string | undefined };
}

/**
 * Opens a connection.
 *
 * @param target Where it goes.
 * @param signal Ends the opening.
 */
export function connect(
  target: Target,
  signal: AbortSignal,
): Promise<Channel> {
  return globalThis.Deno
    ? connectDeno(target, signal)
    : connectNode(target, signal);
}

async function connectNode(
  { hostname: host, port, tls }: Target,
  signal: AbortSignal,
): Promise<Channel> {
  signal.throwIfAborted();
  const address = { host, port, allowHalfOpen: true };
  const socket: Socket = tls === undefined
    ? connectPlain(address)
    : connectTls({
      ...address,
      ALPNProtocols: [...PROTOCOLS],
      ...isIP(host) === 0 ? { servername: host } : {},
      ...tls.ca === undefined ? {} : { ca: tls.ca },
    });
  const onAbort = () => socket.destroy(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? "connect" : "secureConnect", resolve);
      socket.once("error", reject);
      socket.once(
        "close",
        () => reject(new Error("The connection was closed")),
      );
    });
    return new SocketChannel(socket);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Deno's own connections: `node:tls` in Deno reads as fast as the service sends, whoever waits. */
async function connectDeno(
  { hostname, port, tls }: Target,
  signal: AbortSignal,
): Promise<Channel> {
  const conn = await Deno.connect({ hostname, port, signal });
  conn.setNoDelay();
  return new ConnChannel(
    tls === undefined ? conn : await startTls(conn, hostname, tls.ca, signal),
  );
}

async function startTls(
  plain: Deno.TcpConn,
  hostname: string,
  ...[ca, signal]: [string | undefined, AbortSignal]
): Promise<Deno.Conn> {
  const conn = await Deno.startTls(plain, {
    hostname,
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    alpnProtocols: [...PROTOCOLS],
  });
  const onAbort = () => conn.close();
  signal.addEventListener("abort", onAbort);
  try {
    await conn.handshake();
    signal.throwIfAborted();
    return conn;
  } catch (error) {
    if (!signal.aborted) conn.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
