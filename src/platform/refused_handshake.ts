import { abortable } from "@std/async/abortable";

/** A connection of Deno's. */
interface Connection {
  close(): void;
}

/** The part of Deno that connects as its `fetch` does. */
interface Connections {
  connect(options: {
    hostname: string;
    port: number;
    signal: AbortSignal;
  }): Promise<Connection>;
  startTls(connection: Connection, options: {
    hostname: string;
    caCerts: string[];
  }): Promise<Connection & { handshake(): Promise<unknown> }>;
  readonly errors: { readonly InvalidData: new () => Error };
}

/** Options of {@linkcode findRefusedHandshake}. */
export interface HandshakeOptions {
  /** Certificates of authorities in PEM that are trusted besides. */
  readonly caCerts: readonly string[];
  /** Ends the attempt, also while the host does not take the connection: nothing keeps the process alive then. */
  readonly signal: AbortSignal;
}

/**
 * Shakes hands with a server as Deno's `fetch` does, which gives no code for what it refuses.
 *
 * @param url Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns The refusal of a certificate, or of what is no TLS; `undefined` if there was none, if it was not
 * found out, and in other runtimes than Deno.
 */
export async function findRefusedHandshake(
  { protocol, hostname, port }: URL,
  { caCerts, signal }: HandshakeOptions,
): Promise<Error | undefined> {
  const { Deno } = globalThis as { Deno?: Connections };
  if (protocol !== "https:" || !Deno || signal.aborted) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "");
  // Not `Deno.connectTls()`, which no signal ends.
  const connecting = Deno.connect({
    hostname: host,
    port: Number(port || 443),
    signal,
  });
  let secured: Connection | undefined;
  try {
    const shaking = await Deno.startTls(await abortable(connecting, signal), {
      hostname: host,
      caCerts: [...caCerts],
    });
    secured = shaking;
    await abortable(shaking.handshake(), signal);
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.InvalidData ? error : undefined;
  } finally {
    // One that is made too late is closed as well; after a failed handshake it is closed already.
    connecting.then((connection) => (secured ?? connection).close())
      .catch(() => {});
  }
}
