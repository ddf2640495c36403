import { abortable } from "@std/async/abortable";
import type { HttpExchangeOptions } from "./http_exchange.ts";
import { Silence } from "./silence.ts";

/** A server's certificate, or what it says in place of TLS, that the runtime does not accept. */
export class CertificateError extends Error {
  /** The name of its class. */
  override readonly name = "CertificateError";
  /** A code that begins as those of certificates do. */
  readonly code = "CERT_NOT_ACCEPTED";

  /** @param options What the runtime said. */
  constructor(options: ErrorOptions) {
    super("the runtime does not accept the server's certificate", options);
  }
}

/** The part of Deno that connects as its `fetch` does. */
interface Connections {
  connectTls(options: {
    hostname: string;
    port: number;
    caCerts: string[];
  }): Promise<{ handshake(): Promise<unknown>; close(): void }>;
  readonly errors: { readonly InvalidData: new () => Error };
}

/**
 * Finds out whether `fetch` refuses to speak to a server because of its
 * certificate. `node:tls` accepts some that it does not, such as one that is
 * its own authority, and they are to be refused whichever way a request takes.
 *
 * @param origin Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns The error, or `undefined` if that is not the reason, or in other runtimes than Deno.
 */
export async function findCertificateError(
  origin: string,
  options: HttpExchangeOptions & { readonly signal: AbortSignal },
): Promise<CertificateError | undefined> {
  const { protocol, hostname, port } = new URL(origin);
  const { Deno } = globalThis as { Deno?: Connections };
  if (protocol !== "https:" || !Deno) return undefined;
  const silence = new Silence(options.signal, options.timeout);
  const connecting = Deno.connectTls({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 443),
    caCerts: [...options.caCerts],
  });
  const shaking = connecting.then((connection) => connection.handshake());
  shaking.catch(() => {});
  try {
    await abortable(shaking, silence.signal);
    return undefined;
  } catch (error) {
    return error instanceof Deno.errors.InvalidData
      ? new CertificateError({ cause: error })
      : undefined;
  } finally {
    silence.end();
    // A connection that is made too late is closed as well. After a failed handshake it is closed already.
    connecting.then((connection) => connection.close()).catch(() => {});
  }
}

/**
 * Finds out whether `fetch` gets an answer of a server behind a proxy, where
 * nobody but a client of HTTP finds the way. The request changes nothing.
 *
 * @param origin Protocol, host and port.
 * @param options Whom to trust, and what ends the attempt.
 * @returns Why there was none; `undefined` if one came, or in other runtimes than Deno.
 */
export async function findFetchError(
  origin: string,
  { caCerts, signal }: HttpExchangeOptions & { readonly signal: AbortSignal },
): Promise<TypeError | undefined> {
  if (!origin.startsWith("https:") || !("Deno" in globalThis)) return undefined;
  const client = Deno.createHttpClient({ caCerts: [...caCerts], http2: false });
  try {
    const response = await fetch(origin, {
      method: "HEAD",
      redirect: "manual",
      client,
      signal,
    });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    if (error instanceof TypeError) return error;
    throw error;
  } finally {
    client.close();
  }
}
